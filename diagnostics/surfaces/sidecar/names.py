"""By which name a target is spoken of, and to whom."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.report import Report
from diagnostics.monitor import Incident, RunSummary, TargetWatch

Namer = Callable[[TargetWatch], str]


def real_name(target: TargetWatch) -> str:
    """For callers on this machine, and for the log."""
    return target.name


def neutral_name(target: TargetWatch) -> str:
    """For callers from elsewhere: its name, unless the settings named it after what it is about.

    Who gave it a name of its own chose one for everybody. Before the first report that is not known yet.
    """
    report = target.watch.report
    return target.alias if report is None or target.name in _told(report) else target.name


def renamed_summary(summary: RunSummary, name: str) -> RunSummary:
    """The line of a run, of a target by this name."""
    return replace(summary, target=name)


def renamed_incident(incident: Incident, name: str) -> Incident:
    """An incident of a target by this name."""
    good = incident.last_good
    return replace(
        incident,
        target=name,
        first=renamed_summary(incident.first, name),
        last_good=renamed_summary(good, name) if good else None,
    )


def _told(report: Report) -> frozenset[str]:
    target = report.target
    return frozenset({target.host, target.database, target.user, *str(target.instance or "").split(":")})
