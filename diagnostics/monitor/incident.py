"""Incidents: which run was the first to fail, and what was different from the last good one before it."""

from collections import deque
from datetime import datetime

from msgspec.structs import replace

from diagnostics.core.codes import Cause, Layer
from diagnostics.core.model import Value
from diagnostics.core.report import Report
from diagnostics.core.stance import Stance, stance_of
from diagnostics.monitor.difference import AnyDifference, differences
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.state import proven
from diagnostics.monitor.summary import RunSummary

_NETWORK = frozenset({Layer.VPC, Layer.NET, Layer.TCP, Layer.API})
"""Layers of causes that a closed egress is taken for."""


class Incident(Value, frozen=True, kw_only=True):
    """From the first run that failed to the first good one after which the target was said to be well again."""

    target: str
    began_at: datetime
    ended_at: datetime | None = None
    """None while it lasts."""
    first: RunSummary
    """Its report is kept as long as the incident is."""
    last_good: RunSummary | None = None
    """The run that it is compared with, None where there was none before."""
    differences: tuple[AnyDifference, ...] = ()
    failed_runs: int = 1
    causes: tuple[str, ...] = ()
    """All that were named, in the order in which they appeared."""
    may_open_until: datetime | None = None
    """Until when it may turn out to have been the way of a young instance, which opens by itself: no run was good
    before it, and every run of it was provisional and blamed the network. None where it is something else."""
    proven_cause: Cause | None = None
    """What it was after all, where its end proved that: the way of a young instance opened by itself."""


class Incidents:
    """The last few of one target."""

    def __init__(self, kept: int) -> None:
        self._incidents: deque[Incident] = deque(maxlen=kept)
        self._good: tuple[Report, RunSummary] | None = None
        self._seen_whole = False
        """Whether a wide run of the open incident has been compared: a narrow one may not have looked everywhere."""

    def take(self, report: Report, summary: RunSummary, *, well: bool) -> bool:
        """Whether this run is the first of a new incident. ``well``: what is said of the target after it."""
        going_on = self.open
        if stance_of(report) is Stance.UNKNOWABLE:
            # Nothing is known to have broken, nor to be well again.
            return False
        if proven(report):
            if going_on and well:
                self._incidents[-1] = _ended(going_on, report.started_at)
            self._good = report, summary
            return False
        if going_on is None:
            self._begin(report, summary)
        else:
            self._incidents[-1] = _with(going_on, report, summary)
        self._compare(report, summary)
        return going_on is None

    @property
    def open(self) -> Incident | None:
        """The one that lasts."""
        newest = self._incidents[-1] if self._incidents else None
        return newest if newest and newest.ended_at is None else None

    @property
    def newest_first(self) -> tuple[Incident, ...]:
        """All that are kept."""
        return tuple(reversed(self._incidents))

    def _begin(self, report: Report, summary: RunSummary) -> None:
        self._seen_whole = False
        self._incidents.append(
            Incident(
                target=summary.target,
                began_at=summary.started_at,
                first=summary,
                last_good=self._good[1] if self._good else None,
                causes=summary.causes,
                may_open_until=None if self._good else _may_open_until(report),
            )
        )

    def _compare(self, report: Report, summary: RunSummary) -> None:
        if self._good is None or self._seen_whole:
            return
        self._seen_whole = summary.breadth is Breadth.WIDE
        self._incidents[-1] = replace(self._incidents[-1], differences=differences(self._good[0], report))


def _with(incident: Incident, report: Report, failed: RunSummary) -> Incident:
    return replace(
        incident,
        failed_runs=incident.failed_runs + 1,
        causes=tuple(dict.fromkeys(incident.causes + failed.causes)),
        may_open_until=incident.may_open_until and _may_open_until(report),
    )


def _ended(incident: Incident, at: datetime) -> Incident:
    """Later than that it may have been mended by hand, while nobody looked."""
    opened = incident.may_open_until is not None and at <= incident.may_open_until
    return replace(incident, ended_at=at, proven_cause=Cause.VPC_WARMING_UP if opened else None)


def _may_open_until(report: Report) -> datetime | None:
    """A server that hangs up is provisional, too: behind the mounted socket it may be the network. It may be busy."""
    closed = all(Layer(diagnosis.layer) in _NETWORK for diagnosis in report.diagnoses)
    return report.provisional.until if report.provisional and closed else None
