"""``/health`` in the shape of the health+json draft: pass and warn are 200, fail is 503."""

import msgspec

from diagnostics.core.model import Status, Value
from diagnostics.core.report import CheckEntry, Report

MEDIA_TYPE = "application/health+json"

_WORDS = {Status.PASS: "pass", Status.FAIL: "fail"}
"""The draft knows pass, warn and fail; what could not be evaluated is a warning there."""


class HealthCheck(Value, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One check. ``output`` is its code, never a message."""

    component_id: str
    status: str
    time: str
    observed_value: float
    observed_unit: str = "s"
    output: str = ""


class Health(Value, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The whole answer."""

    status: str
    version: str = "1"
    release_id: str
    description: str
    notes: tuple[str, ...] = ()
    checks: dict[str, tuple[HealthCheck, ...]]


def health_of(report: Report | None, release: str) -> Health:
    """The last report in the draft's words. Without one nothing is known, which the draft calls a warning."""
    if report is None:
        return Health(status="warn", release_id=release, description="", notes=("no report yet",), checks={})
    first = report.diagnoses[0] if report.diagnoses else None
    return Health(
        status=_WORDS.get(report.status, "warn"),
        release_id=release,
        description=report.target.name,
        notes=(first.cause, first.title) if first else (),
        checks={entry.id.value: (_check(entry),) for entry in report.checks if entry.status is not Status.SKIP},
    )


def _check(entry: CheckEntry) -> HealthCheck:
    return HealthCheck(
        component_id=entry.id.value,
        status=_WORDS.get(entry.status, "warn"),
        time=str(msgspec.to_builtins(entry.as_of)),
        observed_value=entry.duration_seconds,
        output=entry.code or "",
    )
