"""The worlds of one case, what is seen in each, and what would have to be repaired in it."""

from enum import Enum
from functools import cached_property, lru_cache
from math import prod

from diagnostics.core.codes import Cause
from diagnostics.diagnosis.network.deviations import CAUSES, space_of
from diagnostics.diagnosis.network.looks import Look, Met
from diagnostics.diagnosis.network.predict import PREDICTS, looks
from diagnostics.diagnosis.network.priors import prior
from diagnostics.diagnosis.network.space import NOWHERE, Way, Worlds
from diagnostics.diagnosis.network.world import Case


class Model:
    """Everything is worked out when it is first asked for, and kept."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.space = space_of(case)
        self.looks = looks(case)
        self._seen: dict[Look, dict[Enum, Worlds]] = {}
        self._blames: dict[Cause, Worlds] = {}

    def seen(self, look: Look) -> dict[Enum, Worlds]:
        """The values of a look and their worlds."""
        found = self._seen.get(look)
        if found is None:
            found = self._seen[look] = dict(PREDICTS[look](self.space, self.case))
        return found

    def where(self, look: Look, value: Enum) -> Worlds:
        """The worlds in which this is seen."""
        return self.seen(look).get(value, NOWHERE)

    @cached_property
    def broken(self) -> Worlds:
        """The path does not lead anywhere."""
        return self.where(Look.PATH, Met.SILENT)

    @cached_property
    def simple(self) -> Worlds:
        """One thing is wrong on the path; what is off it, and only misleads, does not count."""
        return self.space.where_off(lambda way: sum(CAUSES[each] is not None for each in way) == 1)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause that a deviation of this case is."""
        return tuple(dict.fromkeys(cause for each in self.space.deviations if (cause := CAUSES[each])))

    def blamed(self, cause: Cause) -> Worlds:
        """The worlds in which this belongs to a smallest set of repairs after which the path works."""
        if cause not in self._blames:
            found = NOWHERE
            for each in self.space.deviations:
                found |= self._needed(each) if CAUSES[each] is cause else NOWHERE
            self._blames[cause] = found
        return self._blames[cause]

    def weight(self, way: Way) -> float:
        """How often such a thing was met, as if two had nothing to do with each other."""
        return prod(prior(each, self.case) for each in way)

    def _needed(self, deviation: Enum) -> Worlds:
        """Alone it is to blame. Of two, each whose repair suffices is; where no single one suffices, both are."""
        space, survived, suffices = self.space, self._survived, NOWHERE
        for other in space.deviations:
            suffices |= space.having(other) & survived[other] if other is not deviation else NOWHERE
        return space.having(deviation) & self.broken & (space.single | suffices | ~survived[deviation])

    @cached_property
    def _survived(self) -> dict[Enum, Worlds]:
        """All worlds of the bases in which the path works in spite of this one deviation."""
        works = self.where(Look.PATH, Met.ANSWERED)
        return {each: self.space.whose(works, each) for each in self.space.deviations}


@lru_cache(maxsize=64)
def model_of(case: Case) -> Model:
    """A process meets one or two cases a target."""
    return Model(case)
