"""What the model says of single worlds, through the facts that an agent in them would record."""

import time

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.looks import Look, Met, Observations
from diagnostics.diagnosis.network.observed import observed
from diagnostics.diagnosis.network.priors import COUNTS
from diagnostics.diagnosis.network.verdict import NetworkDiagnosis, diagnose_network
from diagnostics.diagnosis.network.world import ApiNames, Case, Nat
from tests.core.network_world import World, run

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
PUBLIC, PRIVATE = IpType.PUBLIC, IpType.PRIVATE


def a(**settings: object) -> World:
    return World(**settings)  # type: ignore[arg-type]


def asked(world: World, route: Route, kind: IpType) -> NetworkDiagnosis:
    seen = observed(Evidence(run(world, route, kind)))
    found = diagnose_network(seen.observations, seen.cases)
    assert found is not None
    return found


TO_PUBLIC = Case(route=C, leads_to=PUBLIC, port=3307, api_names=ApiNames.PUBLIC)
WITHOUT_NAT = {"egress": EgressSetting.ALL_TRAFFIC, "nat": False, "types": (PUBLIC,)}


def test_what_passes_by_itself_is_left_to_a_trial() -> None:
    """All that was tried first is silent, and a neutral address answers last: only a way that opened explains it."""
    seen = Observations(
        path=Met.SILENT, path_5432=Met.SILENT, path_3307=Met.SILENT, google=Met.SILENT, neutral=Met.ANSWERED
    )
    to_public = msgspec.structs.replace(TO_PUBLIC, route=D, port=5432)
    assert diagnose_network(seen, [to_public]) is None
    waited = diagnose_network(msgspec.structs.replace(seen, after_waiting=Met.ANSWERED), [to_public])
    assert waited is not None
    assert waited.cause is Cause.VPC_WARMING_UP


def test_silence_by_itself_says_nothing_of_why() -> None:
    assert diagnose_network(Observations(path=Met.SILENT, api=Met.SILENT), [TO_PUBLIC]) is None


def test_a_measurement_that_contradicts_the_others_is_doubted() -> None:
    """The API answered, and a packet to the same address was lost: what is left is no more than possible."""
    seen = Observations(
        path=Met.SILENT, api=Met.ANSWERED, google=Met.SILENT, google_private=Met.SILENT, neutral=Met.ANSWERED
    )
    to_private = msgspec.structs.replace(TO_PUBLIC, route=D, leads_to=PRIVATE, port=5432)
    found = diagnose_network(seen, [to_private])
    assert found is not None
    assert (found.doubted, found.cause, found.confidence) == (Look.GOOGLE, Cause.VPC_NO_EGRESS, Confidence.POSSIBLE)
    assert found.excluded == ()
    assert Cause.VPC_WARMING_UP in {each.cause for each in found.alternatives}


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
