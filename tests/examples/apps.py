"""The example apps as processes: started in a lab, asked over HTTP, ended by their own id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnostics.lab.plugin import CloudSqlLab
from tests.ports import free_port

EXAMPLES = Path(__file__).parents[2] / "examples"
BIN = Path(sys.executable).parent
PATIENCE = 60.0
"""Seconds for an app to answer or to end: a hundred times what it takes on a machine that is not busy."""


@dataclass(frozen=True)
class Example:
    """How one is started; ``{port}`` stands for where it listens."""

    folder: str
    argv: tuple[str, ...]

    def command(self, port: int) -> tuple[str, ...]:
        program, *rest = (part.format(port=port) for part in self.argv)
        return (str(BIN / program), *rest)


SERVERS = {
    "fastapi": Example("fastapi", ("uvicorn", "app:app", "--port", "{port}", "--log-level", "warning")),
    "flask": Example("flask", ("python", "app.py")),
    "gunicorn": Example("gunicorn", ("gunicorn", "app:app", "--bind", "127.0.0.1:{port}", "--log-level", "warning")),
}
DJANGO = Example("django", ("python", "manage.py", "check", "--database", "default"))
DJANGO_COMMAND = Example("django", ("python", "manage.py", "cloudsql_diag"))


class App:
    """A running example."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process, self.port = process, port

    def answer(self) -> tuple[int, str]:
        """Status and body of its page, as soon as it has one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with (
                contextlib.suppress(urllib.error.URLError, ConnectionError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer,
            ):
                return answer.status, answer.read().decode()
            time.sleep(0.05)
        raise AssertionError(f"no answer; it said: {self.ended()[1] if self.process.poll() is not None else ''}")

    def ended(self) -> tuple[int, str]:
        """Exit code and what it said, when it has ended by itself."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out

    def ask_and_leave(self) -> None:
        """A request whose answer nobody waits for."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")

    def said_until(self, words: str) -> str:
        """What it says up to a line with these words."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"it never said {words}: {said}")

    def stop(self) -> str:
        """End it, its workers too, and what it said."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            out, _ = self.process.communicate(timeout=PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return out


@contextlib.contextmanager
def running(example: Example, lab: CloudSqlLab, environment: Mapping[str, str]) -> Iterator[App]:
    port = free_port()
    # A container of its own: the mark that a child was made there just now is in its temporary directory.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        Path(temporary).chmod(0o777)
        process = subprocess.Popen(
            lab.command(*example.command(port)),
            cwd=EXAMPLES / example.folder,
            env={**environment, "PORT": str(port), "TMPDIR": temporary, "CLOUDSQL_DIAG_PORT": str(free_port())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        app = App(process, port)
        try:
            yield app
        finally:
            app.stop()


def lines_of(text: str) -> list[dict[str, Any]]:
    """Our log lines among what an app said."""
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            document = json.loads(line)
            if isinstance(document, dict) and document.get("component") == "cloudsql-diag":
                found.append(document)
    return found
