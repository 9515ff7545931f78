"""Every world of a case with what could be seen of it, and what is wrong in it, worked out world by world.

Worlds that look the same are kept together: a set of them is the bits of an integer, as in the model. What is wrong in
a world is decided here, by trying every repair.
"""

import itertools
from collections.abc import Iterator
from enum import Enum, StrEnum
from functools import cache, cached_property

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.model import IpType, Route
from diagnostics.diagnosis.network.deviations import CAUSES
from diagnostics.diagnosis.network.looks import TRIALS, Look, Met, Observations
from diagnostics.diagnosis.network.model import Model, model_of
from diagnostics.diagnosis.network.world import PROXY_PORT, ApiNames, Case, PrivateRange

PUBLIC, PRIVATE, PSC = IpType.PUBLIC, IpType.PRIVATE, IpType.PSC


class Access(StrEnum):
    """What the service account may read beside the instance's connect settings, which connectors need anyway."""

    NOTHING = "nothing"
    """On the direct route not even those."""
    ADMIN_API = "admin_api"
    VIEWER = "viewer"


LOOKS = tuple(Look)
_API = LOOKS.index(Look.API)
_ON_THE_PATH = frozenset({Look.PATH_5432, Look.PATH_3307})
_OTHERS = frozenset(look for look in Look if look.value.startswith(("public_", "private_", "psc_")))
_ADMIN = frozenset({Look.INSTANCE, Look.ADDRESS, Look.AUTHORIZED, Look.ENFORCEMENT})
_DEPLOYMENT = frozenset({Look.EGRESS, Look.ATTACHMENT, Look.CONNECTOR, Look.NETWORK})


def cases() -> Iterator[Case]:
    """Every route to every kind of address, with and without others beside it."""
    kinds = ((PUBLIC, ()), (PUBLIC, (PRIVATE,)), (PRIVATE, ()), (PRIVATE, (PUBLIC,)), (PSC, ()))
    for route, (leads_to, has), names, private_range in itertools.product(Route, kinds, ApiNames, PrivateRange):
        by_socket = route is Route.SOCKET and (leads_to is PSC or has == (PUBLIC,))
        no_private = PRIVATE not in (leads_to, *has) and private_range is not PrivateRange.RFC1918
        if not by_socket and not no_private:
            yield Case(
                route=route,
                leads_to=leads_to,
                port=5432 if route is Route.DIRECT else PROXY_PORT,
                has=frozenset(has),
                api_names=names,
                private_range=private_range if PRIVATE in (leads_to, *has) else None,
            )


Seen = tuple[Enum | None, ...]
"""What was seen at each look, in their order."""


class EveryWorld:
    """All broken worlds of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.model: Model = model_of(case)

    def seen_with(self, access: Access) -> dict[Seen, int]:
        """What there is to see, and the worlds in which just that is seen."""
        found: dict[Seen, int] = {(Met.SILENT,): self.model.broken}
        for place, look in enumerate(LOOKS[1:], start=1):
            parts: dict[Seen, int] = {}
            for seen, worlds in found.items():
                for value, where in self._values(look, place, seen, worlds, access):
                    parts[*seen, value] = where
            found = parts
        return found

    def _values(
        self, look: Look, place: int, seen: Seen, worlds: int, access: Access
    ) -> Iterator[tuple[Enum | None, int]]:
        if not self._may_look(look, access) or (place > _API and self._asks_the_api(look) and seen[_API] is Met.SILENT):
            yield None, worlds
            return
        for value, where in self.model.seen(look).items():
            if where & worlds:
                yield value, where & worlds
            worlds &= ~where
        if worlds:
            yield None, worlds

    def _may_look(self, look: Look, access: Access) -> bool:
        if look in TRIALS or look not in self.model.looks:
            return False
        known = access is not Access.NOTHING or self.case.by_proxy
        admin, deployment = access is not Access.NOTHING, access is Access.VIEWER
        needs = dict.fromkeys(_OTHERS, known) | dict.fromkeys(_ADMIN, admin) | dict.fromkeys(_DEPLOYMENT, deployment)
        return needs.get(look, True)

    def _asks_the_api(self, look: Look) -> bool:
        """On the way of a connector, and of the platform's proxy, even the instance's address comes from it."""
        return look in {*_OTHERS, *_ADMIN, *_DEPLOYMENT} or (self.case.by_proxy and look in _ON_THE_PATH)

    def known(self, access: Access) -> tuple[Case, ...]:
        """Without the Admin API an address in a private range may be an endpoint, a public one a private one."""
        case = self.case
        if case.by_proxy or access is not Access.NOTHING:
            return (case,)
        alone = msgspec.structs.replace(case, has=frozenset(), private_range=None)
        if case.leads_to is PUBLIC or (case.leads_to is PRIVATE and case.private_range is PrivateRange.OTHER):
            other = msgspec.structs.replace(alone, leads_to=PRIVATE, private_range=PrivateRange.OTHER, usual=False)
            return (msgspec.structs.replace(alone, leads_to=PUBLIC), other)
        private = msgspec.structs.replace(alone, leads_to=PRIVATE, private_range=PrivateRange.RFC1918)
        return (private, msgspec.structs.replace(alone, leads_to=PSC, usual=False))

    @cached_property
    def wrong(self) -> dict[Cause, int]:
        """For each cause the worlds in which it belongs to a smallest set of repairs after which the path works."""
        space, broken = self.model.space, self.model.broken
        works = self.model.where(Look.PATH, Met.ANSWERED)
        number = {frozenset(way): place for place, way in enumerate(space.ways)}
        left_of = [(place, [(each, number[each]) for each in _subsets(way)]) for way, place in number.items()]
        found: dict[Cause, list[int]] = {cause: [] for cause in self.model.causes}
        for block in range(0, len(space.bases) * space.width, space.width):
            here, bad = works >> block, broken >> block
            for place, subsets in left_of:
                if bad >> place & 1:
                    left = frozenset(each for each, other in subsets if here >> other & 1)
                    for cause in _to_repair(subsets[-1][0], left):
                        found[cause].append(block + place)
        return {cause: _bits(numbers) for cause, numbers in found.items()}


def _bits(numbers: list[int]) -> int:
    found = bytearray((max(numbers, default=0) + 8) // 8)
    for number in numbers:
        found[number // 8] |= 1 << number % 8
    return int.from_bytes(found, "little")


def _subsets(way: frozenset[Enum]) -> list[frozenset[Enum]]:
    """The whole last."""
    return [frozenset(each) for size in range(len(way) + 1) for each in itertools.combinations(way, size)]


@cache
def _to_repair(way: frozenset[Enum], may_stay: frozenset[frozenset[Enum]]) -> frozenset[Cause]:
    """``may_stay`` are the deviations with which the path works. The more of them stay, the smaller is the repair."""
    most = max(map(len, may_stay))
    mended = {each for left in may_stay if len(left) == most for each in way - left}
    return frozenset(cause for each in mended if (cause := CAUSES[each]))


def observations(seen: Seen) -> Observations:
    """The same with names."""
    return Observations(**dict(zip(map(str, LOOKS), seen, strict=True)))  # type: ignore[arg-type]


def without_each(seen: Seen) -> Iterator[Seen]:
    """Each look left out once, but for the path itself."""
    for place, value in enumerate(seen):
        if place and value is not None:
            yield (*seen[:place], None, *seen[place + 1 :])


Key = tuple[tuple[Case, ...], Seen]
"""What somebody knows: the cases that may be, and what was seen."""


@cache
def rows(route: Route) -> dict[Key, list[tuple[EveryWorld, int]]]:
    """Everything that can be seen on a route with any permission, and the worlds that look so."""
    found: dict[Key, list[tuple[EveryWorld, int]]] = {}
    for every in (EveryWorld(case) for case in cases() if case.route is route):
        for access in Access:
            for seen, worlds in every.seen_with(access).items():
                found.setdefault((every.known(access), seen), []).append((every, worlds))
    return found


def each_broken(route: Route) -> int:
    """How many worlds of a route have a path that does not work."""
    return sum(model_of(case).broken.bit_count() for case in cases() if case.route is route)
