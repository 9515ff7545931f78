"""What the loop remembers between two runs, and what cannot end it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.monitor import BUCKETS, Monitor
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE, WARNINGS


class ScriptedClock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Script:
    """A monitor over reports, or errors, that come one after the other; then it ends as a cancelled one does."""

    def __init__(self, *results: Report | Exception, jitter: float = 0.0) -> None:
        self._results: Iterator[Report | Exception] = iter(results)
        self.clock = ScriptedClock()
        self.changes: list[Report] = []
        self.crashes: list[BaseException] = []
        self.monitor = Monitor(self._run, self.clock, 30.0, lambda: jitter, self.changes.append)

    async def _run(self) -> Report:
        result = next(self._results, None)
        if result is None:
            raise asyncio.CancelledError
        if isinstance(result, Exception):
            raise result
        return result

    async def play(self) -> Monitor:
        with pytest.raises(asyncio.CancelledError):
            await self.monitor.run_for_ever(self.crashes.append)
        return self.monitor


def at(report: Report, seconds: int) -> Report:
    return replace(report, started_at=HEALTHY.started_at + timedelta(seconds=seconds))


async def test_the_last_report_is_what_is_shown() -> None:
    monitor = await Script(HEALTHY, SOCKET_FAILURE).play()
    assert monitor.watch.report == SOCKET_FAILURE


async def test_nothing_stale_remains_when_a_fault_clears() -> None:
    monitor = await Script(SOCKET_FAILURE, HEALTHY).play()
    assert monitor.watch.report == HEALTHY


async def test_since_is_when_status_or_cause_changed_and_not_when_they_were_seen_again() -> None:
    monitor = await Script(at(HEALTHY, 0), at(SOCKET_FAILURE, 30), at(SOCKET_FAILURE, 60)).play()
    assert monitor.watch.since == HEALTHY.started_at + timedelta(seconds=30)
    assert monitor.watch.last_success_at == HEALTHY.started_at
    assert monitor.tally.changes == 1


async def test_a_warning_beside_a_working_path_is_a_success() -> None:
    monitor = await Script(WARNINGS).play()
    assert monitor.watch.last_success_at == WARNINGS.started_at


async def test_only_a_change_is_told() -> None:
    script = Script(HEALTHY, HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE, HEALTHY)
    await script.play()
    assert script.changes == [HEALTHY, SOCKET_FAILURE, HEALTHY]


async def test_an_error_of_ours_is_counted_and_the_loop_goes_on() -> None:
    script = Script(RuntimeError("ours"), HEALTHY)
    monitor = await script.play()
    assert [type(error) for error in script.crashes] == [RuntimeError]
    assert (monitor.tally.crashes, monitor.watch.report) == (1, HEALTHY)


async def test_runs_failures_and_causes_are_counted() -> None:
    tally = (await Script(HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE).play()).tally
    assert tally.runs == {HEALTHY.status: 1, Status.FAIL: 2}
    assert tally.failures[CheckId.POSTGRES_STARTUP] == 2
    assert tally.diagnoses == {diagnosis.cause: 2 for diagnosis in SOCKET_FAILURE.diagnoses}


@pytest.mark.parametrize("seconds, place", [(0.001, 0), (BUCKETS[0], 0), (0.3, 6), (60.0, len(BUCKETS))])
async def test_a_run_is_counted_in_the_bucket_of_its_duration(seconds: float, place: int) -> None:
    tally = (await Script(replace(HEALTHY, duration_seconds=seconds)).play()).tally
    assert [number for number, runs in enumerate(tally.buckets) if runs] == [place]


@pytest.mark.parametrize("jitter, pause", [(-1.0, 27.0), (0.0, 30.0), (1.0, 33.0)])
async def test_pauses_differ_by_a_tenth_at_most(jitter: float, pause: float) -> None:
    script = Script(HEALTHY, jitter=jitter)
    await script.play()
    assert script.clock.slept == [pytest.approx(pause)]
