"""What a run gives ``wait`` and ``/gate`` reason to do. An app is held back only for a path that is known to be broken.

Broken is what was measured so, or settings of which it is proven that nobody can connect with them. A setting that we
do not understand, a crash of ours, a step that may not be seen: none of them says that the app's database is away.
"""

from enum import StrEnum

from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.exit_codes import HEALTHY, WARNED
from diagnostics.core.findings import Code
from diagnostics.core.model import SkipReason, Status
from diagnostics.core.report import CheckEntry, Report

STALLED = 1.0
"""Seconds after which a step that our own time cut short counts as one without an answer: by then TCP has sent its SYN
once more, and a healthy step has ended long before."""

FILE_SUFFIX = "_FILE"
"""How the names of variables end that hold the path of a file."""

_HOLDS = (Status.PASS, Status.WARN)
_OF_FILES = frozenset({Code.CONFIG_TARGET_SECRET_UNREADABLE, Code.CONFIG_TARGET_SERVICE_NOT_DEFINED})
_IN_TIME = frozenset({SkipReason.RUN_DEADLINE, SkipReason.NO_ANSWER})


class Stance(StrEnum):
    """What is known of the path."""

    WORKS = "works"
    """As far as it was asked for."""
    BROKEN = "broken"
    """Measured, or proven from the settings."""
    NOT_YET = "not_yet"
    """Nothing broken was seen, and another try may tell more."""
    UNKNOWABLE = "unknowable"
    """Nothing broken was seen, and another try would not tell more."""


def stance_of(report: Report) -> Stance:
    """What one run says. Warnings are a broken path for those who asked for that with ``--fail-on warn``."""
    if report.exit_code == HEALTHY:
        return Stance.WORKS
    if report.exit_code == WARNED:
        return Stance.BROKEN
    if report.diagnoses:
        return _of_failure(report)
    return Stance.WORKS if _reached(report) else _of_unknown(report)


def settled_by_settings(report: Report) -> bool:
    """Whether the run failed for values that stay what they are: variables of a process do not change, files do."""
    return _only_settings(report) and not _in_files(report)


def _of_failure(report: Report) -> Stance:
    if not _only_settings(report) or any(each.confidence == Confidence.PROVEN for each in report.diagnoses):
        return Stance.BROKEN
    return Stance.NOT_YET if _in_files(report) else Stance.UNKNOWABLE


def _only_settings(report: Report) -> bool:
    return {entry.id for entry in report.checks if entry.status is Status.FAIL} == {CheckId.CONFIG_TARGET}


def _in_files(report: Report) -> bool:
    """A secret that is mounted late, a config file that is written anew."""
    findings = (each for entry in report.checks if entry.id is CheckId.CONFIG_TARGET for each in entry.findings)
    return any(each.code in _OF_FILES or each.about.endswith(FILE_SUFFIX) or "/" in each.about for each in findings)


def _reached(report: Report) -> bool:
    """The deepest rung that was asked for holds, whatever was not got to beside it."""
    asked = [e for e in report.checks if e.id in RUNGS and not e.left_out]
    return bool(asked) and asked[-1].status in _HOLDS


def _of_unknown(report: Report) -> Stance:
    own = [e for e in report.checks if e.needed and e.status is Status.UNKNOWN and e.blocked_by is None]
    if any(map(_stalled, own)):
        return Stance.BROKEN
    reasons = {entry.skip_reason for entry in own}
    return Stance.NOT_YET if reasons and reasons <= _IN_TIME else Stance.UNKNOWABLE


def _stalled(entry: CheckEntry) -> bool:
    return entry.skip_reason is SkipReason.RUN_DEADLINE and entry.duration_seconds >= STALLED
