"""``cloudsql-diag serve`` as a process of its own, in the lab and outside of it."""

import contextlib
import http.client
import json
import os
import queue
import re
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.exit_codes import NOT_PROVEN
from diagnostics.core.model import Status
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.monitor.loop import FROZEN_AFTER
from tests.sidecar.process import ENDED_WITHIN, NOWHERE, OUTSIDE, PATIENCE, Served, in_lab, serving

FIRST_VERDICT = 10.0
"""Seconds after the start: what the product promises."""

STANDSTILL = 10.0
"""Seconds: longer than the longest deadline of a rung (8), so that all of them have expired when it goes on."""


def test_a_scrape_shows_the_cause_of_the_fault_that_is_on_and_none_when_it_is_off(lab: Lab) -> None:
    with in_lab(lab, lab.arrange("silent-drop", route=Route.DIRECT)) as served:
        served.until("/metrics", f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"')
        lab.switchboard.off("silent-drop")
        body = served.until("/metrics", 'cloudsqldiag_diagnosis_info{cause="none"')
        assert f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"' not in body
        assert 'cloudsqldiag_up{target="orders"} 1.0' in body
        served.until("/metrics", 'cloudsqldiag_state_changes_total{target="orders"} 1.0')


@pytest.mark.parametrize("choice, confidence", [("auto", "proven"), ("none", "likely")])
def test_trials_are_made_cycle_after_cycle_or_never(lab: Lab, choice: str, confidence: str) -> None:
    variables = lab.arrange("newline-in-postgres-password", route=Route.DIRECT) | {"CLOUDSQL_DIAG_TRIALS": choice}
    with in_lab(lab, variables) as served:
        if choice == "auto":
            served.until("/api/v1/report", f'"{confidence}"')
        for _ in range(2):
            served.until_without("/api/v1/report", served.report().run_id)
        report = served.report()
    assert [(each.cause, each.confidence) for each in report.diagnoses] == [
        (Cause.CONFIG_SECRET_TRAILING_NEWLINE, confidence)
    ]
    assert bool(report.trials) is (choice == "auto")


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


def test_a_log_that_nobody_reads_holds_neither_its_answers_nor_its_end(full_pipe: int) -> None:
    with serving(OUTSIDE, NOWHERE, log=full_pipe) as served:
        served.until("/ready")
        assert served.report().exit_code == NOT_PROVEN
        assert served.get("/live")[0] == 200
        code, seconds, _ = served.terminate()
    assert code == 0
    assert seconds < ENDED_WITHIN


@pytest.fixture
def full_pipe() -> Iterator[int]:
    """The end of a pipe into which not a byte more goes, and which is not read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    yield writing
    os.close(writing)
    os.close(reading)


def test_without_any_setting_it_serves_that_nothing_is_known() -> None:
    """No failure of the path on any surface, no incident, and a gate that is open."""
    with serving(OUTSIDE, {**NOWHERE, "CLOUDSQL_DIAG_GATE_PASSES": "1"}) as served:
        report = served.report()
        assert (report.status, report.exit_code, report.diagnoses) == (Status.UNKNOWN, NOT_PROVEN, ())
        assert served.get("/gate")[0] == 200
        assert served.get("/live")[0] == 200
        status, health = served.get("/health")
        assert (status, '"status":"warn"' in health, "config.target" in health) == (200, True, True)
        metrics = served.get("/metrics")[1]
        assert "cloudsqldiag_up{" not in metrics
        assert "cloudsqldiag_diagnosis_info{" not in metrics
        assert 'cloudsqldiag_runs_total{status="unknown"' in metrics
        assert served.terminate()[0] == 0


def test_a_wrong_variable_of_ours_is_said_and_does_not_end_it() -> None:
    with serving(OUTSIDE, {**NOWHERE, "CLOUDSQL_DIAG_DEPTH": "bottom"}) as served:
        served.until("/ready")
        code, _, errors = served.terminate()
    assert code == 0
    [said] = [line for line in errors.splitlines() if "CLOUDSQL_DIAG_DEPTH" in line]
    assert said.endswith("goes on without it")


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


BLACK_HOLES = [
    (Route.DIRECT, ("accept-then-silence",)),
    (Route.SOCKET, ("all-traffic-without-nat",)),
    (Route.CONNECTOR, ("silent-drop", "api-drop")),
]


@pytest.mark.serial
@pytest.mark.parametrize("route, faults", BLACK_HOLES, ids=str)
def test_a_first_verdict_is_there_within_ten_seconds_of_the_start(
    lab: Lab, route: Route, faults: tuple[str, ...]
) -> None:
    """Counted from its first answer: how long a machine takes to start a program is not what is promised here."""
    with in_lab(lab, lab.arrange(*faults, route=route), "30") as served:
        served.until("/startup")
        began = time.monotonic()
        served.until("/ready")
        assert time.monotonic() - began < FIRST_VERDICT
        assert served.report().diagnoses


def test_a_process_that_stood_still_says_so_and_never_that_the_database_is_down(lab: Lab) -> None:
    """Stopped in the middle of a run for longer than its deadlines, as without CPU; nothing is wrong but that."""
    with in_lab(lab, lab.arrange(route=Route.DIRECT), "1") as served:
        served.until("/ready")
        lab.switchboard.on("accept-then-silence")
        served.until_running()
        served.stand_still(STANDSTILL)
        lab.switchboard.off("accept-then-silence")
        served.until("/metrics", f'cloudsqldiag_diagnoses_total{{cause="{Cause.RUNTIME_CPU_THROTTLED}"')
        body = served.until("/metrics", 'cloudsqldiag_diagnosis_info{cause="none"')
    assert f'cloudsqldiag_diagnoses_total{{cause="{Cause.PG_NO_ANSWER}"' not in body


def test_where_cpu_comes_with_requests_only_the_probe_brings_a_fresh_report(lab: Lab) -> None:
    with in_lab(lab, lab.arrange(route=Route.DIRECT), "2") as served:
        served.until("/ready")
        before = served.report()
        served.stand_still(6.0)
        assert served.get("/live?work=20")[0] == 200
        after = served.report()
        assert (after.run_id != before.run_id, after.diagnoses) == (True, ())
        frozen = re.findall(r"cloudsqldiag_frozen_seconds_total\{[^}]*\} (\S+)", served.get("/metrics")[1])
        assert float(frozen[0]) >= FROZEN_AFTER


def test_every_target_of_the_config_file_is_watched_by_its_name(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    config = lab.directory / "home" / "targets.toml"
    table = 'host = "{host}"\ndatabase = "{db}"\nuser = "{user}"\npassword_env = "POSTGRES_PASSWORD"\n'
    values = {"db": environment["POSTGRES_DB"], "user": environment["POSTGRES_USER"]}
    good, bad = table.format(host=environment["POSTGRES_HOST"], **values), table.format(host="127.0.0.1", **values)
    config.write_text(f"[targets.good]\n{good}\n[targets.bad]\n{bad}")
    config.chmod(0o644)
    with in_lab(lab, {**environment, "CLOUDSQL_DIAG_CONFIG": str(config)}, "1") as served:
        served.until("/metrics", 'cloudsqldiag_up{target="bad"} 0')
        served.until("/metrics", 'cloudsqldiag_up{target="good"} 1')
        config.write_text(f"[targets.good]\n{good}")
        served.until_without("/metrics", 'target="bad"')
        assert 'target="good"' in served.get("/metrics")[1]


class Told:
    """What the event stream of a sidecar says, read in a thread."""

    def __init__(self, served: Served) -> None:
        self._events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._stream = urllib.request.urlopen(f"http://127.0.0.1:{served.port}/api/v1/events", timeout=PATIENCE)
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, kind: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of this kind of which something holds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            told, data = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            if told == kind and holds(data):
                return data

    def _read(self) -> None:
        kind = ""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            for line in self._stream:
                name, _, value = line.decode().strip().partition(": ")
                kind = value if name == "event" else kind
                if name == "data":
                    self._events.put((kind, json.loads(value)))


@pytest.mark.parametrize(
    "route, fault, cause",
    [
        (Route.DIRECT, "port-refused", Cause.TCP_REFUSED),
        (Route.DIRECT, "starting-up", Cause.PG_NOT_READY),
        (Route.SOCKET, "accept-then-close", None),
        (Route.CONNECTOR, "server-cert-unknown-ca", None),
    ],
)
def test_a_fault_that_is_switched_on_and_off_turns_every_surface_in_one_cycle(
    lab: Lab, route: Route, fault: str, cause: Cause | None
) -> None:
    with in_lab(lab, lab.arrange(route=route), "1") as served:
        served.until("/ready")
        well = {entry.id: entry.status for entry in served.report().checks}
        told = Told(served)
        lab.switchboard.on(fault)
        failed = told.until("report", lambda run: run["status"] == "fail")
        named = cause or failed["causes"][0]
        assert failed["causes"][0] == named
        state = told.until("state", lambda each: each["state"]["status"] == "fail")
        assert (state["state"]["causes"][0], state["incident"]["first"]["run_id"]) == (named, failed["run_id"])
        assert served.report().diagnoses[0].cause == named
        assert f'cloudsqldiag_diagnosis_info{{cause="{named}"' in served.get("/metrics")[1]
        assert served.get("/health")[0] == 503
        lab.switchboard.off(fault)
        told.until("report", lambda run: run["status"] != "fail")
        assert served.report().diagnoses == ()
        assert {entry.id: entry.status for entry in served.report().checks} == well, "nothing is left of it"
        assert f'diagnosis_info{{cause="{named}"' not in served.get("/metrics")[1]
        assert "cloudsqldiag_check_failing" in served.get("/metrics")[1]
        assert not re.search(r"cloudsqldiag_check_failing\{[^}]*\} 1", served.get("/metrics")[1])
        told.until("state", lambda each: each["state"]["proven"])


def test_nothing_is_left_of_a_silence_that_ended_not_even_where_nobody_needs_the_answer(lab: Lab) -> None:
    """The Admin API is silent when it starts: the path needs two of its answers, and may be told more by two others."""
    with in_lab(lab, lab.arrange("api-drop", route=Route.CONNECTOR), "1") as served:
        served.until("/metrics", f'cause="{Cause.API_UNREACHABLE}"')
        assert {Status.FAIL, Status.WARN} <= {entry.status for entry in served.report().checks}
        told = Told(served)
        lab.switchboard.off("api-drop")
        told.until("report", lambda run: run["status"] != "fail")
        assert {Status.FAIL, Status.WARN} & {entry.status for entry in served.report().checks} == set()
