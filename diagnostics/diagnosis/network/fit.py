"""The worlds of every case that may be which fit what was seen, and what can be asked of them."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cached_property, reduce
from operator import and_

from diagnostics.core.codes import Cause
from diagnostics.core.model import Value
from diagnostics.diagnosis.network.deviations import PASSING
from diagnostics.diagnosis.network.looks import Look, Met, Observations
from diagnostics.diagnosis.network.model import Model
from diagnostics.diagnosis.network.space import NOWHERE, Way, Worlds

Sets = tuple[Worlds, ...]
"""A set of worlds for each model."""

Outcomes = tuple[frozenset[Cause], ...]
"""For each thing that may be seen at a look, the causes that are left then."""


class Hypothesis(Value, frozen=True, kw_only=True):
    """A smallest set of deviations that explains everything, and how often such a thing was met."""

    deviations: Way
    weight: float


class Fit:
    """What is left of the models of every case that may be."""

    def __init__(self, models: Sequence[Model], observations: Observations) -> None:
        self.models = tuple(models)
        self.observations = observations
        made = ((look, observations.seen(look)) for look in Look)
        self.made = {look: self._where(look, value) for look, value in made if value is not None}
        """The worlds that each look allows."""
        self.all: Sets = tuple(model.broken & _all(each) for model, each in self._allowed())
        """Those that all of them allow, with one deviation or two."""
        usual = tuple(fits if model.case.usual else NOWHERE for model, fits in self._with(self.all))
        likely = usual if any(usual) else self.all
        alone = tuple(fits & model.space.single for model, fits in self._with(likely))
        simple = tuple(fits & model.simple for model, fits in self._with(likely))
        self.least: Sets = next((sets for sets in (alone, simple) if any(sets)), likely)
        """The simplest of them: two deviations only where no single one explains everything."""

    @cached_property
    def known(self) -> tuple[Cause, ...]:
        """Every cause of any case."""
        return tuple(dict.fromkeys(cause for model in self.models for cause in model.causes))

    @cached_property
    def survivors(self) -> dict[Cause, float]:
        """The causes that are left and how often each was met, the most usual first."""
        found = {cause: self._heaviest(sets) for cause in self.known if any(sets := self.blaming(cause, self.least))}
        return {each: found[each] for each in sorted(found, key=lambda each: (self._passes(each), -found[each]))}

    @property
    def names_a_cause(self) -> bool:
        """Something is left that may be named: what passes by itself only once it has passed."""
        return not all(map(self._passes, self.survivors))

    @cached_property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What is off in the worlds that are left, whatever else is so in them."""
        found: dict[Way, float] = {}
        for model, fits in self._with(self.least):
            for way in model.space.ways_among(fits):
                found[way] = max(found.get(way, 0.0), model.weight(way))
        made = (Hypothesis(deviations=way, weight=weight) for way, weight in found.items())
        return tuple(sorted(made, key=lambda each: -each.weight))

    def blaming(self, cause: Cause, sets: Sets) -> Sets:
        """Those of these worlds in which the cause is to blame."""
        return tuple(model.blamed(cause) & fits for model, fits in self._with(sets))

    def without(self, cause: Cause, sets: Sets) -> Sets:
        """Those in which it is not."""
        return tuple(fits & ~model.blamed(cause) for model, fits in self._with(sets))

    @cached_property
    def unmade(self) -> dict[Look, Outcomes]:
        """Looks that somebody could still make, and what each may leave of the survivors."""
        left = {cause: self.blaming(cause, self.least) for cause in self.survivors}
        open_ones = (look for look in Look if look not in self.made and any(look in m.looks for m in self.models))
        return {look: self._outcomes(look, left) for look in open_ones}

    def against(self, cause: Cause) -> tuple[Look, ...]:
        """The fewest things seen that leave this cause no world; none where it had none to begin with."""
        left = self.blaming(cause, tuple(model.broken for model in self.models))
        found: list[Look] = []
        while any(left):
            after: dict[Look, Sets] = {look: _both(left, self.made[look]) for look in self.made if look != Look.PATH}
            best = next((look for look, each in after.items() if not any(each)), None) or _fewest(after)
            left = after[best]
            found.append(best)
        return tuple(found)

    def _outcomes(self, look: Look, left: dict[Cause, Sets]) -> Outcomes:
        values = dict.fromkeys(value for model in self.models for value in model.seen(look))
        where = [self._where(look, value) for value in values]
        seen = (frozenset(cause for cause, sets in left.items() if any(_both(sets, each))) for each in where)
        return tuple(causes for causes in seen if causes)

    def _where(self, look: Look, value: Enum) -> Sets:
        return tuple(model.where(look, value) for model in self.models)

    def _allowed(self) -> Iterator[tuple[Model, list[Worlds]]]:
        for place, model in enumerate(self.models):
            yield model, [each[place] for each in self.made.values()]

    def _heaviest(self, sets: Sets) -> float:
        """The weight of the most usual way to be off in some of these worlds."""
        return max(model.weight(way) for model, fits in self._with(sets) for way in model.space.ways_among(fits))

    def _passes(self, cause: Cause) -> bool:
        """What passes by itself is named first only once it has passed."""
        return cause is PASSING and self.observations.after_waiting is not Met.ANSWERED

    def _with(self, sets: Sets) -> Iterator[tuple[Model, Worlds]]:
        return zip(self.models, sets, strict=True)


def _all(sets: Iterable[Worlds]) -> Worlds:
    return reduce(and_, sets, -1)


def _both(one: Sets, other: Sets) -> Sets:
    return tuple(map(and_, one, other))


def _fewest(left: dict[Look, Sets]) -> Look:
    return min(left, key=lambda look: sum(each.bit_count() for each in left[look]))


def worst_and_mean(outcomes: Outcomes, causes: Iterable[Cause]) -> tuple[float, float]:
    """How many of these causes a look leaves: at worst, and on average over what may be seen there."""
    wanted = frozenset(causes)
    left = [len(each & wanted) for each in outcomes if each & wanted] or [len(wanted)]
    return max(left), sum(left) / len(left)
