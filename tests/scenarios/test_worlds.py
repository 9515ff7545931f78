"""Which worlds are healthy is written twice: here as a predicate, in the lab as rules of a router."""

import itertools
import random

import pytest

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.keys import world_of
from diagnostics.lab.routing import reaches, rules
from diagnostics.lab.world import IpType, Route
from diagnostics.lab.world import World as LabWorld
from tests.scenarios.worlds import (
    DEFAULTS,
    KEYS,
    World,
    admits,
    apis_answer,
    arrives,
    choices,
    healthy,
    random_healthy,
)

ADDRESSES = Addresses.real("127.77.0.12")
KINDS = {"public": IpType.PRIMARY, "private": IpType.PRIVATE, "psc": IpType.PSC}

ANY_PLACE = [(route, address) for route in Route for address in choices(DEFAULTS, route)]


@pytest.mark.parametrize("route, address", ANY_PLACE)
def test_the_default_world_is_healthy(route: Route, address: str) -> None:
    assert healthy(DEFAULTS, route, address)


BREAKS: list[tuple[str, Route, str]] = [
    ("instance_state=stopped", Route.DIRECT, "private"),
    ("egress=none", Route.DIRECT, "private"),
    ("peering=off", Route.DIRECT, "private"),
    ("private_range=other", Route.DIRECT, "private"),
    ("fw_5432=deny", Route.DIRECT, "private"),
    ("connector_enforcement=on", Route.DIRECT, "private"),
    ("vpc=connector connector_state=DELETING", Route.DIRECT, "private"),
    ("instance_ip=public", Route.DIRECT, "public"),
    ("instance_ip=public authorized_networks=nat", Route.DIRECT, "public"),
    ("instance_ip=public authorized_networks=all egress=all-traffic nat=off", Route.DIRECT, "public"),
    ("egress=all-traffic nat=off", Route.SOCKET, "public"),
    ("egress=all-traffic fw_3307=deny", Route.CONNECTOR, "public"),
    ("egress=all-traffic fw_443=deny", Route.CONNECTOR, "public"),
    ("egress=all-traffic nat=off pga=off", Route.CONNECTOR, "private"),
    ("api_dns=private pga=off", Route.CONNECTOR, "public"),
    ("api_dns=restricted egress=none", Route.CONNECTOR, "public"),
    ("instance_ip=psc psc=pending", Route.CONNECTOR, "psc"),
    ("instance_ip=psc psc_dns=off", Route.DIRECT, "psc"),
]

CARRIES: list[tuple[str, Route, str]] = [
    ("egress=none", Route.CONNECTOR, "public"),
    ("egress=none instance_ip=public", Route.SOCKET, "public"),
    ("connector_enforcement=on", Route.CONNECTOR, "private"),
    ("vpc=connector connector_state=UPDATING", Route.DIRECT, "private"),
    ("connector_state=ERROR", Route.DIRECT, "private"),
    ("egress=all-traffic private_range=other", Route.DIRECT, "private"),
    ("egress=all-traffic nat=off pga=on instance_ip=private", Route.CONNECTOR, "private"),
    ("egress=all-traffic nat=on pga=off", Route.CONNECTOR, "public"),
    ("egress=all-traffic instance_ip=public authorized_networks=nat", Route.DIRECT, "public"),
    ("fw_3307=deny fw_443=deny", Route.DIRECT, "private"),
    ("fw_3307=deny fw_443=deny", Route.CONNECTOR, "public"),
    ("api_dns=private", Route.CONNECTOR, "private"),
    ("instance_ip=psc", Route.CONNECTOR, "psc"),
]


def world(text: str) -> World:
    return {**DEFAULTS, **dict(pair.split("=") for pair in text.split())}


@pytest.mark.parametrize("text, route, address", BREAKS)
def test_these_break_the_path(text: str, route: Route, address: str) -> None:
    assert address in choices(world(text), route)
    assert not healthy(world(text), route, address)


@pytest.mark.parametrize("text, route, address", CARRIES)
def test_these_do_not(text: str, route: Route, address: str) -> None:
    assert address in choices(world(text), route)
    assert healthy(world(text), route, address)


def test_the_same_seed_gives_the_same_worlds() -> None:
    assert random_healthy(7, 30) == random_healthy(7, 30)
    assert random_healthy(7, 30) != random_healthy(8, 30)


def test_random_worlds_cover_every_value_that_a_healthy_one_can_have() -> None:
    drawn = [dict(scenario.world) for scenario in random_healthy(1, 400)]
    for key, values in KEYS.items():
        possible = set(values[:1] if key in {"instance_state", "egress_opens_after"} else values)
        assert {each.get(key, DEFAULTS[key]) for each in drawn} == possible


def test_random_worlds_cover_every_route_and_login() -> None:
    drawn = random_healthy(1, 50)
    assert {(scenario.route, scenario.login) for scenario in drawn} >= {
        (route, login)
        for route, login in itertools.product(Route, ("password", "iam"))
        if (route, login) != ("socket", "iam")
    }


def router_says(described: World, address: str, port: int) -> bool:
    """The lab's own rules, as nftables gets them."""
    settings = [f"{key}={value}" for key, value in described.items()]
    built = world_of(LabWorld(), settings)
    return reaches(rules(built, ADDRESSES), ADDRESSES.of(KINDS[address], built), port)


@pytest.mark.parametrize("seed", range(20))
def test_the_labs_router_and_the_predicate_agree_on_any_world(seed: int) -> None:
    """Healthy or not: two people read the documents, and understood the same."""
    source = random.Random(seed)
    for _ in range(100):
        described = {key: source.choice(values) for key, values in KEYS.items()}
        # Names are the resolver's, and enforcement is the instance's: the router knows neither.
        described |= {"psc_dns": "on", "connector_enforcement": "off"}
        for address in KINDS:
            expected = arrives(described, address, "3307")
            assert router_says(described, address, 3307) is expected, described
            expected = arrives(described, address, "5432") and admits(described, address)
            assert router_says(described, address, 5432) is expected, described
        assert router_reaches_apis(described) is apis_answer(described), described


def router_reaches_apis(described: World) -> bool:
    built = world_of(LabWorld(), [f"{key}={value}" for key, value in described.items()])
    table = rules(built, ADDRESSES)
    return all(reaches(table, address, 443) for address in ADDRESSES.api_addresses(built))
