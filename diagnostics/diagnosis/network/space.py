"""Many worlds as one: each truth is the set of worlds in which it holds, kept as the bits of an integer.

A space is every healthy setting of a network (a base) in every way of being off by up to two deviations. World number
``base * width + way`` is that base with those deviations.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cached_property
from typing import Self

import msgspec

from diagnostics.diagnosis.network.world import FIELDS, World

Worlds = int
"""A set of worlds of one space."""

NOWHERE: Worlds = 0

Way = tuple[Enum, ...]
"""The deviations of a world: the values that are not as they should be."""


def ways_of(deviations: Sequence[Enum]) -> tuple[Way, ...]:
    """None of them, each alone, then every two that are of different variables."""
    pairs = ((one, other) for place, one in enumerate(deviations) for other in deviations[:place])
    return (
        (),
        *((each,) for each in deviations),
        *(pair for pair in pairs if FIELDS[type(pair[0])] != FIELDS[type(pair[1])]),
    )


class Space:
    """Bases in all their ways; ``space[value]`` are the worlds whose variable has that value."""

    def __init__(self, bases: Sequence[World], deviations: Sequence[Enum] = ()) -> None:
        self.bases = tuple(bases)
        self.deviations = tuple(deviations)
        self.ways = ways_of(self.deviations)
        # Blocks of whole bytes, so that a set is put together by joining them.
        self._bytes = (len(self.ways) + 7) // 8
        self.width = 8 * self._bytes
        self._with: dict[Enum, int] = dict.fromkeys(self.deviations, 0)
        for number, way in enumerate(self.ways):
            for each in way:
                self._with[each] |= 1 << number
        self._found: dict[Enum, Worlds] = {}
        self._having: dict[Enum, Worlds] = {}

    def __getitem__(self, value: Enum) -> Worlds:
        found = self._found.get(value)
        if found is None:
            found = self._found[value] = self._where(value)
        return found

    @cached_property
    def all(self) -> Worlds:
        """Every world; a deviation to what a base is anyway makes none."""
        every = (1 << len(self.ways)) - 1
        blocks = []
        for base in self.bases:
            none = 0
            for value in _values(base):
                none |= self._with.get(value, 0)
            blocks.append(every & ~none)
        return self._join(blocks)

    @cached_property
    def healthy(self) -> Worlds:
        """The bases themselves."""
        return self._everywhere(1)

    @cached_property
    def single(self) -> Worlds:
        """Those with one deviation."""
        return self.all & self._everywhere(((1 << len(self.deviations)) - 1) << 1)

    def where_off(self, fits: Callable[[Way], bool]) -> Worlds:
        """Those whose deviations are such."""
        return self.all & self._everywhere(sum(1 << number for number, way in enumerate(self.ways) if fits(way)))

    def having(self, deviation: Enum) -> Worlds:
        """Those with this deviation, alone or beside another one."""
        found = self._having.get(deviation)
        if found is None:
            found = self._having[deviation] = self.all & self._everywhere(self._with[deviation])
        return found

    def whose(self, truth: Worlds, deviation: Enum) -> Worlds:
        """All worlds of the bases for which ``truth`` holds with this deviation alone."""
        number = self.deviations.index(deviation) + 1
        return ((truth >> number) & self.healthy) * ((1 << self.width) - 1)

    def each(self, among: Worlds) -> Iterator[tuple[World, Way]]:
        """Every world of a set, as a value and as what is off in it."""
        while among:
            lowest = among & -among
            base, way = divmod(lowest.bit_length() - 1, self.width)
            yield off(self.bases[base], self.ways[way]), self.ways[way]
            among ^= lowest

    def changed(self, value: Enum) -> Self:
        """The same worlds, one variable set in all of them."""
        found = copy.copy(self)
        found.__dict__["_found"] = self._found | {each: self.all if each is value else NOWHERE for each in type(value)}
        return found

    def ways_among(self, among: Worlds) -> tuple[Way, ...]:
        """What is off in some world of a set, whatever its base."""
        data, found = among.to_bytes(self._bytes * len(self.bases), "little"), 0
        for start in range(0, len(data), self._bytes):
            found |= int.from_bytes(data[start : start + self._bytes], "little")
        return tuple(way for number, way in enumerate(self.ways) if found >> number & 1)

    def _where(self, value: Enum) -> Worlds:
        variable = FIELDS[type(value)]
        changed, touched = self._with.get(value, 0), 0
        for each, ways in self._with.items():
            touched |= ways if FIELDS[type(each)] == variable else 0
        kept = ((1 << len(self.ways)) - 1) & ~touched | changed
        return self.all & self._join(kept if getattr(base, variable) is value else changed for base in self.bases)

    def _everywhere(self, ways: int) -> Worlds:
        return self._join([ways] * len(self.bases))

    def _join(self, blocks: Iterable[int]) -> Worlds:
        return int.from_bytes(b"".join(block.to_bytes(self._bytes, "little") for block in blocks), "little")


def off(base: World, way: Way) -> World:
    """A base with its deviations."""
    return msgspec.structs.replace(base, **{FIELDS[type(value)]: value for value in way})


def _values(world: World) -> Iterator[Enum]:
    return (getattr(world, name) for name in FIELDS.values())
