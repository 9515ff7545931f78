"""A few rows of the table in every run of the tests; `make accuracy` runs all of them."""

import zlib

import pytest

from diagnostics.lab.world import Route
from tests.scenarios.crew import check
from tests.scenarios.scenario import Scenario
from tests.scenarios.stage import Stage
from tests.scenarios.table import SCENARIOS
from tests.scenarios.worlds import random_healthy

pytestmark = pytest.mark.netns

EVERY = 20
"""One row in so many, chosen by its name: half a minute."""

SAMPLE = [
    scenario
    for scenario in SCENARIOS
    if zlib.crc32(scenario.id.encode()) % EVERY == 0 and not (scenario.slow and scenario.route is Route.SOCKET)
]
"""Without silence behind the mounted socket, where the platform's end takes its ten seconds, too."""


@pytest.mark.parametrize("scenario", [*SAMPLE, *random_healthy(1, 5)], ids=lambda scenario: scenario.id)
def test_a_row_is_right(stage: Stage, scenario: Scenario) -> None:
    assert check(stage, scenario).complaints == ()
