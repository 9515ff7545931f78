"""The runs of one target that are remembered: the last ones, and failures longer.

A run that failed is worth more than one that passed, and the first one of an incident more than those after it, which
only repeat it: so recent runs, failed runs and the beginnings of incidents are three rings. A target that fails every
day cannot push out what happened last week, nor a busy target another one's.
"""

import zlib
from collections import deque
from collections.abc import Iterator

from diagnostics.core.model import Value
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode, encode
from diagnostics.monitor.incident import Incident, Incidents
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.state import proven
from diagnostics.monitor.summary import RunSummary, summary_of


class Sizes(Value, frozen=True, kw_only=True):
    """How many runs each ring keeps."""

    recent: int = 60
    """Half an hour at the default interval: as far as a person looks back who was just called."""
    failed: int = 40
    incidents: int = 20


FEW = Sizes(recent=8, failed=4, incidents=4)
"""Where there are many targets, whose reports would otherwise fill the memory of a small sidecar."""

MANY_TARGETS = 10
"""Targets up to which each gets the full sizes: a report takes some 7 KiB here, so 10 targets stay below 10 MiB, and
100 with a few each below 12."""

_FAST = 1
"""Level of compression: beside an app, and after every run, is no place to look for the last byte."""


def sizes_for(targets: int) -> Sizes:
    """What each of so many targets gets."""
    return Sizes() if targets <= MANY_TARGETS else FEW


class _Stored(Value, frozen=True, kw_only=True):
    summary: RunSummary
    document: bytes


class History:
    """The runs of one target."""

    def __init__(self, sizes: Sizes) -> None:
        self._recent: deque[_Stored] = deque(maxlen=sizes.recent)
        self._failed: deque[_Stored] = deque(maxlen=sizes.failed)
        self._firsts: deque[_Stored] = deque(maxlen=sizes.incidents)
        self._incidents = Incidents(sizes.incidents)

    def take(self, report: Report, breadth: Breadth, *, well: bool) -> RunSummary:
        """Remember a run. ``well``: what is said of the target after it, which may end an incident."""
        summary = summary_of(report, breadth)
        stored = _Stored(summary=summary, document=zlib.compress(encode(report), _FAST))
        self._recent.append(stored)
        if not proven(report):
            self._failed.append(stored)
        if self._incidents.take(report, summary, well=well):
            self._firsts.append(stored)
        return summary

    @property
    def runs(self) -> tuple[RunSummary, ...]:
        """All that are remembered, the newest first."""
        known = {stored.summary.run_id: stored.summary for stored in self._all()}
        return tuple(sorted(known.values(), key=lambda summary: summary.started_at, reverse=True))

    @property
    def incident(self) -> Incident | None:
        """The one that lasts."""
        return self._incidents.open

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Those that are remembered, the newest first."""
        return self._incidents.newest_first

    def report(self, run_id: str) -> Report | None:
        """The report of a run, None where it is not remembered."""
        found = next((stored for stored in self._all() if stored.summary.run_id == run_id), None)
        return decode(zlib.decompress(found.document)) if found else None

    def _all(self) -> Iterator[_Stored]:
        yield from self._firsts
        yield from self._failed
        yield from self._recent
