"""What the worlds that fit come to: cause, alternatives, exclusions, what would settle it, and how sure that is."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.model import Value
from diagnostics.diagnosis.network.deviations import PASSING, SAID_BY, SYMPTOM
from diagnostics.diagnosis.network.fit import Fit, Hypothesis, worst_and_mean
from diagnostics.diagnosis.network.looks import MEASURED, SILENCE, TRIALS, Look, Met, Observations
from diagnostics.diagnosis.network.model import Model, model_of
from diagnostics.diagnosis.network.world import Case

OUTWEIGHS = 4.0
"""How many times more often than all other survivors together a cause must have been met to be called likely: four of
five such cases are then its own."""


class Alternative(Value, frozen=True, kw_only=True):
    """Another cause that fits, and the look that would tell it from the one that is named."""

    cause: Cause
    settled_by: Look | None


class Refuted(Value, frozen=True, kw_only=True):
    """A cause that fits nothing of what there may be, and what was seen that says so."""

    cause: Cause
    because: tuple[Look, ...]


class NetworkDiagnosis(Value, frozen=True, kw_only=True):
    """Why a path is silent."""

    cause: Cause
    confidence: Confidence
    alternatives: tuple[Alternative, ...] = ()
    """The most usual first."""
    together: tuple[Cause, ...] = ()
    """What fits only where two things are wrong at once, though a single one would do."""
    excluded: tuple[Refuted, ...] = ()
    settled_by: Look | None = None
    """The look not made on which the survivors differ most."""
    trial: Look | None = None
    """The same of trials that have not been made."""
    hypotheses: tuple[Hypothesis, ...] = ()
    doubted: Look | None = None
    """The measurement without which nothing that was seen would contradict the rest."""


def diagnose_network(observations: Observations, cases: Sequence[Case]) -> NetworkDiagnosis | None:
    """Why the path of these cases is silent; None where nothing but its silence was seen, or nothing explains the rest.

    ``cases`` are all that may be: more than one where the instance's addresses could not be learned.
    """
    if not any(observations.seen(look) for look in Look if look not in SILENCE):
        return None
    doubted, fit = _fitting(observations, tuple(model_of(case) for case in cases))
    if not fit.names_a_cause:
        return None
    cause, *others = fit.survivors
    return NetworkDiagnosis(
        cause=cause,
        confidence=Confidence.POSSIBLE if doubted else _confidence(fit, cause),
        alternatives=(
            *(Alternative(cause=each, settled_by=_best(fit, (cause, each), Look)) for each in others),
            *(_opened_meanwhile(fit) if doubted else ()),
        ),
        together=tuple(each for each in fit.known if each not in fit.survivors and any(fit.blaming(each, fit.all))),
        excluded=() if doubted else tuple(_excluded(fit)),
        settled_by=_best(fit, fit.survivors, Look),
        trial=_best(fit, fit.survivors, TRIALS),
        hypotheses=fit.hypotheses,
        doubted=doubted,
    )


def _fitting(observations: Observations, models: tuple[Model, ...]) -> tuple[Look | None, Fit]:
    """What fits; where nothing does, what fits without the one measurement that contradicts the others."""
    whole = Fit(models, observations)
    made = () if whole.survivors else (look for look in MEASURED if observations.seen(look) is not None)
    for look in made:
        fewer = Fit(models, msgspec.structs.replace(observations, **{look.value: None}))
        if fewer.names_a_cause:
            return look, fewer
    return None, whole


def _opened_meanwhile(fit: Fit) -> Iterator[Alternative]:
    """What contradicts itself may have been measured before and after the way opened."""
    if PASSING not in fit.survivors and fit.observations.after_waiting is not Met.SILENT:
        yield Alternative(cause=PASSING, settled_by=Look.AFTER_WAITING)


def _confidence(fit: Fit, cause: Cause) -> Confidence:
    if not any(fit.without(cause, fit.all)) and all(_said(fit, each) for each in fit.hypotheses):
        return Confidence.PROVEN
    if cause is SYMPTOM:
        return Confidence.POSSIBLE
    others = sum(fit.survivors.values()) - fit.survivors[cause]
    return Confidence.LIKELY if fit.survivors[cause] >= OUTWEIGHS * others else Confidence.POSSIBLE


def _said(fit: Fit, hypothesis: Hypothesis) -> bool:
    """Somebody says a part of it."""
    looks = (look for value in hypothesis.deviations for look in SAID_BY.get(value, ()))
    return any(fit.observations.seen(look) is not None for look in looks)


def _best(fit: Fit, causes: Iterable[Cause], looks: Iterable[Look]) -> Look | None:
    """The look after which the fewest of these causes are left, at worst; None where none takes any of them off."""
    wanted = frozenset(causes)
    left = {look: worst_and_mean(fit.unmade[look], wanted) for look in looks if look in fit.unmade}
    best = min(left, key=lambda look: left[look], default=None)
    return best if best is not None and left[best] < (len(wanted), len(wanted)) else None


def _excluded(fit: Fit) -> Iterator[Refuted]:
    """Every cause without a world that fits, and the fewest of the things seen that leave it none."""
    for cause in fit.known:
        if not any(fit.blaming(cause, fit.all)):
            because = fit.against(cause)
            if because:
                yield Refuted(cause=cause, because=because)
