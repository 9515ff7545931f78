"""What people really get wrong, and servers that are none: a clear error, the right exit code, never a traceback."""

import asyncio
import os
from pathlib import Path

import pytest

from diagnostics.app.world import Outside
from diagnostics.checks import CHECKS
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    DriverChoice,
    Options,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    Secret,
    Target,
)
from diagnostics.core.outcome import Mode, Run
from diagnostics.runner import run_checks
from tests.e2e.program import Done, check, environment, no_crash, run
from tests.e2e.rude import Rude, Stage, rubbish, rude

FORMATS = ["text", "short", "json", "jsonl", "markdown", "log"]
HEALTHY = {
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_PORT": "1",
    "POSTGRES_USER": "api",
    "POSTGRES_PASSWORD": "Qz7-Vx9_Kp3.Wm5",
    "POSTGRES_DB": "orders",
}
"""Nothing listens on port 1, but nothing is wrong with these as settings."""

CONFIG, USAGE = 10, 2


def refused(done: Done, *words: str) -> None:
    """Our own settings cannot be used: exit 2, nothing on standard output, and the error names what is meant."""
    no_crash(done)
    assert (done.returncode, done.stdout) == (USAGE, ""), done.stderr
    for word in words:
        assert word in done.stderr


# --- our own flags, variables and file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content,word",
    [
        ('[targets.orders]\nhots = "127.0.0.1"\n', "hots"),
        ('[targtes.orders]\nhost = "127.0.0.1"\n', "targtes"),
        ("[targets.orders]\nport = 99999\n", "port"),
        ("[targets.orders]\nport = true\n", "port"),
        ("this is no TOML\n", "config"),
        ("\0\1\2\3", "config"),
        ("", "config"),
    ],
)
def test_config_file_that_cannot_be_used(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(content)
    refused(run("check", "--config", str(path), environ=environment(**HEALTHY)), word, str(path))


def test_config_file_that_is_none(tmp_path: Path) -> None:
    """Not there, a directory, a pipe that nobody writes to, or more than anybody would write by hand."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b"#" * 10_000_000)
    for path in (tmp_path / "absent", tmp_path, pipe, large):
        refused(run("check", "--config", str(path), environ=environment(**HEALTHY)), str(path))


@pytest.mark.parametrize(
    "arguments,variables,word",
    [
        (("--db-port", "99999"), {}, "--db-port"),
        ((), {"CLOUDSQL_DIAG_DB_PORT": "99999"}, "CLOUDSQL_DIAG_DB_PORT"),
        (("--timeout", "soon"), {}, "--timeout"),
        ((), {"CLOUDSQL_DIAG_TIMEOUT": "soon"}, "CLOUDSQL_DIAG_TIMEOUT"),
        ((), {"CLOUDSQL_DIAG_TIMEOT": "5"}, "CLOUDSQL_DIAG_TIMEOT"),
        (("--sslmode", "on"), {}, "--sslmode"),
        (("--depth", "deep"), {}, "--depth"),
        (("--skip", "tcp.conect"), {}, "tcp.conect"),
        (("--output", "yaml"), {}, "-o"),
        (("--target", "orders"), {}, "orders"),
        (("--nonsense",), {}, "--nonsense"),
        (("--password-file", "/absent"), {}, "--password-file"),
        ((), {"CLOUDSQL_DIAG_PASSWORD_FILE": "/absent"}, "CLOUDSQL_DIAG_PASSWORD_FILE"),
    ],
)
def test_own_setting_that_cannot_be_used(arguments: tuple[str, ...], variables: dict[str, str], word: str) -> None:
    refused(run("check", *arguments, environ=environment(**HEALTHY, **variables)), word)


def test_all_mistakes_at_once() -> None:
    done = run("check", "--timeout", "soon", "--depth", "deep", environ=environment(CLOUDSQL_DIAG_GRACE="x"))
    refused(done, "--timeout", "--depth", "CLOUDSQL_DIAG_GRACE")


# --- the app's settings: diagnosed, never a usage error -------------------------------------------------------------

LONG_HOST = "h" * 300

WRONG = [
    ({"DATABASE_URL": "this is no URL"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://api:Qz7Vx9@127.0.0.1:99999/orders"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://api:Qz7Vx9@[::1/orders"}, "DATABASE_URL"),
    ({"DATABASE_URL": "\x01\x02\x7f"}, "DATABASE_URL"),
    ({**HEALTHY, "POSTGRES_PORT": "99999"}, "POSTGRES_PORT"),
    ({**HEALTHY, "POSTGRES_PORT": "-1"}, "POSTGRES_PORT"),
    ({**HEALTHY, "POSTGRES_PORT": "54three2"}, "POSTGRES_PORT"),
    ({**HEALTHY, "POSTGRES_HOST": LONG_HOST}, "POSTGRES_HOST"),
]


@pytest.mark.parametrize("variables,word", WRONG, ids=range(len(WRONG)))
def test_app_setting_that_cannot_be_used(variables: dict[str, str], word: str) -> None:
    done, report = check(environ=environment(**variables))
    assert done.returncode == CONFIG, report.codes()
    assert report.causes[0].startswith("config.")
    said = [diagnosis["summary"] + str(diagnosis["evidence"]) for diagnosis in report.document["diagnoses"]]
    assert word in said[0]


def test_other_engine_is_walked_as_far_as_it_is_alike() -> None:
    done, report = check(environ=environment(DATABASE_URL="mysql://api:Qz7Vx9@127.0.0.1:9/orders"))
    assert done.returncode == 16, report.codes()
    assert report.codes()["config.hygiene"] == "config.hygiene.other_engine"


def test_socket_path_that_no_socket_can_have() -> None:
    done, report = check(environ=environment(**{**HEALTHY, "POSTGRES_HOST": "/" + LONG_HOST}))
    assert (done.returncode, report.causes) == (16, ["socket.path_too_long"])
    assert "POSTGRES_HOST" in str(report.document["diagnoses"][0]["evidence"])


@pytest.mark.parametrize("kind", ["absent", "directory", "pipe", "binary", "large"])
def test_secret_file_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "secret"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "binary":
            path.write_bytes(b"\xff\xfe\x00\x80")
        case "large":
            path.write_bytes(b"x" * 10_000_000)
    variables = {name: value for name, value in HEALTHY.items() if name != "POSTGRES_PASSWORD"}
    done, report = check(environ=environment(**variables, POSTGRES_PASSWORD_FILE=str(path)))
    first, *others = report.document["diagnoses"]
    assert (done.returncode, first["cause"], others) == (10, "config.missing_env", [])
    assert [other["cause"] for other in first["alternatives"]] == ["iam.missing_secret_access"]
    assert "POSTGRES_PASSWORD_FILE" in str(first["evidence"])


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("variables,word", [WRONG[0], WRONG[4], WRONG[7]], ids=["url", "port", "host"])
def test_every_format_says_it(output: str, variables: dict[str, str], word: str) -> None:
    done = run("check", "-o", output, environ=environment(**variables))
    no_crash(done)
    assert done.returncode == CONFIG
    assert word in done.stdout


# --- servers that send rubbish --------------------------------------------------------------------------------------

FAILS_AT = {
    Stage.GREETING: {"tls.handshake"},
    Stage.TLS_REQUEST: {"tls.handshake"},
    Stage.HANDSHAKE: {"tls.handshake"},
    Stage.STARTUP: {"postgres.startup"},
    Stage.PASSWORD: {"postgres.auth"},
    Stage.QUERY: {"postgres.query"},
}
POSSIBLE = {CONFIG, 17, 18, 21}
"""Not PostgreSQL, TLS, the server's answer, or nothing that a rule knows."""


@pytest.mark.parametrize("hold", [False, True], ids=["hangs up", "holds"])
@pytest.mark.parametrize("stage", Stage)
def test_random_bytes_at_every_stage(stage: Stage, hold: bool) -> None:
    with rude(stage, rubbish(7), hold=hold) as server:
        # With TLS only as it comes, a client that is refused in the handshake goes on without.
        mode = "require" if stage is Stage.HANDSHAKE else "prefer"
        done, report = check("--sslmode", mode, environ=environment(**server.variables()))
        assert server.reached.is_set()
    assert done.returncode in POSSIBLE
    assert report.with_status("fail") == FAILS_AT[stage]


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


LET_IN = message(b"R", b"\0\0\0\0")
NOTICE = message(b"N", b"SNOTICE\0C00000\0Mhello\0\0")
PARAMETER = message(b"S", b"key\0value\0")
ROW = message(b"D", b"\0\1\0\0\0\0011")
MESSAGES = 1_000_000


@pytest.mark.parametrize(
    "stage,first,again,check_id",
    [
        (Stage.STARTUP, b"", NOTICE, "postgres.startup"),
        (Stage.PASSWORD, LET_IN, PARAMETER, "postgres.auth"),
        (Stage.QUERY, b"", ROW, "postgres.query"),
    ],
)
def test_server_that_does_not_stop_talking(stage: Stage, first: bytes, again: bytes, check_id: str) -> None:
    """Well-formed messages that lead nowhere are bounded long before the deadline of the check."""
    with rude(stage, lambda: first + again * MESSAGES, hold=True) as server:
        done, report = check(environ=environment(**server.variables()))
    assert done.returncode in POSSIBLE
    assert report.with_status("fail") == {check_id}
    assert report.check(check_id)["duration_seconds"] < TALK


TALK = 3.0
"""Seconds to read what is bounded; the deadline would be 8."""


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_survives_random_bytes(output: str) -> None:
    with rude(Stage.STARTUP, rubbish(11)) as server:
        done = run("check", "-o", output, environ=environment(**server.variables()))
    no_crash(done)
    assert done.returncode in POSSIBLE


SEEDS = range(40)


@pytest.mark.parametrize("stage", Stage)
def test_no_bytes_make_a_check_crash(stage: Stage) -> None:
    """Many kinds of rubbish, without starting a process for each."""
    for seed in SEEDS:
        with rude(stage, rubbish(seed)) as server:
            found = asyncio.run(climbed(server))
        codes = {result.check: result.outcome.code for result in found.results if result.outcome.code}
        assert Code.AGENT_CRASHED not in codes.values(), (seed, codes)
        assert not found.depth_reached, seed


async def climbed(server: Rude) -> Run:
    target = Target(
        name="orders",
        route=Route.DIRECT,
        dialect=Dialect.OTHER,
        host="127.0.0.1",
        port=server.port,
        database="orders",
        user="api",
        password=Secret("Qz7-Vx9_Kp3.Wm5"),
    )
    # A byte that asks for more than follows is met by the end of the connection, not by a deadline.
    options = Options(drivers=DriverChoice.NONE)
    env = Outside({}).env(Resolution(name="orders", target=target), Platform(kind=PlatformKind.ELSEWHERE), options)
    return await run_checks(CHECKS, env, Mode.CHECK, "rubbish")
