"""What would be seen in each world: for every look, its possible values and the worlds in which each is seen."""

from collections.abc import Callable
from enum import Enum

import msgspec

from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.looks import Look, Met, Network, Observations
from diagnostics.diagnosis.network.space import Space, Worlds
from diagnostics.diagnosis.network.theory import PLACES, Place, api, path, reached
from diagnostics.diagnosis.network.world import (
    CONTROL_PORT,
    HTTPS_PORT,
    POSTGRES_PORT,
    PROXY_PORT,
    Address,
    ApiNames,
    Attachment,
    Authorized,
    Case,
    Enforcement,
    Instance,
    Opening,
    Peering,
    World,
)

Seen = tuple[tuple[Enum, Worlds], ...]
"""Values of one look, each with the worlds in which it is seen. No world is in two of them."""

Predicts = Callable[[Space, Case], Seen]


def _met(space: Space, taken: Worlds) -> Seen:
    return ((Met.ANSWERED, taken), (Met.SILENT, space.all & ~taken))


def _google(space: Space, _: Case) -> Seen:
    public = space[ApiNames.PUBLIC]
    outside = public & reached(space, Place.GOOGLE, HTTPS_PORT)
    return _met(space, outside | ~public & reached(space, Place.GOOGLE_PRIVATE, HTTPS_PORT))


def _neutral(space: Space, _: Case) -> Seen:
    """Tried last of all, after the connection has failed."""
    return _met(space, reached(space, Place.NEUTRAL, HTTPS_PORT, early=False))


def _to(place: Place, port: int) -> Predicts:
    return lambda space, _: _met(space, reached(space, place, port))


def _instance(kind: IpType, port: int) -> Predicts:
    return lambda space, _: _met(space, reached(space, PLACES[kind], port))


def _path(port: int) -> Predicts:
    return lambda space, case: _met(space, reached(space, PLACES[case.leads_to], port))


def _read(*values: Enum) -> Predicts:
    return lambda space, _: tuple((value, space[value]) for value in values)


def _state(space: Space, _: Case) -> Seen:
    """An instance that answers nobody is said to run."""
    running = space[Instance.RUNNING] | space[Instance.UNRESPONSIVE]
    busy, stopped = Instance.MAINTENANCE, Instance.STOPPED
    return ((Instance.RUNNING, running), (stopped, space[stopped]), (busy, space[busy]))


def _authorized(space: Space, _: Case) -> Seen:
    """A list does not say whose addresses are on it."""
    some = space[Authorized.OURS] | space[Authorized.OTHERS]
    nobody, anybody = Authorized.NOBODY, Authorized.ANYBODY
    return ((nobody, space[nobody]), (Authorized.OTHERS, some), (anybody, space[anybody]))


def _attachment(space: Space, _: Case) -> Seen:
    attached = ~space[EgressSetting.NONE]
    by_connector = space[Attachment.CONNECTOR] | space[Attachment.BROKEN_CONNECTOR]
    interface = space[Attachment.INTERFACE] & attached
    return ((Attachment.INTERFACE, interface), (Attachment.CONNECTOR, by_connector & attached))


def _network(space: Space, _: Case) -> Seen:
    attached, other = ~space[EgressSetting.NONE], space[Peering.OTHER_NETWORK]
    return ((Network.SAME, space.all & attached & ~other), (Network.OTHER, attached & other))


def _opened(space: Space, case: Case) -> Seen:
    """Nothing but the time is changed."""
    return _met(space, path(space.changed(Opening.OPEN), case))


def _at_own(space: Space, case: Case) -> Seen:
    return _met(space, path(space.changed(Address.OWN), case))


PREDICTS: dict[Look, Predicts] = {
    Look.PATH: lambda space, case: _met(space, path(space, case)),
    Look.API: lambda space, _: _met(space, api(space)),
    Look.GOOGLE: _google,
    Look.GOOGLE_PRIVATE: _to(Place.GOOGLE_PRIVATE, HTTPS_PORT),
    Look.NEUTRAL: _neutral,
    Look.CONTROL: _to(Place.CONTROL, CONTROL_PORT),
    Look.PATH_5432: _path(POSTGRES_PORT),
    Look.PATH_3307: _path(PROXY_PORT),
    Look.PUBLIC_5432: _instance(IpType.PUBLIC, POSTGRES_PORT),
    Look.PUBLIC_3307: _instance(IpType.PUBLIC, PROXY_PORT),
    Look.PRIVATE_5432: _instance(IpType.PRIVATE, POSTGRES_PORT),
    Look.PRIVATE_3307: _instance(IpType.PRIVATE, PROXY_PORT),
    Look.PSC_5432: _instance(IpType.PSC, POSTGRES_PORT),
    Look.PSC_3307: _instance(IpType.PSC, PROXY_PORT),
    Look.INSTANCE: _state,
    Look.ADDRESS: _read(*Address),
    Look.AUTHORIZED: _authorized,
    Look.ENFORCEMENT: _read(*Enforcement),
    Look.EGRESS: _read(*EgressSetting),
    Look.ATTACHMENT: _attachment,
    Look.CONNECTOR: _read(Attachment.CONNECTOR, Attachment.BROKEN_CONNECTOR),
    Look.NETWORK: _network,
    Look.AFTER_WAITING: _opened,
    Look.AT_OWN_ADDRESS: _at_own,
}

_OF_KINDS = {Look.AUTHORIZED: IpType.PUBLIC, Look.NETWORK: IpType.PRIVATE}
_OTHERS = {
    Look.PUBLIC_5432: IpType.PUBLIC,
    Look.PUBLIC_3307: IpType.PUBLIC,
    Look.PRIVATE_5432: IpType.PRIVATE,
    Look.PRIVATE_3307: IpType.PRIVATE,
    Look.PSC_5432: IpType.PSC,
    Look.PSC_3307: IpType.PSC,
}
_DIRECT_ONLY = frozenset({Look.ADDRESS, Look.AT_OWN_ADDRESS})


def looks(case: Case) -> tuple[Look, ...]:
    """What there is to look at."""
    kinds = {look for look, kind in _OF_KINDS.items() if kind not in case.kinds}
    kinds |= {look for look, kind in _OTHERS.items() if kind not in case.has}
    missing = kinds if case.route is Route.DIRECT else kinds | _DIRECT_ONLY
    return tuple(look for look in Look if look not in missing)


def observe(world: World, case: Case) -> Observations:
    """Everything that can be seen of one world by somebody who may look everywhere."""
    space = Space((world,))
    seen = {look.value: _value(PREDICTS[look](space, case)) for look in looks(case)}
    return msgspec.structs.replace(Observations(), **seen)


def _value(seen: Seen) -> Enum | None:
    return next((value for value, worlds in seen if worlds), None)
