"""A process that had no CPU: its deadlines expired, and its peers gave up on it, while nobody looked.

First of all rules: what a run waited for in vain while it stood still is evidence of nothing else.
"""

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import RuntimeFreeze
from diagnostics.core.findings import Code
from diagnostics.core.rules.groups import ending
from diagnostics.core.rules.rule import Rule

_GIVEN_UP = ending(["silent", "closed", "reset"], *CheckId)
"""Deadlines of ours that expired, and peers that hung up."""


def _stood_still(evidence: Evidence) -> bool:
    """Our own clock stopped for the greater part of what the longest of these steps took."""
    freeze = evidence.fact(RuntimeFreeze)
    steps = (evidence.result(code.check) for code in _GIVEN_UP if code.check and evidence.found(code))
    waited = max((step.duration_seconds for step in steps if step), default=0.0)
    gap = freeze.longest_gap_seconds if freeze and evidence.found(Code.RUNTIME_FREEZE_FROZEN) else 0.0
    return gap * 2 >= waited > 0


RULES: tuple[Rule, ...] = (
    Rule(
        cause=Cause.RUNTIME_CPU_THROTTLED,
        explains=(*_GIVEN_UP, Code.RUNTIME_FREEZE_FROZEN),
        confidence=Confidence.LIKELY,
        when=_stood_still,
        cites=(CheckId.RUNTIME_FREEZE,),
    ),
)
