"""``wait``: when it tries, when it stops, what it says, and what it starts."""

import itertools
import os
import random
import sys
from pathlib import Path

import msgspec
import pytest

from diagnostics import trials
from diagnostics.core.codes import CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, SkipReason, Status
from diagnostics.core.report import Report
from diagnostics.surfaces import wait
from tests.surfaces.reports import (
    CONFIG_FAILURE,
    CRASHED,
    HEALTHY,
    SOCKET_FAILURE,
    STRICT_WARNINGS,
    UNKNOWN_ONLY,
    WARNINGS,
    entry,
)
from tests.surfaces.stage import PlayedSession, play

CUT_SHORT = msgspec.structs.replace(
    UNKNOWN_ONLY,
    checks=(
        entry(
            CheckId.TCP_CONNECT,
            Status.UNKNOWN,
            code=Code.AGENT_RUN_DEADLINE,
            findings=(Finding(code=Code.AGENT_RUN_DEADLINE),),
            skip_reason=SkipReason.RUN_DEADLINE,
        ),
    ),
)


PATH = {"PATH": os.defpath}


def unsure(report: Report, code: Code, about: str) -> Report:
    """The same failure of the settings with another code, and without proof."""
    diagnosis, *_ = report.diagnoses
    target, *others = report.checks
    found = msgspec.structs.replace(target, code=code, findings=(Finding(code=code, about=about),))
    less = msgspec.structs.replace(diagnosis, confidence=Confidence.LIKELY)
    return msgspec.structs.replace(report, checks=(found, *others), diagnoses=(less,))


PLACEHOLDER = unsure(CONFIG_FAILURE, Code.CONFIG_TARGET_PLACEHOLDER_IN_URL, "DATABASE_URL")
UNMOUNTED = unsure(CONFIG_FAILURE, Code.CONFIG_TARGET_SECRET_UNREADABLE, "DB_PASSWORD_FILE")


def waiting(*acts: Report, **more: float) -> PlayedSession:
    return PlayedSession(acts=[[report] for report in acts], **more)  # type: ignore[arg-type]


def test_success_at_once_waits_for_nothing() -> None:
    session = waiting(HEALTHY)
    assert play("wait", session=session).code == 0
    assert (len(session.limits), session.clock.sleeps) == (1, [])


@pytest.mark.parametrize("report", [SOCKET_FAILURE, CUT_SHORT, STRICT_WARNINGS])
def test_what_another_try_may_change_is_tried_again(report: Report) -> None:
    """What is broken, what our own time cut short, or a warning under --fail-on warn."""
    session = waiting(report, report, WARNINGS)
    assert play("wait", session=session).code == 0
    assert len(session.limits) == 3


def test_good_runs_are_counted_whatever_comes_between_them() -> None:
    """A name that alternates with a dead address never gives two good runs in a row, and is not given up on."""
    session = waiting(HEALTHY, SOCKET_FAILURE, HEALTHY, SOCKET_FAILURE, HEALTHY, HEALTHY, passes=3)
    assert play("wait", session=session).code == 0
    assert len(session.limits) == 5


def test_after_a_good_run_the_next_one_comes_soon() -> None:
    session = waiting(SOCKET_FAILURE, SOCKET_FAILURE, SOCKET_FAILURE, HEALTHY, HEALTHY, passes=2)
    assert play("wait", session=session).code == 0
    assert session.clock.sleeps[-1] == session.wait_interval < session.clock.sleeps[-2]


def test_too_few_good_runs_start_nothing() -> None:
    session = waiting(HEALTHY, HEALTHY, run_seconds=100.0, passes=3)
    played = play("wait", "--", "true", session=session, environ=PATH)
    assert played.code == wait.EXIT_TIMED_OUT
    assert "2 good runs of 3" in played.err


def test_what_no_further_run_would_tell_is_decided_whatever_passes_says() -> None:
    session = waiting(CONFIG_FAILURE, passes=3)
    assert play("wait", session=session).code == CONFIG_FAILURE.exit_code
    assert len(session.limits) == 1


def test_every_target_has_to_work() -> None:
    session = PlayedSession(acts=[[HEALTHY, SOCKET_FAILURE], [HEALTHY, HEALTHY]])
    assert play("wait", "--all", session=session).code == 0
    assert len(session.limits) == 2


def test_timeout_is_kept_to_the_moment() -> None:
    """Pauses shrink towards the end, so that the last try still happens and nothing runs over."""
    session = waiting(SOCKET_FAILURE, wait_timeout=20.0, run_seconds=0.1)
    assert play("wait", session=session).code == wait.EXIT_TIMED_OUT
    assert session.clock.seconds == pytest.approx(20.0, abs=wait.SHORTEST_TRY)
    assert session.limits[-1] <= wait.SHORTEST_TRY + 0.01


def test_slow_tries_do_not_outlast_the_timeout() -> None:
    """A try never gets more time than is left."""
    session = waiting(SOCKET_FAILURE, wait_timeout=20.0, run_seconds=8.0)
    assert play("wait", session=session).code == wait.EXIT_TIMED_OUT
    assert session.clock.seconds <= 20.0
    assert session.limits == sorted(session.limits, reverse=True)


def test_try_without_time_does_not_replace_the_diagnosis() -> None:
    """The end of our own time is no finding about the path."""
    session = waiting(SOCKET_FAILURE, CUT_SHORT, wait_timeout=3.0)
    played = play("wait", "-o", "json", session=session)
    assert msgspec.json.decode(played.out, type=Report) == SOCKET_FAILURE


def hurried(report: Report, confidence: Confidence) -> Report:
    """The same cause, less sure."""
    first, *others = report.diagnoses
    less = msgspec.structs.replace(first, confidence=confidence)
    return msgspec.structs.replace(report, diagnoses=(less, *others))


def test_a_last_try_without_time_for_a_trial_does_not_make_a_cause_less_sure() -> None:
    """The cause of the tries before, as sure as it was, and not told once more."""
    proven, likely = (hurried(SOCKET_FAILURE, each) for each in (Confidence.PROVEN, Confidence.LIKELY))
    session = waiting(proven, likely, wait_timeout=1.2, run_seconds=0.1)
    played = play("wait", "-o", "json", session=session)
    assert (len(session.limits), session.limits[-1] < wait.TIME_TO_LEARN) == (2, True)
    assert msgspec.json.decode(played.out, type=Report) == proven
    assert [line.split()[0] for line in played.err.splitlines()] == ["FAIL", "cloudsql-diag:"]


def test_a_try_that_has_time_to_learn_has_it_for_a_trial() -> None:
    """What it keeps for its report, and what a trial needs at least."""
    assert wait.TIME_TO_LEARN == trials.ROOM + trials.ROOM


def test_a_last_try_that_sees_another_cause_counts_however_short_it_is() -> None:
    session = waiting(SOCKET_FAILURE, UNKNOWN_ONLY, wait_timeout=1.2, run_seconds=0.1)
    played = play("wait", "-o", "json", session=session)
    assert len(session.limits) == 2
    assert msgspec.json.decode(played.out, type=Report) == UNKNOWN_ONLY


def test_only_changes_are_told() -> None:
    session = waiting(SOCKET_FAILURE, SOCKET_FAILURE, STRICT_WARNINGS, STRICT_WARNINGS, HEALTHY)
    told = play("wait", session=session).err.splitlines()
    assert [line.split()[0] for line in told] == ["FAIL", "WARN", "OK", "cloudsql-diag:"]


@pytest.mark.parametrize("report", [UNKNOWN_ONLY, CRASHED, PLACEHOLDER])
def test_what_cannot_be_known_holds_nobody_back(report: Report) -> None:
    """One look, no waiting: not held, too, is who waits without a command, an init container for example."""
    session = waiting(report)
    played = play("wait", session=session)
    assert (played.code, len(session.limits)) == (0, 1)
    assert "--strict" in played.err.splitlines()[-1]


@pytest.mark.parametrize("report", [UNKNOWN_ONLY, CRASHED, PLACEHOLDER])
def test_strict_holds_back_what_cannot_be_known(report: Report) -> None:
    session = waiting(report, strict=True)
    played = play("wait", "--", "true", session=session, environ=PATH)
    assert (played.code, len(session.limits)) == (report.exit_code, 1)
    assert "true was not started" in played.err.splitlines()[-1]


def test_settings_that_stay_wrong_are_not_waited_for() -> None:
    session = waiting(CONFIG_FAILURE)
    played = play("wait", "--", "true", session=session, environ=PATH)
    assert (played.code, len(session.limits)) == (CONFIG_FAILURE.exit_code, 1)
    assert "true was not started" in played.err.splitlines()[-1]


def test_a_secret_that_may_still_be_mounted_is_waited_for() -> None:
    session = waiting(UNMOUNTED, HEALTHY)
    assert play("wait", session=session).code == 0
    assert len(session.limits) == 2


def test_what_never_had_the_time_to_be_measured_holds_nobody_back() -> None:
    session = waiting(CUT_SHORT, wait_timeout=3.0)
    assert play("wait", session=session).code == 0
    assert play("wait", session=waiting(CUT_SHORT, wait_timeout=3.0, strict=True)).code == wait.EXIT_TIMED_OUT


def test_a_broken_target_beside_one_that_cannot_be_known_is_waited_for() -> None:
    session = PlayedSession(acts=[[UNKNOWN_ONLY, SOCKET_FAILURE], [UNKNOWN_ONLY, HEALTHY]])
    assert play("wait", "--all", session=session).code == 0
    assert len(session.limits) == 2


def test_a_missing_command_is_found_before_the_path_is_waited_for() -> None:
    session = waiting(SOCKET_FAILURE)
    assert play("wait", "--", "no-such-command", session=session, environ=PATH).code == wait.EXIT_NOT_FOUND
    assert session.limits == []


def test_a_command_that_nobody_may_execute_is_found_before_too(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("exit 0")
    session = waiting(SOCKET_FAILURE)
    assert play("wait", "--", str(script), session=session, environ=PATH).code == wait.EXIT_NOT_EXECUTABLE
    assert session.limits == []


def test_pauses_double_up_to_the_longest() -> None:
    drawn = list(itertools.islice(wait.pauses(1.0, random.Random(7)), 8))
    for pause, middle in zip(drawn, (1, 2, 4, 8, 15, 15, 15, 15), strict=True):
        assert middle * (1 - wait.JITTER) <= pause <= middle * (1 + wait.JITTER)
    assert len(set(drawn)) == len(drawn)


def test_long_interval_is_not_shortened() -> None:
    assert min(itertools.islice(wait.pauses(60.0, random.Random(7)), 4)) >= 60 * (1 - wait.JITTER)


def test_command_is_not_started_after_a_failure() -> None:
    played = play("wait", "--", "/bin/false", session=waiting(SOCKET_FAILURE, wait_timeout=2.0))
    assert played.code == wait.EXIT_TIMED_OUT
    assert "starting" not in played.err


@pytest.mark.parametrize(
    "error,code",
    [
        (FileNotFoundError(), wait.EXIT_NOT_FOUND),
        (NotADirectoryError(), wait.EXIT_NOT_FOUND),
        (PermissionError(), wait.EXIT_NOT_EXECUTABLE),
        (OSError(8, "Exec format error"), wait.EXIT_NOT_EXECUTABLE),
    ],
)
def test_exit_code_of_a_command_that_cannot_start(error: OSError, code: int) -> None:
    assert wait.exit_code_of(error) == code


@pytest.mark.parametrize(
    "command,code",
    [
        ("sh", 0),
        (sys.executable, 0),
        ("no-such-command", wait.EXIT_NOT_FOUND),
        ("/no/such/command", wait.EXIT_NOT_FOUND),
        ("/etc/passwd", wait.EXIT_NOT_EXECUTABLE),
        ("/etc/passwd/x", wait.EXIT_NOT_FOUND),
        ("/etc", wait.EXIT_NOT_EXECUTABLE),
    ],
)
def test_a_command_that_could_not_be_started_is_seen_before(command: str, code: int) -> None:
    error = wait.missing((command,), {"PATH": "/no/such/folder:/bin"})
    assert (wait.exit_code_of(error) if error else 0) == code


def test_what_access_refuses_may_still_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """access(2) passes over the capabilities that exec has: only an attempt can tell."""
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert wait.missing((sys.executable,), {}) is None
