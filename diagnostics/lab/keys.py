"""The inputs of a world: what ``--world KEY=VALUE`` takes."""

import math
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from msgspec.structs import replace

from diagnostics.lab.network import (
    ApiNames,
    Attachment,
    Authorized,
    ConnectorState,
    Egress,
    Endpoint,
    PrivateRange,
)
from diagnostics.lab.setup import UnknownWorldError
from diagnostics.lab.world import InstanceState, IpType, Value, Workload, World

LONGEST_SECONDS = 3600.0
"""No egress takes an hour to open."""

Apply = Callable[[World, str], World]


class Key(Value, frozen=True, kw_only=True):
    """One input."""

    name: str
    values: tuple[str, ...] = ()
    """The default first; empty where any number of the range will do."""
    meaning: str
    apply: Apply
    on_loopback: bool = False
    """Whether it can be had without a network of its own."""

    @property
    def allowed(self) -> str:
        """Its values, as a user is told."""
        return ", ".join(self.values) or "a number"


def _network(**changes: object) -> Callable[[World], World]:
    return lambda world: replace(world, network=replace(world.network, **changes))


def _one_of(name: str, values: type[StrEnum], meaning: str) -> Key:
    """A setting of the network that is an enum of the same values."""
    return Key(
        name=name,
        values=tuple(value.value for value in values),
        meaning=meaning,
        apply=lambda world, text: _network(**{name: values(text)})(world),
    )


def _switch(name: str, meaning: str) -> Key:
    """A setting of the network that is on unless it is turned off."""
    return Key(
        name=name,
        values=("on", "off"),
        meaning=meaning,
        apply=lambda world, text: _network(**{name: text == "on"})(world),
    )


def _firewall(port: int) -> Key:
    def apply(world: World, text: str) -> World:
        others = world.network.denied_ports - {port}
        return _network(denied_ports=others | {port} if text == "deny" else others)(world)

    return Key(
        name=f"fw_{port}",
        values=("allow", "deny"),
        meaning=f"the VPC's egress firewall for port {port}; it sees only what goes through the VPC",
        apply=apply,
    )


_IP_TYPES = {
    "both": (IpType.PRIMARY, IpType.PRIVATE),
    "public": (IpType.PRIMARY,),
    "private": (IpType.PRIVATE,),
    "psc": (IpType.PSC,),
}


def _number(text: str, largest: float) -> float:
    """A number from 0 to ``largest``, raising ValueError."""
    number = float(text)
    if not math.isfinite(number) or not 0 <= number <= largest:
        raise ValueError
    return number


KEYS: tuple[Key, ...] = (
    _one_of("egress", Egress, "the revision's VPC egress setting; none: no VPC is attached"),
    _one_of("vpc", Attachment, "how the revision is attached to the VPC"),
    _one_of("connector_state", ConnectorState, "state of the connector; all but READY and UPDATING carry nothing"),
    _switch("nat", "Cloud NAT in the VPC; off: public addresses are silent through the VPC"),
    _switch("pga", "Private Google Access of the subnet: Google's API addresses through the VPC"),
    _one_of("api_dns", ApiNames, "what the names of Google's APIs resolve to: public address, 199.36.153.8, .4"),
    _switch("peering", "private services access between the VPC and the instance's network"),
    Key(
        name="instance_ip",
        values=tuple(_IP_TYPES),
        meaning="addresses that the instance has",
        apply=lambda world, text: replace(world, ip_types=_IP_TYPES[text]),
    ),
    _one_of("private_range", PrivateRange, "range of the private address; other: privately used public addresses"),
    _one_of("psc", Endpoint, "the consumer's Private Service Connect endpoint, with instance_ip=psc"),
    _switch("psc_dns", "whether the name of that endpoint resolves"),
    *(_firewall(port) for port in (5432, 3307, 443)),
    _one_of("authorized_networks", Authorized, "who may connect to 5432 of the public address; nat: Cloud NAT only"),
    Key(
        name="connector_enforcement",
        values=("off", "on"),
        meaning="on: the instance takes connectors only",
        apply=lambda world, text: replace(world, connector_enforcement="REQUIRED" if text == "on" else "NOT_REQUIRED"),
        on_loopback=True,
    ),
    Key(
        name="instance_state",
        values=tuple(state.value for state in InstanceState),
        meaning="what became of the instance",
        apply=lambda world, text: replace(world, state=InstanceState(text)),
        on_loopback=True,
    ),
    Key(
        name="run_viewer",
        values=("off", "on"),
        meaning="whether the service account may read its revision and the connector",
        apply=lambda world, text: replace(world, run_viewer=text == "on"),
        on_loopback=True,
    ),
    Key(
        name="egress_opens_after",
        meaning="seconds after the start of a command until anything but metadata and DNS answers",
        apply=lambda world, text: _network(egress_opens_after=_number(text, LONGEST_SECONDS))(world),
    ),
    Key(
        name="ready_after",
        meaning="seconds after the start of a command during which the server says that it is starting",
        apply=lambda world, text: replace(world, ready_after=_number(text, LONGEST_SECONDS)),
        on_loopback=True,
    ),
    Key(
        name="private_host",
        values=("answering", "silent"),
        meaning="the app's other private host, REDIS_HOST",
        apply=lambda world, text: _network(private_host=text == "answering")(world),
    ),
    Key(
        name="workload",
        values=tuple(workload.value for workload in Workload),
        meaning="what of Cloud Run the app runs as",
        apply=lambda world, text: replace(world, workload=Workload(text)),
        on_loopback=True,
    ),
    Key(
        name="max_instances",
        meaning="the revision's largest number of instances",
        apply=lambda world, text: replace(world, max_instances=int(_number(text, 1000))),
        on_loopback=True,
    ),
    Key(
        name="cpu_throttled",
        values=("off", "on"),
        meaning="on: the revision has CPU only while a request is open",
        apply=lambda world, text: replace(world, cpu_throttled=text == "on"),
        on_loopback=True,
    ),
)

_BY_NAME = {key.name: key for key in KEYS}


def world_of(base: World, settings: Sequence[str], keys: Iterable[Key] = KEYS) -> World:
    """``base`` changed by ``KEY=VALUE`` settings, the last of a key winning; raises UnknownWorldError."""
    usable = {key.name for key in keys}
    for setting in settings:
        name, _, text = setting.partition("=")
        key = _BY_NAME.get(name)
        if key is None:
            raise UnknownWorldError(f"there is no key {name!r}; there are: {', '.join(_BY_NAME)}")
        if name not in usable:
            raise UnknownWorldError(f"key {name!r} needs a network of its own: --isolation netns")
        base = _apply(key, base, text)
    return base


def _apply(key: Key, world: World, text: str) -> World:
    wrong = UnknownWorldError(f"{key.name}={text} is not possible; allowed: {key.allowed}")
    if key.values and text not in key.values:
        raise wrong
    try:
        return key.apply(world, text)
    except ValueError:
        raise wrong from None
