"""An app that dies at import, in front of a path that works, and of one that does not: two faults, told apart."""

import re
import sys

import pytest

from diagnostics.lab.world import Route
from tests.scenarios.scenario import Scenario, pairs
from tests.scenarios.stage import Run, Stage

pytestmark = pytest.mark.netns

APP = (sys.executable, "-c", "import acme_app")
GONE = "No module named 'acme_app'"


def started(stage: Stage, world: str) -> Run:
    environment = stage.arrange(Scenario(id="app", what="", world=pairs(world), route=Route.SOCKET))
    return stage.run("cloudsql-diag", "wait", "--timeout", "12", "--", *APP, environment=environment)


def test_behind_a_working_path_the_app_says_itself_what_is_wrong_with_it(stage: Stage) -> None:
    """Packaging was taken for the network for a day: here the path is proven first, and then the app dies."""
    run = started(stage, "")
    said = run.stderr.decode()
    assert run.exit == 1
    assert re.search(r"(?i)path works", said.partition(GONE)[0])
    assert GONE in said


def test_behind_a_dead_path_the_app_is_not_started_and_only_the_path_is_blamed(stage: Stage) -> None:
    run = started(stage, "egress=all-traffic nat=off pga=off instance_ip=public")
    assert run.exit == 124
    assert b"vpc.nat_missing_or_exhausted" in run.stdout
    assert GONE.encode() not in run.stdout + run.stderr
