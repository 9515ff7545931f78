"""``cloudsql-diag serve`` as a process of its own, in the lab and outside of it."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route

PATIENCE = 15.0
"""Seconds for a process to start on a machine that does other things too."""

ENDED_WITHIN = 2.0
"""Seconds after SIGTERM: what the product promises."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


class Served:
    """A running ``serve`` and its port."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, path: str, wanted: str = "") -> str:
        """The body of the first 200 that holds what is wanted."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, body = self.get(path)
            if status == 200 and wanted in body:
                return body
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                break
        raise AssertionError(f"{path} did not come to hold {wanted!r}")

    def report(self) -> Report:
        return decode(self.until("/api/v1/report").encode())

    def terminate(self) -> tuple[int, float, str]:
        """Exit code, seconds it took, and what was written to standard error."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - began, errors


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: tuple[str, ...], environment: Mapping[str, str], interval: str = "1") -> Iterator[Served]:
    port = free_port()
    own = {"CLOUDSQL_DIAG_PORT": str(port), "CLOUDSQL_DIAG_INTERVAL": interval}
    process = subprocess.Popen(
        command, env={**environment, **own}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield Served(process, port)
    finally:
        process.kill()
        process.communicate()


def in_lab(
    lab: Lab, environment: Mapping[str, str], interval: str = "1"
) -> "contextlib.AbstractContextManager[Served]":
    return serving(lab.command("cloudsql-diag", "serve"), environment, interval)


OUTSIDE = (sys.executable, "-m", "diagnostics", "serve")
NOWHERE = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}


def test_a_scrape_shows_the_cause_of_the_fault_that_is_on_and_none_when_it_is_off(lab: Lab) -> None:
    with in_lab(lab, lab.arrange("silent-drop", route=Route.DIRECT)) as served:
        served.until("/metrics", f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"')
        lab.switchboard.off("silent-drop")
        body = served.until("/metrics", 'cloudsqldiag_diagnosis_info{cause="none"')
        assert f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"' not in body
        assert 'cloudsqldiag_up{target="orders"} 1.0' in body
        served.until("/metrics", 'cloudsqldiag_state_changes_total{target="orders"} 1.0')


def test_sigterm_ends_it_with_0_within_two_seconds_while_a_run_hangs(lab: Lab) -> None:
    with in_lab(lab, lab.arrange("accept-then-silence", route=Route.DIRECT)) as served:
        served.until("/startup")
        code, seconds, errors = served.terminate()
    assert (code, "Traceback" in errors) == (0, False)
    assert seconds < ENDED_WITHIN


def test_sigterm_ends_it_with_0_when_it_has_only_just_started() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/startup")
        assert served.terminate()[0] == 0


def test_without_any_setting_it_serves_a_diagnosis() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        report = served.report()
        assert [diagnosis.cause for diagnosis in report.diagnoses] == [Cause.CONFIG_MISSING_ENV]
        assert served.get("/live")[0] == 200
        assert served.terminate()[0] == 0


def test_a_wrong_variable_of_ours_is_said_and_does_not_end_it() -> None:
    with serving(OUTSIDE, {**NOWHERE, "CLOUDSQL_DIAG_DEPTH": "bottom"}) as served:
        served.until("/ready")
        code, _, errors = served.terminate()
    assert code == 0
    assert "CLOUDSQL_DIAG_DEPTH" in errors


def test_a_taken_port_is_the_one_thing_that_ends_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {**NOWHERE, "CLOUDSQL_DIAG_PORT": str(taken.getsockname()[1])}
        done = subprocess.run(OUTSIDE, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_file_that_changes_is_read_at_the_next_run(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    file = lab.directory / "home" / "password"
    file.write_text("not-the-passw0rd")
    file.chmod(0o644)
    right = environment.pop("POSTGRES_PASSWORD")
    with in_lab(lab, {**environment, "POSTGRES_PASSWORD_FILE": str(file)}) as served:
        served.until("/metrics", f'cause="{Cause.PG_AUTH_PASSWORD}"')
        file.write_text(right)
        served.until("/metrics", 'cause="none"')
