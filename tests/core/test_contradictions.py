"""What a deployment says against what was measured. A healthy path never gives a word, whatever is configured."""

import random

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import CheckId
from diagnostics.core.contradictions import of_connector, of_revision
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import RunRevision, SocketMount, VpcConnector
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, IpType, Route, Target
from diagnostics.core.observed import EgressSetting, InstanceAddress, Mount, Reach, VpcInterface
from diagnostics.core.outcome import passed
from tests.core.stories import (
    INSTANCE,
    PRIVATE_IP,
    PUBLIC_IP,
    Changes,
    attempt,
    call,
    dial,
    google,
    ports,
    private,
    public,
    settings,
    story,
    target,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED, NO_ROUTE, MISSING = (
    Reach.OPEN,
    Reach.SILENT,
    Reach.REFUSED,
    Reach.UNREACHABLE,
    Reach.MISSING,
)
NONE, PRIVATE_RANGES, ALL = EgressSetting.NONE, EgressSetting.PRIVATE_RANGES_ONLY, EgressSetting.ALL_TRAFFIC
TO_PRIVATE = target(D, host=PRIVATE_IP)
NO_PUBLIC: Changes = {CheckId.EGRESS_PUBLIC: public(SILENT), CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT)}


def revision(egress: EgressSetting, **more: object) -> RunRevision:
    return RunRevision(call=call(), egress=egress, **more)  # type: ignore[arg-type]


def found(fact: RunRevision, changes: Changes, subject: Target | None = None) -> list[Code]:
    return [finding.code for finding in findings(fact, changes, subject)]


def findings(fact: RunRevision, changes: Changes, subject: Target | None = None) -> tuple[Finding, ...]:
    subject = subject or target(S)
    return of_revision(fact, Evidence(story(subject.route, changes, subject=subject)).fact, subject)


def mount(reach: Reach) -> Changes:
    path = f"/cloudsql/{INSTANCE}/.s.PGSQL.5432"
    return {
        CheckId.SOCKET_MOUNT: passed(SocketMount(directory="/cloudsql", path=path, attempt=attempt(reach, path, 0)))
    }


# --- the egress setting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("egress", [NONE, PRIVATE_RANGES])
def test_public_silence_contradicts_a_setting_that_leaves_public_addresses_alone(egress: EgressSetting) -> None:
    (finding,) = findings(revision(egress), NO_PUBLIC)
    assert finding == Finding(code=Code.RUN_REVISION_EGRESS_CONTRADICTED, about=egress, other="all-traffic")


def test_a_private_answer_contradicts_a_revision_without_vpc() -> None:
    changes = {CheckId.EGRESS_PRIVATE: private(OPEN)}
    assert found(revision(NONE), changes) == [Code.RUN_REVISION_EGRESS_CONTRADICTED]
    assert found(revision(PRIVATE_RANGES), changes) == []


def test_all_traffic_into_a_vpc_without_a_way_out() -> None:
    assert found(revision(ALL), NO_PUBLIC) == [Code.RUN_REVISION_NO_WAY_OUT]
    assert found(revision(ALL), {CheckId.EGRESS_PUBLIC: public(OPEN)}) == []


def test_one_silent_control_address_contradicts_nothing() -> None:
    """It may be that address that is down."""
    changes = {CheckId.EGRESS_PUBLIC: public(SILENT), CheckId.EGRESS_GOOGLE_APIS: google(OPEN)}
    assert [found(revision(egress), changes) for egress in EgressSetting] == [[], [], []]


# --- a private target -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [SILENT, NO_ROUTE])
def test_a_private_target_without_a_vpc(reach: Reach) -> None:
    (finding,) = findings(revision(NONE), {CheckId.TCP_CONNECT: dial(reach, PRIVATE_IP)}, TO_PRIVATE)
    assert finding == Finding(code=Code.RUN_REVISION_NO_VPC, about=PRIVATE_IP)


@pytest.mark.parametrize("reach", [OPEN, REFUSED])
def test_a_private_target_that_answers_needs_no_vpc(reach: Reach) -> None:
    assert found(revision(NONE), {CheckId.TCP_CONNECT: dial(reach, PRIVATE_IP)}, TO_PRIVATE) == []


def test_a_public_target_needs_no_vpc() -> None:
    assert found(revision(NONE), {CheckId.TCP_CONNECT: dial(SILENT)}, target(D)) == []


def test_a_vpc_that_does_not_lead_there_is_no_contradiction() -> None:
    """Firewall, peering, a stopped instance: rules weigh them."""
    assert found(revision(PRIVATE_RANGES), {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP)}, TO_PRIVATE) == []


def test_the_socket_of_an_instance_with_a_private_address_only_needs_the_vpc_too() -> None:
    silent = {CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT, PRIVATE_IP)}
    only = silent | {CheckId.ADMIN_CONNECT_SETTINGS: passed(settings(IpType.PRIVATE))}
    both = silent | {CheckId.ADMIN_CONNECT_SETTINGS: passed(settings(IpType.PUBLIC, IpType.PRIVATE))}
    assert found(revision(NONE), only) == [Code.RUN_REVISION_NO_VPC]
    assert found(revision(NONE), both) == []


def test_a_connector_that_was_told_to_go_private_needs_the_vpc() -> None:
    silent = {CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT, PRIVATE_IP, PUBLIC_IP)}
    assert found(revision(NONE), silent, target(C, ip_type=IpType.PRIVATE)) == [Code.RUN_REVISION_NO_VPC]
    assert found(revision(NONE), silent, target(C)) == []


def test_a_private_address_outside_the_private_ranges_is_not_routed_by_them() -> None:
    """Named PRIVATE by the Admin API, and public by its looks."""
    strange = replace(settings(), addresses=(InstanceAddress(ip_type=IpType.PRIVATE, address="34.100.0.7"),))
    changes: Changes = {
        CheckId.ADMIN_CONNECT_SETTINGS: passed(strange),
        CheckId.TCP_CONNECT: dial(SILENT, "34.100.0.7"),
    }
    subject = target(D, host="34.100.0.7")
    (finding,) = findings(revision(PRIVATE_RANGES), changes, subject)
    assert finding == Finding(code=Code.RUN_REVISION_RANGE_NOT_ROUTED, about="34.100.0.7")
    assert found(revision(ALL), changes, subject) == []
    changes[CheckId.TCP_CONNECT] = dial(OPEN, "34.100.0.7")
    assert found(revision(PRIVATE_RANGES), changes, subject) == []


# --- the attached instance --------------------------------------------------------------------------------------------


def test_a_missing_socket_that_the_revision_does_not_attach() -> None:
    (finding,) = findings(revision(NONE, attached=("a:b:c",)), mount(MISSING))
    assert finding == Finding(code=Code.RUN_REVISION_NOT_ATTACHED, about=str(INSTANCE), other="a:b:c")


def test_a_missing_socket_that_another_container_mounts() -> None:
    mounts = (Mount(container="app", path="/cloudsql"),)
    (finding,) = findings(revision(NONE, attached=(str(INSTANCE),), mounts=mounts), mount(MISSING))
    assert finding == Finding(code=Code.RUN_REVISION_MOUNTED_ELSEWHERE, about=str(INSTANCE), other="app")


def test_a_socket_that_is_there_may_be_that_of_a_proxy_beside_the_app() -> None:
    assert found(revision(NONE), mount(OPEN)) == []
    assert found(revision(NONE), mount(REFUSED)) == []


def test_only_the_socket_route_needs_anything_attached() -> None:
    assert found(revision(NONE), {}, target(D)) == []
    assert found(revision(NONE), {}, target(C)) == []


def test_an_annotation_is_told_where_its_effect_is_missing() -> None:
    stray = {"stray_annotations": ("run.googleapis.com/cloudsql-instances", "run.googleapis.com/vpc-access-egress")}
    socket = findings(revision(NONE, **stray), mount(MISSING))
    assert socket[1:] == (
        Finding(code=Code.RUN_REVISION_ANNOTATION_IGNORED, about="run.googleapis.com/cloudsql-instances"),
    )
    direct = findings(revision(NONE, **stray), {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP)}, TO_PRIVATE)
    assert direct[1:] == (
        Finding(code=Code.RUN_REVISION_ANNOTATION_IGNORED, about="run.googleapis.com/vpc-access-egress"),
    )
    assert found(revision(PRIVATE_RANGES, **stray), {}) == []


def test_the_service_account_is_the_one_that_the_tokens_are_for() -> None:
    mine, other = "API@acme-prod.iam.gserviceaccount.com", "app@acme-prod.iam.gserviceaccount.com"
    assert found(revision(NONE, service_account=mine), {}) == []
    assert found(revision(NONE), {}) == []
    (finding,) = findings(revision(NONE, service_account=other), {})
    assert finding == Finding(
        code=Code.RUN_REVISION_OTHER_SERVICE_ACCOUNT, about="api@acme-prod.iam.gserviceaccount.com", other=other
    )


# --- the connector ----------------------------------------------------------------------------------------------------


def connector(state: str, ip_range: str = "10.8.0.0/28", changes: Changes | None = None) -> tuple[Finding, ...]:
    fact = VpcConnector(call=call(), name="projects/p/locations/r/connectors/staging", state=state, ip_range=ip_range)
    return of_connector(fact, Evidence(story(S, changes or {})).fact)


@pytest.mark.parametrize("state", ["READY", "UPDATING"])
def test_a_connector_that_carries_traffic_is_no_finding(state: str) -> None:
    assert connector(state) == ()


@pytest.mark.parametrize("state", ["ERROR", "CREATING", "DELETING", "STATE_UNSPECIFIED"])
def test_a_connector_in_any_other_state_is_told(state: str) -> None:
    assert connector(state) == (Finding(code=Code.VPC_CONNECTOR_NOT_READY, about="staging", other=state),)


def test_the_instance_in_the_connectors_own_range_is_told() -> None:
    (finding,) = connector("READY", "10.20.0.0/28")
    assert finding == Finding(code=Code.VPC_CONNECTOR_RANGE_OVERLAP, about="10.20.0.0/28", other=PRIVATE_IP)


@pytest.mark.parametrize("ip_range", ["", "10.9.0.0/28", "no range", "fd00::/64"])
def test_a_range_that_holds_no_address_of_the_path_is_no_finding(ip_range: str) -> None:
    assert connector("READY", ip_range) == ()


# --- healthy worlds ---------------------------------------------------------------------------------------------------


def healthy_world(dice: random.Random) -> tuple[RunRevision, Changes, Target]:
    """What Cloud Run can be configured with, and measurements that follow from it, on a path that works."""
    egress = dice.choice(list(EgressSetting))
    nat, pga = dice.random() < 0.5, dice.random() < 0.5
    public_open = egress is not ALL or nat
    choices = [target(D), target(S), target(C)] if public_open else []
    if egress is not NONE:
        choices += [TO_PRIVATE, target(C, ip_type=IpType.PRIVATE)]
    subject = dice.choice(choices)
    address = PRIVATE_IP if subject.host == PRIVATE_IP or subject.ip_type is IpType.PRIVATE else PUBLIC_IP
    measured: Changes = {
        CheckId.EGRESS_GOOGLE_APIS: google(OPEN if public_open or pga else SILENT, dice.choice([OPEN, SILENT])),
        CheckId.EGRESS_PRIVATE: private(dice.choice([OPEN, REFUSED, SILENT]) if egress is not NONE else SILENT),
        CheckId.EGRESS_INSTANCE: ports(dice.choice([OPEN, SILENT]), OPEN, address),
        CheckId.TCP_CONNECT: dial(OPEN, address, route=subject.route),
    }
    if dice.random() < 0.3:
        del measured[CheckId.EGRESS_PRIVATE]
    fact = revision(
        egress,
        networks=(VpcInterface(network="default"),) if egress is not NONE else (),
        attached=(str(INSTANCE),) if dice.random() < 0.7 else (),
        service_account=dice.choice(["", "api@acme-prod.iam.gserviceaccount.com"]),
        cpu_throttled=dice.choice([None, True, False]),
        max_instances=dice.choice([0, 1, 100]),
        stray_annotations=dice.choice([(), ("run.googleapis.com/vpc-access-egress",)]),
    )
    return fact, measured, subject


@pytest.mark.parametrize("seed", range(200))
def test_no_healthy_world_is_contradicted(seed: int) -> None:
    fact, measured, subject = healthy_world(random.Random(seed))
    assert findings(fact, measured, subject) == ()
