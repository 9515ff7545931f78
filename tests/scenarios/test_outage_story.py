"""The deploy that started it: all egress into a VPC without NAT, a public instance, the mounted socket, 8 s in the app.

Three days went into the port ("MySQL's"), the password, IAM and the timer. One run has to settle all of that.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AnyFact, EgressGoogleApis, EgressPublic, RunRevision
from diagnostics.core.model import SkipReason, Status
from diagnostics.core.observed import Reach
from diagnostics.core.report import CheckEntry, DiagnosisEntry, Report
from diagnostics.lab.world import Route
from tests.scenarios.crew import outcome_of
from tests.scenarios.scenario import Scenario, pairs
from tests.scenarios.stage import Run, Stage

pytestmark = pytest.mark.netns

OUTAGE = "egress=all-traffic nat=off instance_ip=public"
FIX = "gcloud run services update api --region europe-west1 --vpc-egress private-ranges-only"
LIMIT = ("--app-timeout", "8")


def scenario(world: str) -> Scenario:
    return Scenario(id="S01", what="the outage", world=pairs(f"{OUTAGE} {world}"), route=Route.SOCKET, flags=LIMIT)


@pytest.fixture(scope="module")
def run_from_inside(stage: Stage) -> Run:
    """What the container can know by itself."""
    return stage.check(scenario("pga=off"))


@pytest.fixture(scope="module")
def from_inside(run_from_inside: Run) -> Report:
    return report(run_from_inside)


@pytest.fixture(scope="module")
def with_the_control_plane(stage: Stage) -> Report:
    """Private Google Access leads to the APIs, and the account may read its own revision."""
    return report(stage.check(scenario("pga=on run_viewer=on")))


def report(run: Run) -> Report:
    outcome = outcome_of(run)
    assert outcome.exit == 14, outcome.errors
    assert outcome.report is not None
    return outcome.report


def only(report: Report) -> DiagnosisEntry:
    (diagnosis,) = report.diagnoses
    return diagnosis


def entry(report: Report, check: CheckId) -> CheckEntry:
    return next(entry for entry in report.checks if entry.id is check)


def fact(report: Report, check: CheckId) -> AnyFact | None:
    return entry(report, check).facts


def test_nothing_public_can_be_reached(from_inside: Report) -> None:
    google, public = fact(from_inside, CheckId.EGRESS_GOOGLE_APIS), fact(from_inside, CheckId.EGRESS_PUBLIC)
    assert isinstance(google, EgressGoogleApis)
    assert isinstance(public, EgressPublic)
    attempts = (google.public_vip, google.private_vip, public.attempt)
    assert [attempt.reach for attempt in attempts if attempt] == [Reach.SILENT] * 3
    assert {CheckId.EGRESS_GOOGLE_APIS, CheckId.EGRESS_PUBLIC} <= {line.check for line in only(from_inside).evidence}


def test_the_cause_is_named_as_sure_as_can_be(from_inside: Report, with_the_control_plane: Report) -> None:
    named = [(only(each).cause, only(each).confidence) for each in (from_inside, with_the_control_plane)]
    assert named == [("vpc.nat_missing_or_exhausted", "likely"), ("vpc.nat_missing_or_exhausted", "proven")]


def test_the_revision_itself_says_all_traffic(with_the_control_plane: Report) -> None:
    revision = fact(with_the_control_plane, CheckId.RUN_REVISION)
    assert isinstance(revision, RunRevision)
    assert revision.egress == "all-traffic"
    assert CheckId.RUN_REVISION in {line.check for line in only(with_the_control_plane).evidence}


def test_the_port_is_explained(from_inside: Report) -> None:
    """The decisive line of the platform's log named 3307, and was read as MySQL."""
    assert re.search(r"3307\b.*\bnormal for every engine", only(from_inside).summary)


def test_password_iam_and_timer_cannot_be_the_reason(from_inside: Report) -> None:
    beyond = (CheckId.POSTGRES_AUTH, CheckId.POSTGRES_QUERY, CheckId.APP_BUDGET)
    assert {entry(from_inside, check).skip_reason for check in beyond} == {SkipReason.BLOCKED}
    untested = " ".join(only(from_inside).untested)
    assert all(word in untested for word in ("password", "IAM", "time limits"))
    blamed = {only(from_inside).cause, *(other.cause for other in only(from_inside).alternatives)}
    assert not {cause for cause in blamed if cause.startswith(("pg.", "iam.", "app.", "config."))}


def test_the_text_says_so_in_a_sentence(run_from_inside: Run, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_bytes(run_from_inside.stdout)
    program = [sys.executable, "-m", "diagnostics", "explain", "--report", str(saved)]
    said = subprocess.run(program, capture_output=True, text=True, timeout=30, check=False).stdout
    text = " ".join(said.split())
    assert re.search(r"not the reason, the path ends before:[^.]*password[^.]*IAM login[^.]*time limits", text)
    assert FIX in text


@pytest.mark.parametrize("told", ["from_inside", "with_the_control_plane"])
def test_the_first_remedy_is_the_command_with_the_real_names(told: str, request: pytest.FixtureRequest) -> None:
    assert only(request.getfixturevalue(told)).remedies[0].command == FIX


def test_nothing_of_it_looks_red_that_only_lacks_permission(from_inside: Report) -> None:
    """What could not be read is unknown with what it would need, not a failure."""
    failed = {check.id for check in from_inside.checks if check.status is Status.FAIL}
    assert failed == {CheckId.POSTGRES_STARTUP}
    unread = entry(from_inside, CheckId.RUN_REVISION)
    assert (unread.status, bool(unread.needs)) == (Status.UNKNOWN, True)
