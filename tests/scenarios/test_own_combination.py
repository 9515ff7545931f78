"""A world of one's own, asked for on the command line: diagnosed although no row of the table is about it."""

import subprocess
import sys

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from tests.scenarios.table import SCENARIOS

pytestmark = pytest.mark.netns

OWN = "egress=all-traffic nat=off pga=on instance_ip=private"

ASKED = [
    # All egress through a VPC without NAT: nobody needs public addresses where the instance is private.
    (OWN, "direct", "password", None, 0),
    (OWN, "connector", "iam", None, 0),
    (f"{OWN} peering=off", "connector", "password", Cause.VPC_PSA_MISCONFIGURED, 14),
    (f"{OWN} vpc=connector connector_state=DELETING run_viewer=on", "direct", "iam", Cause.VPC_CONNECTOR_UNHEALTHY, 14),
    (f"{OWN} api_dns=restricted instance_state=stopped", "direct", "password", Cause.INSTANCE_NOT_RUNNING, 15),
]


@pytest.mark.parametrize("world, route, login, cause, code", ASKED)
def test_a_combination_is_diagnosed(world: str, route: str, login: str, cause: Cause | None, code: int) -> None:
    options = [f"--world={pair}" for pair in world.split()]
    where = ["--isolation", "netns", "--route", route, "--login", login]
    check = ["cloudsql-diag", "check", "-o", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "diagnostics.lab", "run", *where, *options, "--", *check],
        capture_output=True,
        timeout=60,
        check=False,
    )
    report: Report = decode(done.stdout)
    assert (done.returncode, [found.cause for found in report.diagnoses]) == (code, [cause] if cause else [])


def test_none_of_them_is_in_the_table() -> None:
    tabled = {frozenset(scenario.world) for scenario in SCENARIOS}
    asked = {frozenset(tuple(pair.split("=")) for pair in world.split()) for world, *_ in ASKED}
    assert tabled.isdisjoint(asked)
