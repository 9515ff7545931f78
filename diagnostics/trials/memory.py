"""What ``serve`` remembers of trials: the same failure is not tried again at each cycle.

A refused login is refused twice where a trial repeats it, and whoever counts wrong passwords counts both.
"""

import msgspec

from diagnostics.core.diagnosis import Citation
from diagnostics.core.evidence import failures
from diagnostics.core.model import Finding
from diagnostics.core.outcome import Run
from diagnostics.core.trials import Trial, Verdict

KEPT = 600.0
"""Seconds that a trial's word holds: a secret may be replaced by another one that fails in the same way. Ten minutes is
the time between two cycles that look at everything."""

Failure = tuple[tuple[Citation, ...], tuple[Finding, ...]]


class _Kept(msgspec.Struct, frozen=True):
    failure: Failure
    until: float
    trials: tuple[Trial, ...]


class Memory:
    """Trials by target."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def recall(self, run: Run, now: float) -> Run:
        """The run with the trials that hold for its failure. ``now`` is in monotonic seconds."""
        kept = self._kept.get(run.resolution.name)
        holds = kept is not None and kept.failure == _failure(run) and now < kept.until
        return msgspec.structs.replace(run, trials=kept.trials) if kept and holds else run

    def keep(self, run: Run, now: float) -> None:
        """Remember what settled something, in place of what was remembered."""
        told = tuple(trial for trial in run.trials if trial.verdict is not Verdict.UNSETTLED)
        kept = self._kept.get(run.resolution.name)
        if kept is not None and kept.trials == told and now < kept.until and told:
            return
        self._kept[run.resolution.name] = _Kept(_failure(run), now + KEPT, told)


def _failure(run: Run) -> Failure:
    return failures(run.results), run.resolution.remarks
