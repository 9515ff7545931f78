"""What is configured, joined with where the path breaks: each rule, and the nearest run that it must not take."""

import pytest
from msgspec.structs import replace

from diagnostics.core.assemble import assemble
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence, Diagnosis
from diagnostics.core.exit_codes import exit_code
from diagnostics.core.facts import AdminInstance, AppBudget, Measurement, RunRevision, RuntimeFreeze, VpcConnector
from diagnostics.core.findings import Code
from diagnostics.core.model import FailOn, IpType, Route, SkipReason
from diagnostics.core.observed import EgressSetting, InstanceAddress, Reach
from diagnostics.core.outcome import Outcome, Run, passed, skipped
from diagnostics.core.report import AgentInfo
from tests.core.stories import (
    API_SILENT,
    CLOSED,
    MUTE,
    PRIVATE_IP,
    STRANGE_IP,
    Changes,
    call,
    dial,
    fail,
    google,
    ports,
    private,
    public,
    settings,
    story,
    target,
    warn,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY = Confidence.PROVEN, Confidence.LIKELY
NONE, PRIVATE_RANGES, ALL = EgressSetting.NONE, EgressSetting.PRIVATE_RANGES_ONLY, EgressSetting.ALL_TRAFFIC
TO_PRIVATE = target(D, host=PRIVATE_IP)

NAT = Cause.VPC_NAT_MISSING_OR_EXHAUSTED


def revision(egress: EgressSetting, code: Code | None = None) -> Outcome:
    fact = RunRevision(call=call(), egress=egress, max_instances=100)
    return warn(code, fact) if code else passed(fact)


def connector(state: str) -> Outcome:
    fact = VpcConnector(call=call(), name="staging", state=state)
    return passed(fact) if state == "READY" else warn(Code.VPC_CONNECTOR_NOT_READY, fact, "staging", state)


def budget(measured: float, slowest: CheckId) -> Changes:
    fact = AppBudget(
        limit_seconds=8.0,
        measured_seconds=measured,
        measurement=Measurement.LADDER,
        slowest=slowest,
        slowest_seconds=7.0,
    )
    return {CheckId.APP_BUDGET: fail(Code.APP_BUDGET_TOO_SHORT, fact, slowest)}


NO_PUBLIC: Changes = {
    CheckId.EGRESS_PUBLIC: public(SILENT),
    CheckId.EGRESS_GOOGLE_APIS: google(OPEN, OPEN),
    CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT),
}
WITHOUT_NAT = NO_PUBLIC | {CheckId.RUN_REVISION: revision(ALL, Code.RUN_REVISION_NO_WAY_OUT)}
BAD_CONNECTOR: Changes = {
    CheckId.RUN_REVISION: revision(PRIVATE_RANGES),
    CheckId.VPC_CONNECTOR: connector("ERROR"),
    CheckId.EGRESS_PUBLIC: public(OPEN),
}
SILENT_PRIVATE: Changes = {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP)}
ONLY_PRIVATE: Changes = {
    CheckId.ADMIN_CONNECT_SETTINGS: passed(settings(IpType.PRIVATE)),
    CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT, PRIVATE_IP),
}
STRANGE_RANGE: Changes = {
    CheckId.ADMIN_CONNECT_SETTINGS: passed(
        replace(settings(), addresses=(InstanceAddress(ip_type=IpType.PRIVATE, address=STRANGE_IP),))
    ),
    CheckId.TCP_CONNECT: dial(SILENT, STRANGE_IP),
    CheckId.RUN_REVISION: revision(PRIVATE_RANGES, Code.RUN_REVISION_RANGE_NOT_ROUTED),
}
NO_VPC = {CheckId.RUN_REVISION: revision(NONE, Code.RUN_REVISION_NO_VPC), CheckId.EGRESS_PUBLIC: public(OPEN)}
WRONG_PASSWORD = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD)}
FULL = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_TOO_MANY_CONNECTIONS)}

Row = tuple[str, Run, Cause, Confidence]

ROWS: list[Row] = [
    ("all traffic, nothing public, socket closed", story(S, WITHOUT_NAT | CLOSED), NAT, PROVEN),
    ("all traffic, nothing public, socket mute", story(S, WITHOUT_NAT | MUTE), NAT, PROVEN),
    (
        "all traffic, nothing public, direct",
        story(D, WITHOUT_NAT | {CheckId.TCP_CONNECT: dial(SILENT)}),
        NAT,
        PROVEN,
    ),
    ("the same without the revision is only likely", story(S, NO_PUBLIC | CLOSED), NAT, LIKELY),
    (
        "no VPC, a private host",
        story(D, NO_VPC | SILENT_PRIVATE, subject=TO_PRIVATE),
        Cause.VPC_NO_EGRESS,
        PROVEN,
    ),
    (
        "no VPC, a private instance behind the socket",
        story(S, NO_VPC | ONLY_PRIVATE | MUTE),
        Cause.VPC_NO_EGRESS,
        PROVEN,
    ),
    (
        "no VPC, and not even a route",
        story(D, NO_VPC | {CheckId.TCP_CONNECT: dial(Reach.UNREACHABLE, PRIVATE_IP)}, subject=TO_PRIVATE),
        Cause.VPC_NO_EGRESS,
        PROVEN,
    ),
    (
        "a range that is not routed",
        story(D, STRANGE_RANGE, subject=target(D, host=STRANGE_IP)),
        Cause.VPC_NO_EGRESS,
        PROVEN,
    ),
    (
        "a connector in error on the way to a private host",
        story(D, BAD_CONNECTOR | SILENT_PRIVATE, subject=TO_PRIVATE),
        Cause.VPC_CONNECTOR_UNHEALTHY,
        PROVEN,
    ),
    (
        "a connector in error behind the socket",
        story(S, BAD_CONNECTOR | ONLY_PRIVATE | CLOSED),
        Cause.VPC_CONNECTOR_UNHEALTHY,
        PROVEN,
    ),
    (
        "a socket that the revision does not attach",
        story(
            S,
            {
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NOT_MOUNTED),
                CheckId.RUN_REVISION: revision(NONE, Code.RUN_REVISION_NOT_ATTACHED),
            },
        ),
        Cause.SOCKET_NOT_MOUNTED,
        PROVEN,
    ),
    (
        "a socket that another container has",
        story(
            S,
            {
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED),
                CheckId.RUN_REVISION: revision(NONE, Code.RUN_REVISION_MOUNTED_ELSEWHERE),
            },
        ),
        Cause.SOCKET_NOT_MOUNTED,
        PROVEN,
    ),
    ("no slot left", story(S, FULL), Cause.PG_TOO_MANY_CONNECTIONS, PROVEN),
    ("slower than the app waits", story(D, budget(9.0, CheckId.TLS_HANDSHAKE)), Cause.APP_TIMEOUT_TOO_SHORT, PROVEN),
    (
        "slower than the app waits because of a name server",
        story(D, budget(9.0, CheckId.DNS_TARGET) | {CheckId.DNS_TARGET: warn(Code.DNS_TARGET_SLOW)}),
        Cause.DNS_SLOW,
        LIKELY,
    ),
    (
        "a slow name is not the reason where another step took longer",
        story(D, budget(9.0, CheckId.TLS_HANDSHAKE) | {CheckId.DNS_TARGET: warn(Code.DNS_TARGET_SLOW)}),
        Cause.APP_TIMEOUT_TOO_SHORT,
        PROVEN,
    ),
    (
        "slower than the app waits because we had no CPU",
        story(
            D,
            budget(9.0, CheckId.TLS_HANDSHAKE)
            | {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=3, longest_gap_seconds=5.0)
                )
            },
        ),
        Cause.RUNTIME_CPU_THROTTLED,
        LIKELY,
    ),
    (
        "a short pause does not excuse a long time",
        story(
            D,
            budget(12.0, CheckId.TLS_HANDSHAKE)
            | {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=3, longest_gap_seconds=2.5)
                )
            },
        ),
        Cause.APP_TIMEOUT_TOO_SHORT,
        PROVEN,
    ),
]


def only(run: Run) -> Diagnosis:
    (found,) = diagnose(run)
    return found


@pytest.mark.parametrize("run, cause, confidence", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_way_a_cause_shows_itself(run: Run, cause: Cause, confidence: Confidence) -> None:
    found = only(run)
    assert (found.cause, found.confidence) == (cause, confidence)


NOT_BY_THESE = [
    (
        "a connector in error beside a public path",
        story(D, BAD_CONNECTOR | {CheckId.TCP_CONNECT: dial(SILENT)}),
        Cause.VPC_CONNECTOR_UNHEALTHY,
    ),
    (
        "a connector in error and a refusal, which somebody sent",
        story(D, BAD_CONNECTOR | {CheckId.TCP_CONNECT: dial(REFUSED, PRIVATE_IP)}, subject=TO_PRIVATE),
        Cause.VPC_CONNECTOR_UNHEALTHY,
    ),
    (
        "no way out, and a private path that does not need one",
        story(D, WITHOUT_NAT | SILENT_PRIVATE | {CheckId.EGRESS_PRIVATE: private(OPEN)}, subject=TO_PRIVATE),
        NAT,
    ),
    (
        "no way out, and a wrong password",
        story(S, WITHOUT_NAT | WRONG_PASSWORD),
        NAT,
    ),
    ("the API silent, the revision unread", story(C, API_SILENT | NO_PUBLIC), Cause.VPC_NO_EGRESS),
]


@pytest.mark.parametrize("run, cause", [row[1:] for row in NOT_BY_THESE], ids=[row[0] for row in NOT_BY_THESE])
def test_what_does_not_fit_is_not_named(run: Run, cause: Cause) -> None:
    found = only(run)
    assert (found.cause, found.confidence) != (cause, PROVEN)


def test_the_contradiction_is_evidence_and_leaves_no_warning() -> None:
    run = story(S, WITHOUT_NAT | CLOSED)
    found = only(run)
    codes = {citation.finding.code for citation in found.explains if citation.finding}
    assert codes == {Code.POSTGRES_STARTUP_CLOSED, Code.RUN_REVISION_NO_WAY_OUT}
    assert CheckId.RUN_REVISION in {citation.check for citation in found.evidence}
    assert assemble(run, agent=AgentInfo(version="0"), titles={}).warnings == ()


def test_a_limit_that_is_too_short_ends_in_the_apps_exit_code() -> None:
    run = story(D, budget(9.0, CheckId.TLS_HANDSHAKE))
    assert exit_code(run, diagnose(run), FailOn.FAIL) == 20


def test_where_the_path_ends_before_the_apps_limit_is_untested_once() -> None:
    not_reached = skipped(SkipReason.BLOCKED, CheckId.POSTGRES_QUERY)
    run = story(D, {CheckId.TCP_CONNECT: dial(SILENT), CheckId.APP_BUDGET: not_reached})
    (entry,) = assemble(run, agent=AgentInfo(version="0"), titles={}).diagnoses
    assert entry.untested.count("the app's own time limits") == 1


def test_the_numbers_of_slots_and_instances_are_in_the_remedy() -> None:
    flag = AdminInstance(call=call(), state="RUNNABLE", max_connections=50)
    run = story(S, FULL | {CheckId.RUN_REVISION: revision(NONE), CheckId.ADMIN_INSTANCE: passed(flag)})
    (entry,) = assemble(run, agent=AgentInfo(version="0"), titles={}).diagnoses
    assert "47 slots for up to 100 container instances leave 0 for each" in entry.remedies[0].text
    without = assemble(story(S, FULL), agent=AgentInfo(version="0"), titles={}).diagnoses[0]
    assert not any("slots for up to" in remedy.text for remedy in without.remedies)
