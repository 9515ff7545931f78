"""``--world KEY=VALUE``: what it takes, and what it says to what it does not take."""

import pytest

from diagnostics.lab.keys import KEYS, world_of
from diagnostics.lab.network import Egress
from diagnostics.lab.setup import UnknownWorldError
from diagnostics.lab.world import IpType, World

VALUES = [f"{key.name}={value}" for key in KEYS for value in key.values or ("0", "7")]


@pytest.mark.parametrize("setting", VALUES)
def test_every_listed_value_is_taken(setting: str) -> None:
    assert isinstance(world_of(World(), [setting]), World)


def test_the_first_value_of_a_key_is_the_default() -> None:
    assert world_of(World(), [f"{key.name}={key.values[0]}" for key in KEYS if key.values]) == World()


@pytest.mark.parametrize("key", [key for key in KEYS if key.values], ids=lambda key: key.name)
def test_every_value_of_a_key_makes_another_world(key: object) -> None:
    assert len({hash(repr(world_of(World(), [f"{key.name}={value}"]))) for value in key.values}) == len(key.values)  # type: ignore[attr-defined]


def test_settings_add_up_and_the_last_of_a_key_wins() -> None:
    world = world_of(
        World(), ["egress=all-traffic", "instance_ip=private", "egress=none", "fw_443=deny", "fw_3307=deny"]
    )
    assert world.network.egress is Egress.NONE
    assert world.ip_types == (IpType.PRIVATE,)
    assert world.network.denied_ports == {443, 3307}
    assert world_of(world, ["fw_443=allow"]).network.denied_ports == {3307}


@pytest.mark.parametrize(
    "setting, words",
    [
        ("weather=rain", "egress, vpc, connector_state"),
        ("egress=sometimes", "private-ranges-only, all-traffic, none"),
        ("egress", "private-ranges-only, all-traffic, none"),
        ("egress_opens_after=soon", "a number"),
        ("egress_opens_after=-1", "a number"),
        ("egress_opens_after=inf", "a number"),
        ("max_instances=nan", "a number"),
    ],
)
def test_what_is_not_possible_is_told_what_is(setting: str, words: str) -> None:
    with pytest.raises(UnknownWorldError, match=words):
        world_of(World(), [setting])


def test_a_key_that_needs_a_network_says_so_without_one() -> None:
    keys = [key for key in KEYS if key.on_loopback]
    assert world_of(World(), ["instance_state=stopped"], keys) != World()
    with pytest.raises(UnknownWorldError, match="--isolation netns"):
        world_of(World(), ["egress=none"], keys)
