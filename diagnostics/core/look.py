"""What of one report counts when it is added to others."""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnostics.core.codes import RUNGS
from diagnostics.core.looks import Look, Looks, StageSeconds
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.core.stance import Stance, stance_of


def look_of(report: Report) -> Look:
    """One run as one look."""
    return Look(
        works=_works(report),
        exit_code=report.exit_code,
        causes=tuple(diagnosis.cause for diagnosis in report.diagnoses),
        findings=tuple(entry.code for entry in report.checks if entry.status is Status.FAIL and entry.code),
        stages=tuple(_stages(report)),
    )


def with_looks(report: Report, looks: Looks | None) -> Report:
    """The report of the run that stands for several. A path that comes and goes is ``warn``: neither good nor gone."""
    flaky = looks is not None and looks.flaky
    return replace(report, looks=looks, status=Status.WARN if flaky else report.status)


def _works(report: Report) -> bool | None:
    """A run that named a cause failed, also one whose settings nobody can connect with."""
    stance = stance_of(report)
    if stance is Stance.WORKS:
        return True
    return False if report.diagnoses or stance is Stance.BROKEN else None


def _stages(report: Report) -> Iterator[StageSeconds]:
    failed = {entry.id for entry in report.checks if entry.status is Status.FAIL}
    for rung in report.ladder.rungs if report.ladder else ():
        if rung.check in RUNGS:
            yield StageSeconds(check=rung.check, seconds=rung.seconds, failed=rung.check in failed)
