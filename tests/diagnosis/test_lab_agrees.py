"""The model and the lab's router, two readings of the same pages that share no code: every network of the lab."""

import itertools
from collections.abc import Iterator
from functools import cache

import msgspec

from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.space import Space
from diagnostics.diagnosis.network.theory import Place, reached
from diagnostics.diagnosis.network.world import (
    Attachment,
    Authorized,
    Control,
    Denied,
    Endpoint,
    GoogleAccess,
    Nat,
    Peering,
    PrivateRange,
    World,
)
from diagnostics.lab import network as lab
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.routing import Rule, Stage, reaches, rules
from diagnostics.lab.world import IpType
from diagnostics.lab.world import World as LabWorld
from tests.lab.worlds import REAL

Fields = tuple[dict[str, object], dict[str, object]]
"""Fields of the lab's network, and of the model's world."""


def one(lab_field: str, field: str, values: dict[object, object]) -> list[Fields]:
    """A variable that each has for itself."""
    return [({lab_field: there}, {field: here}) for there, here in values.items()]


def attached(how: lab.Attachment, state: lab.ConnectorState, here: Attachment) -> Fields:
    return {"vpc": how, "connector_state": state}, {"attachment": here}


CONNECTOR, READY = lab.Attachment.CONNECTOR, lab.ConnectorState.READY
CHOICES = [
    one(
        "egress",
        "egress",
        {
            lab.Egress.NONE: EgressSetting.NONE,
            lab.Egress.PRIVATE_RANGES: EgressSetting.PRIVATE_RANGES_ONLY,
            lab.Egress.ALL: EgressSetting.ALL_TRAFFIC,
        },
    ),
    [
        attached(lab.Attachment.DIRECT, READY, Attachment.INTERFACE),
        attached(CONNECTOR, READY, Attachment.CONNECTOR),
        attached(CONNECTOR, lab.ConnectorState.UPDATING, Attachment.CONNECTOR),
        attached(CONNECTOR, lab.ConnectorState.ERROR, Attachment.BROKEN_CONNECTOR),
        attached(CONNECTOR, lab.ConnectorState.CREATING, Attachment.BROKEN_CONNECTOR),
        attached(CONNECTOR, lab.ConnectorState.DELETING, Attachment.BROKEN_CONNECTOR),
    ],
    one("nat", "nat", {True: Nat.PRESENT, False: Nat.MISSING}),
    one("pga", "google_access", {True: GoogleAccess.ON, False: GoogleAccess.OFF}),
    one("peering", "peering", {True: Peering.PEERED, False: Peering.NOT_PEERED}),
    one(
        "private_range",
        "private_range",
        {lab.PrivateRange.RFC1918: PrivateRange.RFC1918, lab.PrivateRange.OTHER: PrivateRange.OTHER},
    ),
    one(
        "psc",
        "endpoint",
        {
            lab.Endpoint.ACCEPTED: Endpoint.ACCEPTED,
            lab.Endpoint.PENDING: Endpoint.NOT_ACCEPTED,
            lab.Endpoint.ABSENT: Endpoint.NOT_ACCEPTED,
        },
    ),
    one(
        "authorized_networks",
        "authorized",
        {
            lab.Authorized.NONE: Authorized.NOBODY,
            lab.Authorized.NAT: Authorized.OURS,
            lab.Authorized.ALL: Authorized.ANYBODY,
        },
    ),
    one("private_host", "control", {True: Control.ANSWERS, False: Control.DOWN}),
    one("denied_ports", "denied", {each.value: each for each in Denied}),
]


def networks() -> Iterator[tuple[lab.Network, World]]:
    """Every one, in both readings."""
    for chosen in itertools.product(*CHOICES):
        there = {name: value for fields, _ in chosen for name, value in fields.items()}
        here = {name: value for _, fields in chosen for name, value in fields.items()}
        yield msgspec.structs.replace(lab.Network(), **there), msgspec.structs.replace(World(), **here)


def destinations(addresses: Addresses, world: LabWorld) -> dict[tuple[Place, int], tuple[str, ...]]:
    """Whom either may call, and the lab's addresses for it."""
    instance = {
        Place.PUBLIC: addresses.public,
        Place.PRIVATE: addresses.of(IpType.PRIVATE, world),
        Place.PSC: addresses.psc,
    }
    return {
        (Place.GOOGLE, 443): (addresses.google_vip,),
        (Place.GOOGLE_PRIVATE, 443): (addresses.private_vip[0], addresses.restricted_vip[0]),
        (Place.NEUTRAL, 443): (addresses.control_public,),
        (Place.CONTROL, 6379): (addresses.control_private,),
        **{(place, port): (address,) for place, address in instance.items() for port in (5432, 3307)},
    }


@cache
def _led(table: tuple[tuple[Stage, tuple[Rule, ...]], ...], address: str, port: int) -> bool:
    return reaches(dict(table), address, port)


def test_the_model_lets_through_what_the_router_lets_through() -> None:
    built = list(networks())
    space = Space([world for _, world in built])
    model = {each: reached(space, *each) for each in destinations(REAL, LabWorld())}
    differ = []
    for number, (network, world) in enumerate(built):
        there = LabWorld(network=network)
        table = tuple(rules(there, REAL).items())
        for (place, port), addresses in destinations(REAL, there).items():
            taken = bool(model[place, port] >> (number * space.width) & 1)
            differ += [
                f"{place}:{port} at {each}: {world}" for each in addresses if _led(table, each, port) is not taken
            ]
    print(f"{len(built)} networks, {len(model)} destinations")
    assert differ[:3] == []
