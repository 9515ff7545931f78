"""The incident that started it: all egress through a VPC without NAT, and hours of looking at port 3307 and timers."""

import pytest

from diagnostics.core.assemble import assemble
from diagnostics.core.catalog import checks
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import EgressSetting
from diagnostics.core.replay import rediagnose
from diagnostics.core.report import AgentInfo, DiagnosisEntry, Report
from tests.core.network_world import World, run

CONTAINER_ALONE = World(egress=EgressSetting.ALL_TRAFFIC, nat=False, pga=False, types=(IpType.PUBLIC,), redis=None)
REVISION_READ = World(egress=EgressSetting.ALL_TRAFFIC, nat=False, pga=True, viewer=True, types=(IpType.PUBLIC,))
COMMAND = "gcloud run services update api --region europe-west1 --vpc-egress private-ranges-only"

each_world = pytest.mark.parametrize("world", [CONTAINER_ALONE, REVISION_READ], ids=["alone", "revision read"])


def reported(world: World) -> Report:
    return assemble(run(world, Route.SOCKET), agent=AgentInfo(version="1"), titles={})


def the_one(world: World) -> DiagnosisEntry:
    (found,) = reported(world).diagnoses
    assert found.cause == Cause.VPC_NAT_MISSING_OR_EXHAUSTED
    return found


@each_world
def test_one_run_says_that_nothing_public_can_be_reached(world: World) -> None:
    assert reported(world).exit_code == 14
    found = the_one(world)
    assert {CheckId.EGRESS_GOOGLE_APIS, CheckId.EGRESS_PUBLIC} <= {line.check for line in found.evidence}


@each_world
def test_it_says_that_3307_is_nobodys_mistake(world: World) -> None:
    assert "3307, which is normal for every engine" in the_one(world).summary


@each_world
def test_password_iam_and_timer_are_behind_the_end_of_the_path(world: World) -> None:
    found = the_one(world)
    assert {checks.entry(CheckId.POSTGRES_AUTH).subject, checks.APP_LIMITS} <= set(found.untested)
    assert "IAM" in checks.entry(CheckId.POSTGRES_AUTH).subject
    offered = {other.cause.partition(".")[0] for other in found.alternatives}
    assert offered <= {"vpc"}


def test_from_the_container_alone_it_is_likely_and_what_would_settle_it_is_named() -> None:
    found = the_one(CONTAINER_ALONE)
    assert found.confidence == "likely"
    assert all(other.settled_by for other in found.alternatives)
    assert "run.revisions.get (roles/run.viewer)" in {each.needs for each in found.unknown}


def test_with_the_revision_to_read_it_is_proven_and_nothing_else_fits() -> None:
    found = the_one(REVISION_READ)
    assert (found.confidence, found.alternatives) == ("proven", ())
    assert CheckId.RUN_REVISION in {line.check for line in found.evidence}


@each_world
def test_the_first_remedy_is_the_command_with_the_real_names(world: World) -> None:
    assert the_one(world).remedies[0].command == COMMAND


@each_world
def test_the_saved_report_says_the_same(world: World) -> None:
    report = reported(world)
    assert rediagnose(report).diagnoses == report.diagnoses
