"""``/health`` in the shape of draft-inadarei-api-health-check-06: pass and warn are 200, fail is 503.

The draft keeps a list under each name of a check because a thing may be there several times: here once a target.
"""

from collections.abc import Iterable

import msgspec

from diagnostics.core.look import with_looks
from diagnostics.core.model import Status, Value
from diagnostics.core.report import CheckEntry, Report
from diagnostics.monitor import TargetWatch
from diagnostics.surfaces import words
from diagnostics.surfaces.repeats import sentence
from diagnostics.surfaces.sidecar.names import Namer, real_name

MEDIA_TYPE = "application/health+json"

_WORDS = {Status.PASS: "pass", Status.FAIL: "fail"}
"""The draft knows pass, warn and fail; what could not be evaluated is a warning there."""

_WORST = ("fail", "warn", "pass")


class HealthCheck(Value, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One check of one target. ``output`` is its code, never a message."""

    component_id: str
    """Name of the target."""
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
    """Names of the targets."""
    notes: tuple[str, ...] = ()
    """Cause and title, for each target that has one."""
    checks: dict[str, tuple[HealthCheck, ...]]


def health_of(targets: Iterable[TargetWatch], release: str, name: Namer = real_name) -> Health:
    """The last reports in the draft's words. Without any nothing is known, which the draft calls a warning."""
    watched = tuple(targets)
    reports = {
        name(target): with_looks(target.watch.report, target.watch.looks)
        for target in watched
        if target.watch.report is not None
    }
    words = {_WORDS.get(report.status, "warn") for report in reports.values()}
    missing = len(reports) < len(watched) or not watched
    checks: dict[str, tuple[HealthCheck, ...]] = {}
    for named, report in reports.items():
        for entry in report.checks:
            if entry.status is not Status.SKIP:
                checks[entry.id.value] = (*checks.get(entry.id.value, ()), _check(named, entry))
    return Health(
        status=next(word for word in _WORST if word in words | ({"warn"} if missing else set())),
        release_id=release,
        description=", ".join(map(name, watched)),
        notes=(
            *(note for report in reports.values() for note in _notes(report)),
            *(("no report yet",) if missing else ()),
        ),
        checks=checks,
    )


def _notes(report: Report) -> tuple[str, ...]:
    if report.looks and report.looks.flaky:
        return (report.looks.constancy, sentence(report.looks), *_notes(with_looks(report, None)))
    first = report.diagnoses[0] if report.diagnoses else None
    if first:
        return (first.cause, first.title)
    doubt = words.doubt(report)
    return (words.verdict(report), doubt) if doubt else ()


def _check(target: str, entry: CheckEntry) -> HealthCheck:
    return HealthCheck(
        component_id=target,
        status=_WORDS.get(entry.status, "warn"),
        time=str(msgspec.to_builtins(entry.as_of)),
        observed_value=entry.duration_seconds,
        output=entry.code or "",
    )
