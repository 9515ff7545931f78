"""The table itself: complete, without contradictions, and about worlds that can be asked for."""

from collections import Counter

import pytest

from diagnostics.core.catalog import causes
from diagnostics.core.codes import Cause
from diagnostics.core.exit_codes import LAYERS, NOT_PROVEN
from diagnostics.core.findings import Code
from diagnostics.core.trials import Changed, Verdict
from diagnostics.lab.faults import FAULTS
from tests.scenarios.scenario import Scenario
from tests.scenarios.table import SCENARIOS
from tests.scenarios.worlds import KEYS, choices, healthy, world_of

STORIES = {f"S{number:02}" for number in range(1, 41)}
LATER = {"S31", "S38"}
"""They need to look at the app's code, and at other services' URLs."""
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)


def test_every_row_has_its_own_name() -> None:
    assert [name for name, count in Counter(scenario.id for scenario in SCENARIOS).items() if count > 1] == []


def test_every_story_is_told() -> None:
    told = {scenario.id.partition("-")[0] for scenario in SCENARIOS}
    assert STORIES - told == LATER


def test_every_trial_proves_its_cause_in_one_row_and_drops_it_in_another() -> None:
    tried = {trial for scenario in SCENARIOS for trial in scenario.expect.tried}
    assert tried >= {(changed, verdict) for changed in Changed for verdict in (Verdict.FLIPPED, Verdict.STAYED)}


def test_every_row_of_the_decision_table_is_there() -> None:
    assert {f"R{number}" for number in range(1, 9)} <= {scenario.id.partition("-")[0] for scenario in SCENARIOS}


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_produced_or_says_why_it_cannot_be(cause: Cause) -> None:
    expectations = [scenario.expect for scenario in SCENARIOS]
    produced = any(cause in {expect.cause, expect.second, *expect.warned} for expect in expectations)
    assert produced is not bool(causes.entry(cause).not_produced)


def test_every_fault_of_the_lab_is_in_some_row() -> None:
    used = {fault for scenario in SCENARIOS for fault in scenario.faults}
    assert used == {fault.name for fault in FAULTS}


@each_scenario
def test_a_world_is_one_of_those_that_can_be_asked_for(scenario: Scenario) -> None:
    for key, value in scenario.world:
        assert value in KEYS[key] or key == "egress_opens_after"


@each_scenario
def test_the_exit_code_is_the_one_of_the_cause(scenario: Scenario) -> None:
    """Written out in the table, because that is what a script relies on."""
    cause = scenario.expect.cause
    nowhere = Code.CONFIG_TARGET_NOT_FOUND in scenario.expect.found
    assert scenario.expect.exit == (LAYERS[cause.layer] if cause else NOT_PROVEN if nowhere else 0)


@each_scenario
def test_nobody_is_spared_and_named_at_once(scenario: Scenario) -> None:
    expect = scenario.expect
    assert expect.spared.isdisjoint({expect.cause, expect.second, *expect.offered})


@each_scenario
def test_a_row_without_fault_or_setting_is_right_about_its_world(scenario: Scenario) -> None:
    """What is expected of a world alone agrees with what is documented about routing."""
    world = world_of(scenario)
    if scenario.faults or set(dict(scenario.settings)) - {"PRIVATE_IP"} or scenario.frozen_seconds:
        return
    kinds = choices(world, scenario.route)
    told = "private" if "PRIVATE_IP" in dict(scenario.settings) else "public"
    address = told if told in kinds else kinds[0]
    assert healthy(world, scenario.route, address) is (scenario.expect.cause is None)
