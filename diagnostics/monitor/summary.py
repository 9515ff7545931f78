"""One run in one line: what lists, event streams and strips of history show."""

from datetime import datetime

from diagnostics.core.model import Status, Value
from diagnostics.core.report import Report
from diagnostics.monitor.schedule import Breadth


class RunSummary(Value, frozen=True, kw_only=True):
    """One run in one line."""

    run_id: str
    target: str
    started_at: datetime
    duration_seconds: float
    breadth: Breadth
    status: Status
    exit_code: int
    causes: tuple[str, ...]
    provisional: bool
    """Whether the diagnosis may still change by itself."""
    climb_seconds: float | None
    """Seconds of the ladder, None where there was none."""


def summary_of(report: Report, breadth: Breadth) -> RunSummary:
    """The line of a report."""
    return RunSummary(
        run_id=report.run_id,
        target=report.target.name,
        started_at=report.started_at,
        duration_seconds=report.duration_seconds,
        breadth=breadth,
        status=report.status,
        exit_code=report.exit_code,
        causes=tuple(diagnosis.cause for diagnosis in report.diagnoses),
        provisional=report.provisional is not None,
        climb_seconds=report.ladder.total_seconds if report.ladder else None,
    )
