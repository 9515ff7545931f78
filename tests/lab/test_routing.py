"""The router's rules as values and as text; whether the kernel does the same is tested in test_netns.py."""

import pytest

from diagnostics.lab.keys import world_of
from diagnostics.lab.routing import Stage, closing, reaches, rules, ruleset
from diagnostics.lab.world import World
from tests.lab.worlds import DESTINATIONS, OPEN, REAL

OF_THE_NETWORK = {
    text: expected
    for text, expected in OPEN.items()
    # The instance itself decides about these.
    if not any(key in text for key in ("instance_ip", "instance_state", "connector_enforcement"))
}

AT_THE_INSTANCE = {"psc:5432", "psc:3307"}
"""Addresses to which there is a way though the instance of these worlds does not have them."""


@pytest.mark.parametrize("text", OF_THE_NETWORK, ids=lambda text: text or "default")
def test_rules_lead_where_the_world_says(text: str) -> None:
    table = rules(world_of(World(), text.split()), REAL)
    led = {name for name, place in DESTINATIONS.items() if reaches(table, *place)}
    assert led - AT_THE_INSTANCE == OF_THE_NETWORK[text]


@pytest.mark.parametrize("text", OPEN, ids=lambda text: text or "default")
def test_every_stage_ends_with_a_rule_for_all(text: str) -> None:
    for stage in rules(world_of(World(), text.split()), REAL).values():
        assert not stage[-1].to
        assert not stage[-1].ports


def test_the_text_is_replaced_in_one_step_and_drops_what_no_rule_lets_through() -> None:
    text = ruleset(rules(World(), REAL), container="169.254.8.1", link="container")
    assert text.startswith("add table ip lab\ndelete table ip lab\ntable ip lab {\n")
    assert "type filter hook forward priority filter; policy drop;" in text
    assert "reject" not in text
    assert f"goto {Stage.CONTAINER}\n" in text


def test_a_rule_reads_as_nftables_has_it() -> None:
    text = ruleset(rules(World(), REAL), container="169.254.8.1", link="container")
    assert "ip daddr { 10.110.0.3 } tcp dport { 5432, 3307 } accept\n" in text
    assert "ip daddr { 34.78.121.40 } tcp dport { 5432 } drop\n" in text
    assert "goto direct\n" in text


def test_egress_is_closed_for_as_long_as_the_world_says_and_no_longer() -> None:
    assert closing("169.254.8.1", 0) == "flush set ip lab closed\n"
    assert closing("169.254.8.1", 2.5).endswith("add element ip lab closed { 169.254.8.1 timeout 2500ms }\n")
