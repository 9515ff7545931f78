"""Whether an answer is right for every world in which just that was seen."""

from collections.abc import Iterator, Sequence
from enum import Enum

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.diagnosis.network.deviations import CAUSES, PASSING
from diagnostics.diagnosis.network.fit import Fit
from diagnostics.diagnosis.network.looks import Look, Observations
from diagnostics.diagnosis.network.model import model_of
from diagnostics.diagnosis.network.verdict import NetworkDiagnosis, diagnose_network
from diagnostics.diagnosis.network.world import Case
from tests.diagnosis.every_world import EveryWorld

Worlds = Sequence[tuple[EveryWorld, int]]


def complaints(found: NetworkDiagnosis | None, worlds: Worlds, cases: Sequence[Case]) -> Iterator[str]:
    """Every way in which an answer is wrong for these worlds. What passes by itself may be left to a trial to prove."""
    if found is None:
        if not any(every.wrong.get(PASSING, 0) & alike for every, alike in worlds):
            yield "no answer"
        return
    for every, alike in worlds:
        yield from _of_causes(found, every, alike, usual=_is_usual(every.case, cases))
        for refuted in found.excluded:
            if every.wrong.get(refuted.cause, 0) & alike:
                yield f"{refuted.cause} is excluded by {refuted.because}, and it is the truth"


def _is_usual(case: Case, cases: Sequence[Case]) -> bool:
    return any(each.usual for each in cases if each.leads_to is case.leads_to)


def _of_causes(found: NetworkDiagnosis, every: EveryWorld, alike: int, *, usual: bool) -> Iterator[str]:
    offered = {found.cause, *(each.cause for each in found.alternatives)}
    simple = any(sum(CAUSES[value] is not None for value in each.deviations) == 1 for each in found.hypotheses)
    plain = (alike & every.model.space.single if simple else alike) if usual else 0
    if _without(every, alike, {*offered, *found.together}):
        yield "the truth is not among what fits"
    if _without(every, plain, offered):
        yield "nothing simpler explains it, and the truth is neither the cause nor an alternative"
    if found.confidence is Confidence.PROVEN and _without(every, alike, {found.cause}):
        yield "proven, and it is something else"


def _without(every: EveryWorld, worlds: int, causes: set[Cause]) -> int:
    """Worlds in which something is wrong, and none of these."""
    for cause in causes:
        worlds &= ~every.wrong.get(cause, 0)
    return worlds


def unsettled(found: NetworkDiagnosis | None, observations: Observations, cases: Sequence[Case]) -> Iterator[str]:
    """What is said to settle an answer has to take a survivor off the list, whatever else it may leave on it."""
    if found is None:
        return
    survivors = {found.cause, *(each.cause for each in found.alternatives)}
    for look, causes in [
        (found.settled_by, survivors),
        (found.trial, survivors),
        *((each.settled_by, {found.cause, each.cause}) for each in found.alternatives),
    ]:
        if look is not None and not any(causes - left for left in _after(look, observations, cases)):
            yield f"{look} leaves all of {sorted(causes)}"


def _after(look: Look, observations: Observations, cases: Sequence[Case]) -> Iterator[set[Cause]]:
    """Where only what passes by itself is left, there is no answer, and the others are off the list all the same."""
    for value in _values(look):
        seen = msgspec.structs.replace(observations, **{look.value: value})
        after = diagnose_network(seen, cases)
        left = set(Fit([model_of(case) for case in cases], seen).survivors)
        if after is not None:
            yield {after.cause, *(each.cause for each in after.alternatives)}
        elif left:
            yield left


def _values(look: Look) -> Iterator[Enum]:
    kind, _ = Observations.__annotations__[look.value].__args__
    return iter(kind)
