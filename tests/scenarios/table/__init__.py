"""All scenarios, in the order in which they are told."""

from tests.scenarios.scenario import Scenario
from tests.scenarios.table.causes import CAUSES
from tests.scenarios.table.combinations import COMBINATIONS
from tests.scenarios.table.decisions import DECISIONS
from tests.scenarios.table.stories import STORIES
from tests.scenarios.table.trials import TRIALS

SCENARIOS: tuple[Scenario, ...] = (*STORIES, *DECISIONS, *COMBINATIONS, *TRIALS, *CAUSES)
