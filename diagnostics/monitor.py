"""The sidecar's loop: one run after another, for ever, and what is known between two of them.

Nothing that a run meets ends the loop. A run that breaks through our own fault is counted, logged by
type, and tried again at the next interval.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Status, Value
from diagnostics.core.report import Report
from diagnostics.ports import Clock

JITTER = 0.1
"""Share of the interval by which a pause may differ, so that many instances started together do not climb together."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds of the run histogram: healthy runs are in the first half, deadlines in the last two."""


class Tally(Value, frozen=True, kw_only=True):
    """What has been counted since the process started."""

    runs: dict[Status, int]
    failures: dict[CheckId, int]
    diagnoses: dict[str, int]
    buckets: tuple[int, ...]
    """Runs in each bucket of BUCKETS, and above the last; not cumulative."""
    seconds: float
    changes: int
    crashes: int


class Watch(Value, frozen=True, kw_only=True):
    """What every surface of the sidecar shows: the last report, and since when it says what it says."""

    report: Report | None = None
    reported_at: float = 0.0
    """Monotonic seconds."""
    since: datetime | None = None
    last_success_at: datetime | None = None


class Monitor:
    """Runs again and again. ``changed`` is told of each report that says something else than the one before."""

    def __init__(
        self,
        run: Callable[[], Awaitable[Report]],
        clock: Clock,
        interval: float,
        jitter: Callable[[], float],
        changed: Callable[[Report], None],
    ) -> None:
        self._run = run
        self._clock = clock
        self._interval = interval
        self._jitter = jitter
        self._changed = changed
        self._runs: Counter[Status] = Counter()
        self._failures: Counter[CheckId] = Counter()
        self._diagnoses: Counter[str] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._changes = 0
        self._crashes = 0
        self.watch = Watch()

    async def run_for_ever(self, crashed: Callable[[BaseException], None]) -> None:
        """Until cancelled."""
        while True:
            await self.run_once(crashed)
            await self._clock.sleep(self._interval * (1 + JITTER * self._jitter()))

    async def run_once(self, crashed: Callable[[BaseException], None]) -> None:
        """One run; what escapes from it is our own bug and no reason to stop watching."""
        try:
            report = await self._run()
        except Exception as error:  # noqa: BLE001 - the sidecar never ends by itself
            self._crashes += 1
            crashed(error)
            return
        self._take(report)

    @property
    def tally(self) -> Tally:
        """Counts so far."""
        return Tally(
            runs=dict(self._runs),
            failures=dict(self._failures),
            diagnoses=dict(self._diagnoses),
            buckets=tuple(self._buckets),
            seconds=self._seconds,
            changes=self._changes,
            crashes=self._crashes,
        )

    def _take(self, report: Report) -> None:
        before = self.watch.report
        differs = before is None or _says(before) != _says(report)
        self._changes += differs and before is not None
        healthy = report.exit_code == 0
        self.watch = Watch(
            report=report,
            reported_at=self._clock.monotonic(),
            since=report.started_at if differs else self.watch.since,
            last_success_at=report.started_at if healthy else self.watch.last_success_at,
        )
        self._count(report)
        if differs:
            self._changed(report)

    def _count(self, report: Report) -> None:
        self._runs[report.status] += 1
        self._failures.update(entry.id for entry in report.checks if entry.status is Status.FAIL)
        self._diagnoses.update(diagnosis.cause for diagnosis in report.diagnoses)
        self._seconds += report.duration_seconds
        self._buckets[sum(report.duration_seconds > bound for bound in BUCKETS)] += 1


def _says(report: Report) -> tuple[Status, tuple[str, ...]]:
    """What a change of state is a change of: the status, and the causes in their order."""
    return report.status, tuple(diagnosis.cause for diagnosis in report.diagnoses)
