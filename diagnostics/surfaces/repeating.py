"""``check --repeat``: several rounds, and one report a target that stands for them all."""

import math
from collections.abc import Iterator

import msgspec

from diagnostics.core.look import look_of, with_looks
from diagnostics.core.looks import Look, summed, telling
from diagnostics.core.report import Report
from diagnostics.ports import Clock
from diagnostics.surfaces.desk import Desk
from diagnostics.surfaces.services import Session


class Taken(msgspec.Struct):
    """The looks at one target so far; of the reports only those that may have to stand for all."""

    looks: list[Look] = msgspec.field(default_factory=list)
    reports: dict[int, Report] = msgspec.field(default_factory=dict)

    def take(self, report: Report) -> None:
        """One look more."""
        self.looks.append(look_of(report))
        self.reports[len(self.looks) - 1] = report
        kept = {telling(self.looks), *self._first_of_each_kind(), len(self.looks) - 1}
        self.reports = {number: kept_report for number, kept_report in self.reports.items() if number in kept}

    def _first_of_each_kind(self) -> Iterator[int]:
        known: set[object] = set()
        for number, look in enumerate(self.looks):
            kind = (look.works, look.causes[:1], look.findings[:1])
            if kind not in known:
                known.add(kind)
                yield number

    @property
    def report(self) -> Report:
        """The one that stands for all."""
        return with_looks(self.reports[telling(self.looks)], summed(self.looks))


async def repeated(session: Session, at: Desk, clock: Clock) -> None:
    """Rounds with a pause between them. What was seen is told also where a signal ends them early."""
    taken: dict[str, Taken] = {name: Taken() for name in session.targets}

    def take(report: Report) -> None:
        taken[report.target.name].take(report)
        at.one_of_several(report)

    try:
        for number in range(session.repeat):
            if number:
                await clock.sleep(session.pause)
            await session.run(at, take, math.inf)
    finally:
        for each in taken.values():
            if each.looks:
                at.streamed(each.report)
