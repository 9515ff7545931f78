"""A wrong answer of the product has to come out as wrong, in each way in which it can be."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from diagnostics.core.catalog.topics import TOPICS
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence, Topic
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, PlatformKind, Status
from diagnostics.core.outcome import Mode
from diagnostics.core.report import (
    AgentInfo,
    Alternative,
    CheckEntry,
    DiagnosisEntry,
    Exclusion,
    PlatformInfo,
    Provisional,
    Report,
    TargetInfo,
    WarningEntry,
)
from diagnostics.lab.world import Route
from tests.scenarios.confusion import closing, details, table
from tests.scenarios.judge import NO_REPORT, NOTHING, Outcome, Verdict, judge
from tests.scenarios.scenario import Expect, Scenario

NAT, ROLE, NEWLINE = (
    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
    Cause.IAM_MISSING_CLOUDSQL_CLIENT,
    Cause.CONFIG_SECRET_TRAILING_NEWLINE,
)
START = datetime(2026, 3, 14, tzinfo=UTC)
RIGHT = Scenario(
    id="X1-socket",
    what="no way out",
    world=(("nat", "off"),),
    route=Route.SOCKET,
    settings=(("POSTGRES_DB", "{POSTGRES_DB}\n"), ("K_SERVICE", None)),
    expect=Expect(
        cause=NAT,
        exit=14,
        confidence=Confidence.LIKELY,
        excluded=(Topic.DNS,),
        spared=frozenset({Cause.PG_AUTH_PASSWORD}),
        offered=(Cause.VPC_WARMING_UP,),
        warned=(NEWLINE,),
        found=(Code.POSTGRES_STARTUP_SILENT,),
        platform=PlatformKind.CLOUD_RUN_SERVICE,
    ),
)


def diagnosis(cause: Cause, **fields: object) -> DiagnosisEntry:
    entry = DiagnosisEntry(
        cause=cause,
        layer=cause.layer,
        confidence=Confidence.LIKELY,
        title="no way out",
        summary="",
        alternatives=(Alternative(cause=Cause.VPC_WARMING_UP, title="", settled_by=""),),
        excluded=(Exclusion(what=TOPICS[Topic.DNS], because="dns.apis"),),
    )
    return replace(entry, **fields)


REPORT = Report(
    run_id="1",
    started_at=START,
    duration_seconds=9.0,
    mode=Mode.CHECK,
    status=Status.FAIL,
    exit_code=14,
    agent=AgentInfo(version="1"),
    target=TargetInfo(name="orders"),
    platform=PlatformInfo(kind=PlatformKind.CLOUD_RUN_SERVICE),
    diagnoses=(diagnosis(NAT),),
    warnings=(WarningEntry(check=CheckId.CONFIG_HYGIENE, code="", cause=NEWLINE, title=""),),
    checks=(
        CheckEntry(
            id=CheckId.POSTGRES_STARTUP,
            group="postgres",
            title="",
            status=Status.FAIL,
            findings=(Finding(code=Code.POSTGRES_STARTUP_SILENT),),
        ),
    ),
)


def judged(report: Report | None = REPORT, exit_code: int = 14, scenario: Scenario = RIGHT) -> Verdict:
    return judge(scenario, Outcome(exit=exit_code, report=report, errors="Traceback: it fell"))


def test_the_right_answer_is_right() -> None:
    assert judged().complaints == ()


DOCTORED: dict[str, tuple[Report | None, int]] = {
    "another exit code": (REPORT, 16),
    "an exit code that its own report contradicts": (replace(REPORT, exit_code=16), 14),
    "another cause": (replace(REPORT, diagnoses=(diagnosis(ROLE),)), 14),
    "no cause": (replace(REPORT, diagnoses=()), 14),
    "a second cause that is none": (replace(REPORT, diagnoses=(diagnosis(NAT), diagnosis(ROLE))), 14),
    "the right cause behind a wrong one": (replace(REPORT, diagnoses=(diagnosis(ROLE), diagnosis(NAT))), 14),
    "too sure": (replace(REPORT, diagnoses=(diagnosis(NAT, confidence=Confidence.PROVEN),)), 14),
    "the password as an alternative": (
        replace(
            REPORT,
            diagnoses=(
                diagnosis(
                    NAT,
                    alternatives=(
                        Alternative(cause=Cause.VPC_WARMING_UP, title="", settled_by=""),
                        Alternative(cause=Cause.PG_AUTH_PASSWORD, title="", settled_by=""),
                    ),
                ),
            ),
        ),
        14,
    ),
    "a missing alternative": (replace(REPORT, diagnoses=(diagnosis(NAT, alternatives=()),)), 14),
    "a topic that is not excluded": (replace(REPORT, diagnoses=(diagnosis(NAT, excluded=()),)), 14),
    "a warning that is not there": (replace(REPORT, warnings=()), 14),
    "a finding that is not there": (replace(REPORT, checks=()), 14),
    "provisional": (replace(REPORT, provisional=Provisional(reason="", until=START)), 14),
    "another platform": (replace(REPORT, platform=PlatformInfo(kind=PlatformKind.ELSEWHERE)), 14),
    "no report": (None, 1),
}


@pytest.mark.parametrize("wrong", DOCTORED, ids=str)
def test_a_wrong_answer_is_wrong(wrong: str) -> None:
    report, exit_code = DOCTORED[wrong]
    verdict = judged(report, exit_code)
    assert not verdict.right
    assert RIGHT.id in details([verdict])
    assert closing([judged(), verdict]) == "1 of 2 right"


def test_a_false_alarm_is_wrong() -> None:
    healthy = Scenario(id="X2", what="nothing", route=Route.DIRECT)
    assert not judged(scenario=healthy).right


def test_silence_about_an_expected_wait_is_wrong() -> None:
    waiting = replace(RIGHT, expect=replace(RIGHT.expect, provisional=True))
    assert judged(scenario=waiting).complaints == ("is not provisional",)


def test_the_table_sets_apart_what_was_named_wrong() -> None:
    verdicts = [judged(), judged(), judged(DOCTORED["another cause"][0]), judged(None, 1)]
    assert table(verdicts).splitlines() == [
        "  expected                      times  named",
        f"! {NAT}      1  {ROLE}",
        f"! {NAT}      1  {NO_REPORT}",
        f"  {NAT}      2  =",
    ]


def test_the_details_are_what_one_needs_to_run_it_again() -> None:
    text = details([judged(None, 1)])
    assert "it fell" in text
    assert "no K_SERVICE" in text
    assert "cloudsql-diag lab run --isolation netns --route socket --login password --world nat=off" in text


def test_nothing_is_expected_where_the_path_works() -> None:
    assert judge(Scenario(id="X", what="", route=Route.DIRECT), Outcome(exit=0, report=None)).expected == NOTHING
