"""Everything is silent: we are done in seconds, in the same run in which Google's connector is still waiting."""

import contextlib
import sys
from collections.abc import Iterator

import pytest

from diagnostics.lab.world import Route
from tests.scenarios.crew import outcome_of
from tests.scenarios.peers.peer import CLIENTS
from tests.scenarios.scenario import Scenario, pairs
from tests.scenarios.stage import Stage, end

# Times are measured, beside another program.
pytestmark = [pytest.mark.netns, pytest.mark.serial]

SYN_SECONDS, ACCEPTED_SECONDS = 5.0, 10.0
"""The budgets of a black hole: every SYN silent, and accepted and then silent."""

NOTHING_ANSWERS = "egress=all-traffic nat=off pga=off peering=off"


def silence(name: str, route: Route, *, world: str = "", faults: str = "") -> Scenario:
    return Scenario(id=name, what="silence", world=pairs(world), faults=tuple(faults.split()), route=route)


SYN = [
    silence("everything", Route.CONNECTOR, world=NOTHING_ANSWERS),
    silence("everything", Route.DIRECT, world=f"{NOTHING_ANSWERS} instance_ip=private"),
    silence("the instance", Route.CONNECTOR, world="egress=all-traffic fw_3307=deny"),
]
ACCEPTED = [
    silence("accepted", Route.CONNECTOR, faults="accept-then-silence"),
    silence("accepted", Route.DIRECT, faults="accept-then-silence"),
]


def label(scenario: Scenario) -> str:
    return f"{scenario.id}-{scenario.route}"


@contextlib.contextmanager
def connecting(stage: Stage, environment: dict[str, str]) -> Iterator[None]:
    """The official connector is at it, and still is at the end."""
    client = (sys.executable, str(CLIENTS / "connector.py"))
    process = stage.start(*client, environment={**environment, "IP_TYPE": "public", "LOGIN": "password"})
    try:
        yield
        assert process.poll() is None, process.communicate()
    finally:
        end(process)
        process.communicate()


def seconds_beside_the_connector(stage: Stage, scenario: Scenario) -> float:
    environment = stage.arrange(scenario)
    with connecting(stage, environment):
        run = stage.run("cloudsql-diag", "check", "-o", "json", environment=environment)
    outcome = outcome_of(run)
    assert outcome.report is not None, outcome.errors
    assert outcome.report.diagnoses
    return run.seconds


@pytest.mark.parametrize("scenario", SYN, ids=label)
def test_silent_packets_hold_nobody_up(stage: Stage, scenario: Scenario) -> None:
    assert seconds_beside_the_connector(stage, scenario) <= SYN_SECONDS


@pytest.mark.parametrize("scenario", ACCEPTED, ids=label)
def test_a_peer_that_accepts_and_says_nothing_holds_nobody_up(stage: Stage, scenario: Scenario) -> None:
    assert seconds_beside_the_connector(stage, scenario) <= ACCEPTED_SECONDS
