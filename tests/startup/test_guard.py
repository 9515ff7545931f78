"""One line where a start-up fails, the exception unchanged, and nothing at all while it is well."""

import asyncio
import io
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from diagnostics.startup import Ledger, State, ask, guard, report
from diagnostics.surfaces.log import LogLine

PACKAGE = Path(__file__).parents[2]
REPORT = {
    "run_id": "r1",
    "status": "fail",
    "exit_code": 14,
    "target": {"name": "orders"},
    "checks": [{"id": "tcp.connect", "status": "fail"}, {"id": "dns.target", "status": "pass"}],
    "diagnoses": [
        {
            "cause": "vpc.nat_missing_or_exhausted",
            "confidence": "likely",
            "title": "public addresses cannot be reached",
            "remedies": [{"text": "change it", "command": "gcloud run services update api"}],
        }
    ],
}


class Agent(HTTPServer):
    """Answers like a sidecar on loopback."""

    def __init__(self) -> None:
        self.report: dict[str, Any] = REPORT
        self.age = "3"
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def environ(self) -> dict[str, str]:
        return {"CLOUDSQL_DIAG_PORT": str(self.server_port)}


class _Handler(BaseHTTPRequestHandler):
    server: Agent

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        body = json.dumps(self.server.report).encode()
        self.send_response(200)
        self.send_header("Age", self.server.age)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET  # noqa: N815 - as http.server calls it

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def agent() -> Iterator[Agent]:
    with Agent() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.startup.reporting._said", set())
    monkeypatch.delenv("K_SERVICE", raising=False)


def line_of(exc: BaseException, environ: dict[str, str], ledger: Ledger | None = None) -> dict[str, Any]:
    out = io.StringIO()
    report(exc, ledger=ledger, environ=environ, stream=out, diagnose="agent")
    (line,) = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


async def failed_start(ledger: Ledger) -> BaseException:
    with pytest.raises(TimeoutError) as info:
        async with (
            ledger.limit("init", 8.0, source="AppConfig.INIT"),
            ledger.limit("table_setup", 0.05, source="db.py"),
        ):
            await asyncio.sleep(30.0)
    return info.value


async def test_the_line_names_the_limit_that_fired_and_the_cause_that_the_sidecar_found(agent: Agent) -> None:
    ledger = Ledger()
    ledger.declare_known("startup probe")
    line = line_of(await failed_start(ledger), agent.environ, ledger)
    assert line["cause"] == "vpc.nat_missing_or_exhausted"
    assert line["exit_code"] == 14
    assert line["failing"] == ["tcp.connect"]
    assert line["diagnosed_by"] == "agent"
    assert line["remedy"] == "gcloud run services update api"
    fired = {timer["name"]: timer["fired"] for timer in line["timers"]}
    assert fired == {"init": False, "table_setup": True, "startup probe": False}
    assert "table_setup" in line["message"]
    assert "A longer limit will not help" in line["message"]


async def test_the_line_has_every_field_of_our_log_lines(agent: Agent) -> None:
    line = line_of(await failed_start(Ledger()), agent.environ)
    # The sidecar alone knows of several runs, and of an instance that is young.
    wanted = set(LogLine.__struct_encode_fields__) - {"provisional_until", "constancy"}
    assert wanted <= set(line)


async def test_a_path_that_works_by_now_is_said(agent: Agent) -> None:
    agent.report = REPORT | {"status": "pass", "exit_code": 0, "diagnoses": [], "checks": []}
    line = line_of(await failed_start(Ledger()), agent.environ)
    assert line["cause"] == ""
    assert "works now" in line["message"]
    assert "will not help" not in line["message"]


async def test_a_limit_that_a_longer_one_would_outlast_is_not_called_useless(agent: Agent) -> None:
    diagnosis = {"cause": "pg.not_ready", "confidence": "proven", "title": "starting", "remedies": []}
    agent.report = REPORT | {"diagnoses": [diagnosis]}
    ledger = Ledger()
    assert "will not help" not in line_of(await failed_start(ledger), agent.environ, ledger)["message"]


def test_an_old_report_is_made_anew(agent: Agent) -> None:
    agent.age = "600"
    line_of(TimeoutError(), agent.environ)
    assert agent.asked == ["GET /api/v1/report", "POST /api/v1/run"]


def test_a_report_that_its_own_time_cut_is_made_anew(agent: Agent) -> None:
    agent.report = REPORT | {"checks": [{"id": "postgres.startup", "status": "unknown", "code": "agent.run_deadline"}]}
    line_of(TimeoutError(), agent.environ)
    assert agent.asked[:2] == ["GET /api/v1/report", "POST /api/v1/run"]


@pytest.mark.parametrize("answer", [{}, {"status": 1}, {"diagnoses": 3, "status": "x"}, [], "text", None])
def test_an_answer_that_is_no_report_is_no_diagnosis(agent: Agent, answer: Any) -> None:
    agent.report = answer
    assert line_of(TimeoutError(), agent.environ)["diagnosed_by"] == "text"


def test_without_a_sidecar_the_exception_alone_is_read() -> None:
    line = line_of(PermissionError(13, "denied"), {"CLOUDSQL_DIAG_PORT": "1"})
    assert (line["diagnosed_by"], line["cause"], line["confidence"]) == ("text", "socket.permission_denied", "possible")


def test_the_message_of_an_exception_is_nowhere_in_the_line() -> None:
    line = line_of(ConnectionError("password=hunter2hunter2"), {"CLOUDSQL_DIAG_PORT": "1"})
    assert "hunter2" not in json.dumps(line)


def test_the_exception_goes_on_as_it_was() -> None:
    failure = ValueError("of the app")
    with pytest.raises(ValueError, match="of the app") as info, guard(diagnose="text"):
        raise failure
    assert info.value is failure


async def test_the_asynchronous_form_does_the_same() -> None:
    failure = ValueError("of the app")
    with pytest.raises(ValueError, match="of the app") as info:
        async with guard(diagnose="text"):
            raise failure
    assert info.value is failure


async def test_both_kinds_of_function_can_be_decorated(capsys: pytest.CaptureFixture[str]) -> None:
    @guard(diagnose="text")
    def start() -> int:
        return 1

    @guard(diagnose="text")
    async def start_later() -> int:
        raise ConnectionResetError(104, "reset")

    assert start() == 1
    with pytest.raises(ConnectionResetError):
        await start_later()
    assert json.loads(capsys.readouterr().err)["cause"] == "tcp.reset"


def test_a_cause_is_said_once_a_process(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        with pytest.raises(ConnectionResetError), guard(diagnose="text"):
            raise ConnectionResetError(104, "reset")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_healthy_start_says_nothing_and_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    state = State()
    with guard(state=state):
        pass
    assert state.health()["status"] == "pass"
    assert capsys.readouterr() == ("", "")


def test_before_the_start_is_done_health_is_a_warning() -> None:
    assert State().health()["status"] == "warn"


def test_one_variable_turns_it_off(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSQL_DIAG_STARTUP", "off")
    with pytest.raises(TimeoutError), guard():
        raise TimeoutError
    assert capsys.readouterr().err == ""


def test_a_fault_of_our_own_is_told_without_its_message_and_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise LookupError("hunter2hunter2")

    monkeypatch.setattr(ask, "by_agent", broken)
    out = io.StringIO()
    assert report(TimeoutError(), environ={}, stream=out) is None
    assert "LookupError" in out.getvalue()
    assert "hunter2" not in out.getvalue()


def test_leaving_by_exit_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), guard(diagnose="text"):
        sys.exit(0)
    assert capsys.readouterr().err == ""


def test_a_full_server_gets_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(ask, "by_agent", lambda *_: None)
    monkeypatch.setattr(ask, "by_child", lambda *_: started.append(1))
    full = Exception("sorry, too many clients already")
    report(full, environ={}, stream=io.StringIO())
    assert not started
    report(TimeoutError(), environ={}, stream=io.StringIO())
    assert started


def run_alone(code: str, *flags: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """In an interpreter that sees the standard library and our package, nothing installed beside it."""
    start = f"import sys; sys.path.insert(0, {str(PACKAGE)!r})\n" + textwrap.dedent(code)
    command = [sys.executable, "-I", "-S", *flags, "-c", start]
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)


def test_nothing_but_the_standard_library_is_needed() -> None:
    ended = run_alone(
        """
        import asyncio
        from diagnostics import startup

        async def main():
            ledger = startup.Ledger()
            async with startup.guard(ledger=ledger), ledger.limit("init", 0.01, source="app"):
                await asyncio.sleep(5)

        asyncio.run(main())
        """,
        CLOUDSQL_DIAG_PORT="1",
    )
    line = json.loads(ended.stderr.splitlines()[0])
    assert line["diagnosed_by"] == "text"
    assert [timer["fired"] for timer in line["timers"]] == [True]
    assert ended.stderr.rstrip().splitlines()[-1].startswith("diagnostics.startup.ledger.LimitExceeded")


def test_importing_it_loads_neither_asyncio_nor_anything_installed() -> None:
    ended = run_alone("import diagnostics.startup\nprint(*sys.modules)")
    assert {"asyncio", "json", "http", "subprocess"}.isdisjoint(ended.stdout.split())


@pytest.mark.parametrize("flags", [("-O",), ("-OO",)])
def test_an_optimized_interpreter_makes_no_difference(flags: tuple[str, ...]) -> None:
    code = "from diagnostics import startup\nwith startup.guard():\n    raise TimeoutError"
    ended = run_alone(code, *flags, CLOUDSQL_DIAG_PORT="1")
    assert json.loads(ended.stderr.splitlines()[0])["event"] == "startup.failed"


def test_a_forked_worker_says_its_own_line_once() -> None:
    ended = run_alone(
        """
        import os
        from diagnostics import startup

        ledger = startup.Ledger()
        for worker in range(2):
            child = os.fork()
            if not child:
                try:
                    with startup.guard(ledger=ledger, diagnose="text"):
                        raise TimeoutError
                except TimeoutError:
                    os._exit(0)
            os.waitpid(child, 0)
        """
    )
    assert len(ended.stderr.splitlines()) == 2


def test_a_ledger_serves_one_loop_after_the_other() -> None:
    ended = run_alone(
        """
        import asyncio
        from diagnostics import startup

        ledger = startup.Ledger()

        async def start(seconds):
            async with startup.guard(ledger=ledger, diagnose="text"), ledger.limit("init", seconds):
                await asyncio.sleep(0.02)

        asyncio.run(start(5))
        try:
            asyncio.run(start(0.01))
        except TimeoutError as exc:
            print(ledger.fired(exc).names)
        """
    )
    assert ended.stdout.strip() == "('init',)"


def test_a_start_that_is_cancelled_is_told_as_that_and_asks_nobody() -> None:
    ended = run_alone(
        """
        import asyncio
        import os
        import signal
        from diagnostics import startup

        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
            async with startup.guard():
                await asyncio.sleep(30)

        try:
            asyncio.run(main())
        except asyncio.CancelledError:
            print("cancelled")
        """
    )
    line = json.loads(ended.stderr.splitlines()[0])
    assert (line["event"], line["severity"], line["diagnosed_by"]) == ("startup.cancelled", "WARNING", "text")
    assert ended.stdout.strip() == "cancelled"


@pytest.mark.netns
def test_a_read_only_root_without_a_temporary_directory_is_no_obstacle(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(
        f"import sys; sys.path.insert(0, {str(PACKAGE)!r})\n"
        "from diagnostics import startup\nwith startup.guard():\n    raise ConnectionResetError(104, 'reset')\n"
    )
    # Seen, and not to be written: this work tree, and the app, may themselves be in one of these.
    closed = "for place in /tmp /var/tmp /usr/tmp /dev/shm; do"
    closed += " [ -d $place ] && mount --bind $place $place && mount -o remount,ro,bind $place; done"
    shell = f"{closed}; mount -o remount,ro,bind / 2>/dev/null; cd /; exec {sys.executable} {app}"
    environ = {"DATABASE_URL": "postgresql://u@127.0.0.1:1/d", "CLOUDSQL_DIAG_PORT": "1", "PATH": os.environ["PATH"]}
    ended = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-c", f"ip link set lo up; {shell}"],
        capture_output=True,
        text=True,
        env=environ,
        timeout=60,
        check=False,
    )
    line = json.loads(ended.stderr.splitlines()[0])
    assert line["event"] == "startup.failed"
    assert "ConnectionResetError" in ended.stderr.splitlines()[-1]


def test_without_standard_error_the_app_sees_its_own_exception() -> None:
    code = "from diagnostics import startup\nsys.stderr = None\n" + textwrap.dedent(
        """
        try:
            with startup.guard(diagnose="text"):
                raise TimeoutError
        except TimeoutError:
            print("its own")
        """
    )
    assert run_alone(code).stdout.strip() == "its own"


def test_the_child_is_ours_although_the_app_has_a_package_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "diagnostics").mkdir()
    (tmp_path / "diagnostics" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    environ = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "DATABASE_URL": "postgresql://u@127.0.0.1:1/d",
        "TMPDIR": str(tmp_path),
    }
    found = ask.by_child(environ, budget=60.0)
    assert found is not None
    assert (found.by, found.status, found.cause) == ("child", "fail", "tcp.refused")
    assert ask.by_child(environ) is None, "one child is enough for a container"
