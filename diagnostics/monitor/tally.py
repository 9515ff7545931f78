"""What has been counted of one target since the process started: the counters behind the metrics."""

from collections import Counter

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Status, Value
from diagnostics.core.report import Report

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds of the run histogram: healthy runs are in the first half, deadlines in the last two."""


class Tally(Value, frozen=True, kw_only=True):
    """Counts so far."""

    runs: dict[Status, int]
    failures: dict[CheckId, int]
    diagnoses: dict[str, int]
    buckets: tuple[int, ...]
    """Runs in each bucket of BUCKETS, and above the last; not cumulative."""
    seconds: float
    """Of all runs together."""
    changes: int
    """Of the state, damped."""
    crashes: int
    """Runs that ended through a fault of ours."""
    frozen_seconds: float
    """For which the process stood still when a cycle was due."""


class Counts:
    """Counts runs as they end."""

    def __init__(self) -> None:
        self._runs: Counter[Status] = Counter()
        self._failures: Counter[CheckId] = Counter()
        self._diagnoses: Counter[str] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self.changes = 0
        self.crashes = 0
        self.frozen_seconds = 0.0

    def take(self, report: Report) -> None:
        """One run more."""
        self._runs[report.status] += 1
        self._failures.update(entry.id for entry in report.checks if entry.status is Status.FAIL)
        self._diagnoses.update(diagnosis.cause for diagnosis in report.diagnoses)
        self._seconds += report.duration_seconds
        self._buckets[sum(report.duration_seconds > bound for bound in BUCKETS)] += 1

    @property
    def tally(self) -> Tally:
        """As a value."""
        return Tally(
            runs=dict(self._runs),
            failures=dict(self._failures),
            diagnoses=dict(self._diagnoses),
            buckets=tuple(self._buckets),
            seconds=self._seconds,
            changes=self.changes,
            crashes=self.crashes,
            frozen_seconds=self.frozen_seconds,
        )
