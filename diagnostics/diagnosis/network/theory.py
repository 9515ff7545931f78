"""What gets where. Every function gives the worlds in which a connection from the container is taken.

Whatever is not let through vanishes: Google's networks drop and never refuse. Private ranges, and Google's private and
restricted addresses, go into the VPC with every egress setting that has one; public addresses only with all-traffic,
and then they need Cloud NAT, or Private Google Access where they are Google's. What does not go into the VPC leaves
Google's network by itself, from addresses that nobody can authorize.
"""

from enum import StrEnum

from diagnostics.core.model import IpType
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.space import NOWHERE, Space, Worlds
from diagnostics.diagnosis.network.world import (
    HTTPS_PORT,
    POSTGRES_PORT,
    PROXY_PORT,
    Address,
    ApiNames,
    Attachment,
    Authorized,
    Case,
    Control,
    Denied,
    Endpoint,
    Enforcement,
    GoogleAccess,
    GoogleWay,
    Instance,
    Nat,
    Opening,
    Peering,
    PrivateRange,
    World,
)


class Place(StrEnum):
    """Whom a container may call."""

    GOOGLE = "google"
    """Google's APIs at their public addresses."""
    GOOGLE_PRIVATE = "google_private"
    """private.googleapis.com; restricted.googleapis.com is reached in the same way."""
    NEUTRAL = "neutral"
    """A public address that is nobody's database."""
    CONTROL = "control"
    """Another private host of the app."""
    PUBLIC = "public"
    """The instance's public address."""
    PRIVATE = "private"
    """The instance's private address."""
    PSC = "psc"
    """The endpoint of Private Service Connect."""


PLACES = {IpType.PUBLIC: Place.PUBLIC, IpType.PRIVATE: Place.PRIVATE, IpType.PSC: Place.PSC}

_NAMED = {
    ApiNames.PUBLIC: Place.GOOGLE,
    ApiNames.PRIVATE: Place.GOOGLE_PRIVATE,
    ApiNames.RESTRICTED: Place.GOOGLE_PRIVATE,
}
_INSIDE = frozenset({Place.GOOGLE_PRIVATE, Place.CONTROL, Place.PSC})
_GOOGLE = frozenset(_NAMED.values())
_INSTANCE = frozenset(PLACES.values())
_INSTANCE_PORTS = frozenset({POSTGRES_PORT, PROXY_PORT})


def reach(world: World, place: Place, port: int) -> bool:
    """The same of one world."""
    return reached(Space((world,)), place, port) != NOWHERE


def reached(space: Space, place: Place, port: int, *, early: bool = True) -> Worlds:
    """A connection to this place; ``early`` of two tries in one run is before a way that opens late."""
    into = goes_in(space, place)
    there = into & _through_vpc(space, place, port) | ~into & _straight_out(space, place, port)
    passed = space[GoogleWay.OPEN] if place in _GOOGLE else space.all
    return there & passed & _open(space, early=early)


def goes_in(space: Space, place: Place) -> Worlds:
    """Packets to this place are sent into the VPC."""
    inside = {Place.PRIVATE: space[PrivateRange.RFC1918], **dict.fromkeys(_INSIDE, space.all)}.get(place, NOWHERE)
    return space[EgressSetting.ALL_TRAFFIC] | space[EgressSetting.PRIVATE_RANGES_ONLY] & inside


def _open(space: Space, *, early: bool) -> Worlds:
    return space[Opening.OPEN] | (NOWHERE if early else space[Opening.LATE])


def _through_vpc(space: Space, place: Place, port: int) -> Worlds:
    carried = ~space[Attachment.BROKEN_CONNECTOR] & ~_denied(space, port)
    return carried & _from_vpc(space, place, port)


def _denied(space: Space, port: int) -> Worlds:
    found = NOWHERE
    for each in Denied:
        found |= space[each] if port in each.value else NOWHERE
    return found


def _from_vpc(space: Space, place: Place, port: int) -> Worlds:
    nat, google = space[Nat.PRESENT], space[GoogleAccess.ON]
    known = space[Authorized.ANYBODY] | space[Authorized.OURS]
    way = {
        Place.CONTROL: space[Control.ANSWERS],
        Place.GOOGLE_PRIVATE: google,
        Place.GOOGLE: google | nat,
        Place.NEUTRAL: nat,
        Place.PUBLIC: nat & _let_in(known, space, port),
        Place.PRIVATE: space[Peering.PEERED],
        Place.PSC: space[Endpoint.ACCEPTED],
    }
    return way[place] & (_instance(space, port) if place in _INSTANCE else space.all)


def _straight_out(space: Space, place: Place, port: int) -> Worlds:
    """Nobody outside knows an address that is private, whatever range it is from."""
    if place is Place.PUBLIC:
        return _let_in(space[Authorized.ANYBODY], space, port) & _instance(space, port)
    return space.all if place in {Place.GOOGLE, Place.NEUTRAL} else NOWHERE


def _let_in(known: Worlds, space: Space, port: int) -> Worlds:
    """Authorized networks are about PostgreSQL's own port; the proxy checks certificates instead."""
    return known if port == POSTGRES_PORT else space.all


def _instance(space: Space, port: int) -> Worlds:
    listening = space[Instance.RUNNING] if port in _INSTANCE_PORTS else NOWHERE
    return listening & ~space[Enforcement.REQUIRED] if port == POSTGRES_PORT else listening


def api(space: Space) -> Worlds:
    """A call of Google's APIs by their names."""
    found = NOWHERE
    for names, place in _NAMED.items():
        found |= space[names] & reached(space, place, HTTPS_PORT)
    return found


def path(space: Space, case: Case) -> Worlds:
    """The app's way to the database."""
    place = PLACES[case.leads_to]
    if not case.by_proxy:
        return space[Address.OWN] & reached(space, place, case.port)
    return api(space) & reached(space, place, PROXY_PORT)
