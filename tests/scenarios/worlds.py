"""Every world that can be asked for, which of them are healthy, and random ones among those.

Written from what is documented about Cloud Run's egress and Cloud SQL's addresses, without a look at how the lab routes
packets: where the two disagree, one of them is wrong.
"""

import random
from collections.abc import Mapping

from diagnostics.lab.world import Login, Route
from tests.scenarios.scenario import Scenario

KEYS: Mapping[str, tuple[str, ...]] = {
    "egress": ("private-ranges-only", "all-traffic", "none"),
    "vpc": ("direct", "connector"),
    "connector_state": ("READY", "ERROR", "CREATING", "UPDATING", "DELETING"),
    "nat": ("on", "off"),
    "pga": ("on", "off"),
    "api_dns": ("public", "private", "restricted"),
    "peering": ("on", "off"),
    "instance_ip": ("both", "public", "private", "psc"),
    "private_range": ("rfc1918", "other"),
    "psc": ("accepted", "pending", "absent"),
    "psc_dns": ("on", "off"),
    "fw_5432": ("allow", "deny"),
    "fw_3307": ("allow", "deny"),
    "fw_443": ("allow", "deny"),
    "authorized_networks": ("none", "nat", "all"),
    "connector_enforcement": ("off", "on"),
    "instance_state": ("running", "stopped", "suspended", "maintenance"),
    "run_viewer": ("off", "on"),
    "egress_opens_after": ("0", "4"),
    "max_instances": ("10", "100"),
    "cpu_throttled": ("off", "on"),
}
"""The default first."""

DEFAULTS: Mapping[str, str] = {key: values[0] for key, values in KEYS.items()}

World = Mapping[str, str]


def world_of(scenario: Scenario) -> World:
    """All keys of a scenario's world."""
    return {**DEFAULTS, **dict(scenario.world)}


def healthy(world: World, route: Route, address: str) -> bool:
    """Whether an app on this route, going to this kind of address, gets its answer.

    ``address`` is ``public``, ``private`` or ``psc``. Whether the platform's own calls of the Admin API share the
    container's egress is not documented, so for the mounted socket the API is asked to be reachable, too.
    """
    if world["instance_state"] != "running" or world["egress_opens_after"] != "0":
        return False
    if route is Route.DIRECT:
        return arrives(world, address, "5432") and admits(world, address)
    return arrives(world, address, "3307") and apis_answer(world)


def choices(world: World, route: Route) -> tuple[str, ...]:
    """The kinds of address that an app on this route may go to.

    A direct app is told one: a private address where there is one. The platform's proxy takes a public one where there
    is one, and knows no endpoints. A connector takes what it is told to take.
    """
    there = addresses(world)
    if route is Route.CONNECTOR:
        return there
    preferred = ("private", "public", "psc") if route is Route.DIRECT else ("public", "private")
    return tuple(kind for kind in preferred if kind in there)[:1]


def addresses(world: World) -> tuple[str, ...]:
    """The kinds of address that the instance has."""
    return ("public", "private") if world["instance_ip"] == "both" else (world["instance_ip"],)


def _through_vpc(world: World, *, private_range: bool) -> bool:
    """Whether a packet enters the VPC: private-ranges-only sends RFC 1918 and Google's private addresses there."""
    if world["egress"] == "none":
        return False
    return private_range or world["egress"] == "all-traffic"


def _vpc_carries(world: World, port: str) -> bool:
    """A connector has to be there; an UPDATING one still works. Egress rules act on what goes through."""
    attached = world["vpc"] == "direct" or world["connector_state"] in {"READY", "UPDATING"}
    return attached and world[f"fw_{port}"] == "allow"


def arrives(world: World, address: str, port: str) -> bool:
    """Whether packets to the instance's address arrive."""
    if address == "public":
        if not _through_vpc(world, private_range=False):
            return True
        return _vpc_carries(world, port) and world["nat"] == "on"
    inside = _through_vpc(world, private_range=address == "psc" or world["private_range"] == "rfc1918")
    if not (inside and _vpc_carries(world, port)):
        return False
    if address == "psc":
        return world["psc"] == "accepted" and world["psc_dns"] == "on"
    return world["peering"] == "on"


def admits(world: World, address: str) -> bool:
    """Who may speak PostgreSQL directly: nobody where connectors are enforced, on the public address who is listed."""
    if world["connector_enforcement"] == "on":
        return False
    if address != "public" or world["authorized_networks"] == "all":
        return True
    return world["authorized_networks"] == "nat" and _through_vpc(world, private_range=False)


def apis_answer(world: World) -> bool:
    """Whether Google's APIs answer at the address that their names have."""
    if world["api_dns"] != "public":
        return _through_vpc(world, private_range=True) and _vpc_carries(world, "443") and world["pga"] == "on"
    if not _through_vpc(world, private_range=False):
        return True
    return _vpc_carries(world, "443") and "on" in (world["pga"], world["nat"])


PLACES = (
    (Route.DIRECT, Login.PASSWORD),
    (Route.SOCKET, Login.PASSWORD),
    (Route.CONNECTOR, Login.PASSWORD),
    (Route.DIRECT, Login.IAM),
    (Route.CONNECTOR, Login.IAM),
)


ADDRESSES = {
    Route.DIRECT: ("private", "public", "psc"),
    Route.SOCKET: ("private", "public"),
    Route.CONNECTOR: ("private", "public", "psc"),
}


def random_healthy(seed: int, count: int) -> tuple[Scenario, ...]:
    """Random worlds in which the path works, over all keys, routes and logins. The same seed gives the same ones."""
    source = random.Random(seed)
    return tuple(_draw(source, f"healthy-{number:03}", *PLACES[number % len(PLACES)]) for number in range(count))


def _draw(source: random.Random, name: str, route: Route, login: Login) -> Scenario:
    """Which address is asked for first, then worlds until that one answers: else nearly all would be public ones."""
    address = source.choice(ADDRESSES[route])
    while True:
        world = {key: source.choice(values) for key, values in KEYS.items()}
        if address in choices(world, route) and healthy(world, route, address):
            return _scenario(f"{name}-{route}-{login}-{address}", world, route, login, address)


def _scenario(name: str, world: World, route: Route, login: Login, address: str) -> Scenario:
    return Scenario(
        id=name,
        what="nothing",
        world=tuple((key, value) for key, value in world.items() if value != DEFAULTS[key]),
        route=route,
        login=login,
        settings=(("IP_TYPE", address),) if route is Route.CONNECTOR else (),
    )
