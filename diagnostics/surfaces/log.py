"""``-o log``: one line in Cloud Logging's structure, the same that ``serve`` writes at every change of state."""

import msgspec

from diagnostics.core.model import Status, Value
from diagnostics.core.report import Report
from diagnostics.surfaces import short
from diagnostics.surfaces.document import json_line

SEVERITY = {
    Status.PASS: "INFO",
    Status.WARN: "WARNING",
    Status.FAIL: "ERROR",
    Status.SKIP: "WARNING",
    Status.UNKNOWN: "WARNING",
}
"""Levels of Cloud Logging's LogSeverity."""


class Labels(Value, frozen=True, kw_only=True):
    """What log queries select by: closed sets, and the name of the target."""

    target: str
    status: str
    cause: str


class LogLine(
    Value,
    frozen=True,
    kw_only=True,
    rename={"labels": "logging.googleapis.com/labels"},
):
    """One entry. Cloud Logging takes ``severity``, ``time``, ``message`` and the labels out of the line."""

    severity: str
    time: str
    message: str
    labels: Labels
    component: str = "cloudsql-diag"
    run_id: str
    target: str
    status: Status
    cause: str
    confidence: str
    exit_code: int
    failing: tuple[str, ...]
    remedy: str
    duration_seconds: float
    provisional_until: str = ""
    constancy: str = ""
    """Of several runs: ``steady``, ``flaky``, ``broken`` or ``unknown``; empty for a single one."""


def render(report: Report) -> str:
    """The line, with its end."""
    return json_line(log_line(report))


def log_line(report: Report) -> LogLine:
    """The entry of a report; severity WARNING, not ERROR, while the diagnosis may still change by itself."""
    first = report.diagnoses[0] if report.diagnoses else None
    verdict, *_ = short.lines(report)
    cause = first.cause if first else ""
    return LogLine(
        severity="WARNING" if report.provisional else SEVERITY[report.status],
        time=msgspec.to_builtins(report.started_at),
        message=verdict,
        labels=Labels(target=report.target.name, status=report.status, cause=cause),
        run_id=report.run_id,
        target=report.target.name,
        status=report.status,
        cause=cause,
        confidence=first.confidence if first else "",
        exit_code=report.exit_code,
        failing=tuple(entry.id for entry in report.checks if entry.status is Status.FAIL),
        remedy=(first.remedies[0].command or first.remedies[0].text) if first and first.remedies else "",
        duration_seconds=report.duration_seconds,
        provisional_until=msgspec.to_builtins(report.provisional.until) if report.provisional else "",
        constancy=report.looks.constancy if report.looks else "",
    )
