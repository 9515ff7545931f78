"""What the model says of single worlds, through the facts that an agent in them would record."""

import time

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.looks import Look
from diagnostics.diagnosis.network.observed import observed
from diagnostics.diagnosis.network.priors import COUNTS
from diagnostics.diagnosis.network.verdict import NetworkDiagnosis, diagnose_network
from diagnostics.diagnosis.network.world import Nat
from tests.core.network_world import Names, World, run

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
PUBLIC, PRIVATE, PSC = IpType.PUBLIC, IpType.PRIVATE, IpType.PSC
ALL, NONE = EgressSetting.ALL_TRAFFIC, EgressSetting.NONE
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE


def a(**settings: object) -> World:
    return World(**settings)  # type: ignore[arg-type]


def asked(world: World, route: Route, kind: IpType) -> NetworkDiagnosis:
    seen = observed(Evidence(run(world, route, kind)))
    found = diagnose_network(seen.observations, seen.cases)
    assert found is not None
    return found


WITHOUT_NAT = {"egress": ALL, "nat": False, "types": (PUBLIC,)}
ROWS: list[tuple[World, Route, IpType, Cause, Confidence]] = [
    # From the container alone a way out that is missing looks like a connector that is broken.
    (a(**WITHOUT_NAT, pga=False, redis=None), S, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, POSSIBLE),
    (a(**WITHOUT_NAT), S, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, LIKELY),
    (a(**WITHOUT_NAT, viewer=True), C, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, PROVEN),
    (a(names=Names.PRIVATE, pga=False), C, PUBLIC, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, POSSIBLE),
    (a(egress=NONE, types=(PRIVATE,)), D, PRIVATE, Cause.VPC_NO_EGRESS, POSSIBLE),
    (a(egress=NONE, types=(PRIVATE,), viewer=True), S, PRIVATE, Cause.VPC_NO_EGRESS, PROVEN),
    (a(types=(PRIVATE,), other_range=True, viewer=True), D, PRIVATE, Cause.VPC_NO_EGRESS, PROVEN),
    (a(types=(PRIVATE,), peering=False), D, PRIVATE, Cause.VPC_PSA_MISCONFIGURED, POSSIBLE),
    (a(types=(PRIVATE,), peering=False, viewer=True, network="b"), S, PRIVATE, Cause.VPC_PSA_MISCONFIGURED, PROVEN),
    (a(types=(PSC,), psc=False), C, PSC, Cause.VPC_PSC_NOT_ACCEPTED, POSSIBLE),
    (a(types=(PRIVATE,), denied=frozenset({5432})), D, PRIVATE, Cause.VPC_FIREWALL_DROP, LIKELY),
    (a(connector="ERROR", types=(PRIVATE,), viewer=True), D, PRIVATE, Cause.VPC_CONNECTOR_UNHEALTHY, PROVEN),
    (a(types=(PUBLIC,)), D, PUBLIC, Cause.NET_AUTHORIZED_NETWORKS, PROVEN),
    (a(types=(PRIVATE,), connectors_only=True), D, PRIVATE, Cause.INSTANCE_CONNECTOR_REQUIRED, PROVEN),
    (a(running=False), S, PUBLIC, Cause.INSTANCE_NOT_RUNNING, PROVEN),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1].value}-{row[2].value}-{row[3].value}")
def test_one_world_one_cause(row: tuple[World, Route, IpType, Cause, Confidence]) -> None:
    world, route, kind, cause, confidence = row
    found = asked(world, route, kind)
    assert (found.cause, found.confidence) == (cause, confidence)


def test_what_was_seen_against_a_cause_is_cited() -> None:
    found = asked(a(**WITHOUT_NAT), S, PUBLIC)
    refuted = {each.cause: each.because for each in found.excluded}
    assert refuted[Cause.VPC_CONNECTOR_UNHEALTHY] == (Look.API,)
    assert found.hypotheses[0].deviations == (Nat.MISSING,)


def test_a_young_instance_is_never_blamed_before_it_has_opened() -> None:
    silent = asked(a(**WITHOUT_NAT, pga=False, redis=None), C, PUBLIC)
    assert silent.cause is not Cause.VPC_WARMING_UP
    assert Cause.VPC_WARMING_UP in {each.cause for each in silent.alternatives}


def test_the_trial_that_tells_most_is_named() -> None:
    assert asked(a(**WITHOUT_NAT, pga=False, redis=None), C, PUBLIC).trial is Look.AFTER_WAITING


def test_every_count_is_of_a_deviation_that_was_met() -> None:
    assert all(count.threads + count.reports for count in COUNTS.values())


def test_a_diagnosis_is_within_its_budget() -> None:
    """20 ms warm; CPU time, because the machine may have other things to do."""
    seen = observed(Evidence(run(a(**WITHOUT_NAT, pga=False, redis=None), S, PUBLIC)))
    diagnose_network(seen.observations, seen.cases)
    began = time.process_time()
    diagnose_network(seen.observations, seen.cases)
    assert time.process_time() - began < 0.02
