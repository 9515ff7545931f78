"""No piece of a password is shown anywhere, whatever is in it, however it was given, and whoever repeats it."""

import io
import json
import os
import re
import signal
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.app.main import services
from diagnostics.surfaces import cli
from diagnostics.surfaces.screen import World
from tests.e2e.leaks import CORPUS, SEPARATORS, WAYS, leaked, pieces
from tests.e2e.ordinary import Ordinary
from tests.e2e.program import PATIENCE, environment, no_crash, run, started
from tests.e2e.rude import Rude, Stage, rude
from tests.ports import free_port

pytestmark = pytest.mark.interop

FORMATS = ["text", "short", "json", "jsonl", "markdown", "log"]
HOSTILE = CORPUS[len(SEPARATORS)]
"""All separators in one password."""

PASSWORDS = st.lists(
    st.one_of(
        st.text(alphabet="QXZJKVW", min_size=3, max_size=8), st.text(alphabet=SEPARATORS, min_size=1, max_size=2)
    ),
    min_size=2,
    max_size=7,
).map("".join)
"""Capitals that no text has side by side, and what cuts them."""

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Shown:
    """Everything that the command line wrote in this process, and the names it looked up."""

    def __init__(self, environ: dict[str, str], *arguments: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.names: list[str] = []
        with tempfile.TemporaryDirectory() as directory:
            last_words = Path(directory) / "termination-log"
            last_words.touch()
            world = World(environ=environ, stdout=out, stderr=err, termination_log=last_words)
            resolver = mock.patch.object(socket, "getaddrinfo", self._look_up)
            with mock.patch.dict(os.environ, environ, clear=True), resolver:
                self.code = cli.run(services(), arguments, world)
            self.text = out.getvalue() + err.getvalue() + last_words.read_text()

    def _look_up(self, host: str, *arguments: Any, **options: Any) -> Any:
        """Every target here is an address: any name is a piece of something, and must not leave the machine."""
        if re.fullmatch(r"[0-9.]+|::1", str(host)):
            return GETADDRINFO(host, *arguments, **options)
        self.names.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "no such name")


GETADDRINFO = socket.getaddrinfo


def quiet(shown: Shown, password: str) -> None:
    assert leaked(shown.text, password) == set()
    assert leaked(" ".join(shown.names), password) == set()
    assert "Traceback" not in shown.text
    assert shown.code not in (0, 1), shown.text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("password", CORPUS)
def test_wrong_password_of_any_shape(postgres: Ordinary, tmp_path: Path, way: str, password: str) -> None:
    """JSON, which has the most in it."""
    environ = environment(**WAYS[way](postgres.port, password, tmp_path))
    quiet(Shown(environ, "check", "-o", "json"), password)


@SLOW
@given(password=PASSWORDS, way=st.sampled_from(sorted(WAYS)), output=st.sampled_from(FORMATS))
def test_any_password_in_any_format(postgres: Ordinary, tmp_path: Path, password: str, way: str, output: str) -> None:
    environ = environment(**WAYS[way](postgres.port, password, tmp_path))
    quiet(Shown(environ, "check", "-o", output), password)


@pytest.mark.parametrize("way", WAYS)
def test_other_verbs(postgres: Ordinary, tmp_path: Path, way: str) -> None:
    environ = environment(**WAYS[way](postgres.port, HOSTILE, tmp_path))
    for verb in ("config", "config -o json", "check --drivers all", "wait --timeout 0.2"):
        shown = Shown(environ, *verb.split())
        assert leaked(shown.text, HOSTILE) == set(), verb
        assert "Traceback" not in shown.text, verb


# --- a server that repeats what it was told -------------------------------------------------------------------------


def error(message: str) -> bytes:
    fields = b"SFATAL\0VFATAL\0C28P01\0M" + message.encode() + b"\0Rauth_failed\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


def repeated(password: str) -> str:
    """As logs, shells, URLs and JSON would have it, and in pieces."""
    forms = [password, quote(password, safe=""), quote(password), repr(password), json.dumps(password)]
    return " ".join([*forms, *pieces(password)]).replace("\0", "")


@contextmanager
def parrot(password: str, stage: Stage = Stage.PASSWORD) -> Iterator[Rude]:
    with rude(stage, lambda: error(f"no entry for {repeated(password)}")) as server:
        yield server


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("stage", [Stage.STARTUP, Stage.PASSWORD, Stage.QUERY])
def test_server_that_repeats_the_password(stage: Stage, output: str) -> None:
    with parrot(HOSTILE, stage) as server:
        shown = Shown(environment(**server.variables(HOSTILE)), "check", "-o", output)
        assert server.reached.is_set()
    quiet(shown, HOSTILE)


@SLOW
@given(password=PASSWORDS.filter(lambda text: len(text) >= 6), output=st.sampled_from(FORMATS))
def test_server_that_repeats_any_password(password: str, output: str) -> None:
    with parrot(password) as server:
        quiet(Shown(environment(**server.variables(password)), "check", "-o", output), password)


# --- the real process -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["encoded asyncpg", "raw psycopg", "parts", "own file"])
def test_process_shows_nothing(postgres: Ordinary, tmp_path: Path, way: str) -> None:
    done = run("check", environ=environment(**WAYS[way](postgres.port, HOSTILE, tmp_path)))
    no_crash(done)
    assert leaked(done.stdout + done.stderr, HOSTILE) == set()


PATHS = ["/startup", "/live", "/ready", "/health", "/api/v1/report", "/metrics", "/", "/nowhere"]


@pytest.mark.parametrize("way", ["raw", "parts"])
def test_sidecar_shows_nothing(postgres: Ordinary, tmp_path: Path, way: str) -> None:
    """Its endpoints, its log and its notes."""
    variables = WAYS[way](postgres.port, HOSTILE, tmp_path)
    port = free_port()
    with started("serve", "--port", str(port), environ=environment(**variables)) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        note = process.stderr.readline()
        assert note.endswith(f":{port}/\n")
        # The first state is logged when the first run has ended.
        logged = process.stdout.readline()
        pages = "".join(fetched(port, path) for path in PATHS)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert json.loads(logged)["cause"]
    assert leaked(note + logged + pages + out + err, HOSTILE) == set()


def fetched(port: int, path: str) -> str:
    """Headers and body, whatever the status."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.headers}{error.read().decode()}"
