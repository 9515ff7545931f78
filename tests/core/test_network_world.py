"""Every combination of network settings: what is named is really wrong, and what is proven is never something else."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import EgressSetting
from tests.core.network_world import Names, World, run

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
ALL, PRIVATE_ONLY, NONE = EgressSetting.ALL_TRAFFIC, EgressSetting.PRIVATE_RANGES_ONLY, EgressSetting.NONE
PUBLIC, PRIVATE, PSC = IpType.PUBLIC, IpType.PRIVATE, IpType.PSC
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE

MENDED: tuple[tuple[Cause, dict[str, object]], ...] = (
    (Cause.VPC_NO_EGRESS, {"egress": PRIVATE_ONLY}),
    (Cause.VPC_NO_EGRESS, {"other_range": False}),
    (Cause.VPC_CONNECTOR_UNHEALTHY, {"connector": "READY"}),
    (Cause.VPC_NAT_MISSING_OR_EXHAUSTED, {"nat": True}),
    (Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, {"pga": True}),
    (Cause.VPC_PSA_MISCONFIGURED, {"peering": True}),
    (Cause.VPC_PSC_NOT_ACCEPTED, {"psc": True}),
    (Cause.VPC_FIREWALL_DROP, {"denied": frozenset()}),
    (Cause.NET_AUTHORIZED_NETWORKS, {"authorized": "all"}),
    (Cause.INSTANCE_CONNECTOR_REQUIRED, {"connectors_only": False}),
    (Cause.INSTANCE_NOT_RUNNING, {"running": True}),
)
"""What would have to be changed for each cause to be gone."""


def works(world: World, route: Route, kind: IpType) -> bool:
    """Whether the app's path is there."""
    if route is D:
        return world.reaches(world.address(kind), 5432)
    taken = kind if route is C else PUBLIC if PUBLIC in world.types else world.types[0]
    return world.reaches(world.names, 443) and world.reaches(world.address(taken), 3307)


def wrong(world: World, route: Route, kind: IpType) -> set[Cause]:
    """Every cause that belongs to some smallest set of changes after which the path works."""
    applies = [(cause, change) for cause, change in MENDED if _differs(world, change)]
    for size in range(1, len(applies) + 1):
        repairs = [chosen for chosen in itertools.combinations(applies, size) if _mends(world, chosen, route, kind)]
        if repairs:
            return {cause for chosen in repairs for cause, _ in chosen}
    return set()


def _differs(world: World, change: dict[str, object]) -> bool:
    # Without a VPC there is no connector in it to be broken.
    (name, value), *_ = change.items()
    now = getattr(world, name)
    return now != value and not (name == "connector" and now == "") and not (name == "egress" and now is ALL)


def _mends(world: World, chosen: tuple[tuple[Cause, dict[str, object]], ...], route: Route, kind: IpType) -> bool:
    changes = {name: value for _, change in chosen for name, value in change.items()}
    return works(replace(world, **changes), route, kind)  # type: ignore[arg-type]


def _product(**choices: tuple[object, ...]) -> Iterator[World]:
    for values in itertools.product(*choices.values()):
        yield World(**dict(zip(choices, values, strict=True)))  # type: ignore[arg-type]


BOOL = (True, False)
PORTS: tuple[frozenset[int], ...] = (
    frozenset(),
    frozenset({3307}),
    frozenset({5432}),
    frozenset({443}),
    frozenset({3307, 5432}),
)
MATRIX = [
    *_product(
        egress=tuple(EgressSetting),
        nat=BOOL,
        pga=BOOL,
        types=((PUBLIC,), (PRIVATE,)),
        peering=BOOL,
        denied=PORTS,
        viewer=BOOL,
        redis=(True, None),
    ),
    *_product(
        egress=tuple(EgressSetting), names=tuple(Names), nat=BOOL, pga=BOOL, viewer=BOOL, redis=(True, False, None)
    ),
    *_product(
        egress=tuple(EgressSetting),
        connector=("READY", "ERROR", "CREATING"),
        nat=BOOL,
        types=((PUBLIC,), (PRIVATE,)),
        viewer=BOOL,
        redis=(True, None),
    ),
    *_product(
        egress=tuple(EgressSetting),
        types=((PUBLIC,), (PRIVATE,), (PUBLIC, PRIVATE), (PRIVATE, PUBLIC)),
        authorized=("", "nat", "all"),
        connectors_only=BOOL,
        running=BOOL,
        denied=PORTS,
        viewer=BOOL,
    ),
    *_product(
        egress=tuple(EgressSetting),
        types=((PRIVATE,),),
        other_range=BOOL,
        peering=BOOL,
        nat=BOOL,
        viewer=BOOL,
        redis=(True, None),
    ),
    *_product(
        egress=tuple(EgressSetting), types=((PSC,),), psc=BOOL, nat=BOOL, denied=PORTS, viewer=BOOL, redis=(True, None)
    ),
]


@pytest.mark.parametrize("route", Route)
def test_what_is_named_or_offered_is_what_would_have_to_be_changed(route: Route) -> None:
    """Over all worlds, and with each of the instance's addresses: a wrong diagnosis is worse than none."""
    found = []
    for world in MATRIX:
        for kind in world.types:
            if (kind is PSC and route is S) or hidden(world, route, kind):
                continue
            problem = _judged(world, route, kind)
            if problem:
                found.append((problem, world, kind))
    assert not found, f"{len(found)} worlds, the first: {found[:3]}"


def hidden(world: World, route: Route, kind: IpType) -> bool:
    """Whether nothing can tell a public address that does not answer from one that has no way.

    Every other public address that is tried, and the Admin API, is on 443.
    """
    return route is D and kind is PUBLIC and world.egress is ALL and 443 in world.denied and not world.running


def _judged(world: World, route: Route, kind: IpType) -> str:
    diagnoses, truth = diagnose(run(world, route, kind)), wrong(world, route, kind)
    if works(world, route, kind):
        return "a diagnosis of a path that works" if diagnoses else ""
    if len(diagnoses) != 1:
        return f"{len(diagnoses)} diagnoses"
    (named,) = diagnoses
    offered = set() if named.confidence is PROVEN else {*named.alternatives}
    if named.cause in truth or truth & offered:
        return ""
    return f"{named.cause} {named.confidence} of {sorted(truth)}, offered {sorted(offered)}"


def a(**settings: object) -> World:
    return World(**settings)  # type: ignore[arg-type]


Row = tuple[World, Route, IpType, Cause, Confidence]
NO_NAT = {"egress": ALL, "nat": False}
ROWS: list[Row] = [
    # All traffic through a VPC without a way out: from the container alone, and with the revision to read.
    (a(**NO_NAT, pga=False, types=(PUBLIC,), redis=None), S, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, LIKELY),
    (a(**NO_NAT, pga=False, types=(PUBLIC,), redis=None), C, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, LIKELY),
    (a(**NO_NAT, types=(PUBLIC,)), S, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, LIKELY),
    (a(**NO_NAT, types=(PUBLIC,), viewer=True), S, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, PROVEN),
    (a(**NO_NAT, types=(PUBLIC,), viewer=True), C, PUBLIC, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, PROVEN),
    (
        a(**NO_NAT, types=(PUBLIC,), viewer=True, authorized="all"),
        D,
        PUBLIC,
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        PROVEN,
    ),
    # Google's APIs have no way, the database has.
    (a(**NO_NAT, pga=False, types=(PRIVATE,)), C, PRIVATE, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, LIKELY),
    (a(names=Names.PRIVATE, pga=False), C, PUBLIC, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, LIKELY),
    (a(names=Names.RESTRICTED, pga=False), S, PUBLIC, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, LIKELY),
    (a(names=Names.PRIVATE, egress=NONE), S, PUBLIC, Cause.VPC_NO_EGRESS, LIKELY),
    # No VPC, or not for this range.
    (a(egress=NONE, types=(PRIVATE,)), D, PRIVATE, Cause.VPC_NO_EGRESS, LIKELY),
    (a(egress=NONE, types=(PRIVATE,), viewer=True), D, PRIVATE, Cause.VPC_NO_EGRESS, PROVEN),
    (a(egress=NONE, types=(PRIVATE,), viewer=True), S, PRIVATE, Cause.VPC_NO_EGRESS, PROVEN),
    (a(egress=NONE, types=(PSC,), viewer=True), C, PSC, Cause.VPC_NO_EGRESS, PROVEN),
    (a(types=(PRIVATE,), other_range=True), S, PRIVATE, Cause.VPC_NO_EGRESS, LIKELY),
    (a(types=(PRIVATE,), other_range=True, viewer=True), D, PRIVATE, Cause.VPC_NO_EGRESS, PROVEN),
    # The VPC is there, and its way to the instance is not.
    (a(types=(PRIVATE,), peering=False), D, PRIVATE, Cause.VPC_PSA_MISCONFIGURED, POSSIBLE),
    (a(types=(PRIVATE,), peering=False, redis=None), S, PRIVATE, Cause.VPC_PSA_MISCONFIGURED, POSSIBLE),
    (a(types=(PSC,), psc=False), C, PSC, Cause.VPC_PSC_NOT_ACCEPTED, LIKELY),
    (a(types=(PSC,), psc=False), D, PSC, Cause.VPC_PSC_NOT_ACCEPTED, LIKELY),
    # A firewall tells ports apart; it sees only what goes through the VPC.
    (a(types=(PRIVATE,), denied=frozenset({3307})), S, PRIVATE, Cause.VPC_FIREWALL_DROP, LIKELY),
    (a(types=(PRIVATE,), denied=frozenset({5432})), D, PRIVATE, Cause.VPC_FIREWALL_DROP, LIKELY),
    (a(egress=ALL, types=(PUBLIC,), denied=frozenset({3307})), C, PUBLIC, Cause.VPC_FIREWALL_DROP, LIKELY),
    (a(egress=ALL, authorized="all", denied=frozenset({5432})), D, PUBLIC, Cause.VPC_FIREWALL_DROP, LIKELY),
    (a(types=(PSC,), denied=frozenset({3307})), C, PSC, Cause.VPC_FIREWALL_DROP, LIKELY),
    # Nothing of the instance answers, over two ways that both carry packets: what they share comes first.
    (a(egress=ALL, denied=frozenset({3307, 5432})), D, PRIVATE, Cause.TCP_TIMEOUT, POSSIBLE),
    (a(egress=ALL, denied=frozenset({3307, 5432})), C, PUBLIC, Cause.TCP_TIMEOUT, POSSIBLE),
    (a(egress=ALL, denied=frozenset({3307, 5432})), S, PUBLIC, Cause.TCP_TIMEOUT, POSSIBLE),
    # A connector that carries nothing.
    (a(connector="ERROR", types=(PRIVATE,), viewer=True), S, PRIVATE, Cause.VPC_CONNECTOR_UNHEALTHY, PROVEN),
    (a(connector="CREATING", types=(PRIVATE,), viewer=True), D, PRIVATE, Cause.VPC_CONNECTOR_UNHEALTHY, PROVEN),
    (a(connector="ERROR", egress=ALL, types=(PUBLIC,)), S, PUBLIC, Cause.VPC_CONNECTOR_UNHEALTHY, POSSIBLE),
    # Who may connect.
    (a(types=(PUBLIC,)), D, PUBLIC, Cause.NET_AUTHORIZED_NETWORKS, PROVEN),
    (a(types=(PUBLIC,), authorized="nat"), D, PUBLIC, Cause.NET_AUTHORIZED_NETWORKS, LIKELY),
    (a(types=(PUBLIC,), connectors_only=True, authorized="all"), D, PUBLIC, Cause.INSTANCE_CONNECTOR_REQUIRED, PROVEN),
    (a(types=(PRIVATE,), connectors_only=True), D, PRIVATE, Cause.INSTANCE_CONNECTOR_REQUIRED, PROVEN),
    (a(running=False), S, PUBLIC, Cause.INSTANCE_NOT_RUNNING, PROVEN),
    (a(running=False, egress=NONE), C, PUBLIC, Cause.INSTANCE_NOT_RUNNING, PROVEN),
]


def row_id(row: Row) -> str:
    world, route, kind, cause, _ = row
    return f"{route.value}-{kind.value}-{cause.value}-{ROWS.index(row)}-{world.egress.value}"


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_one_world_one_cause(row: Row) -> None:
    world, route, kind, cause, confidence = row
    assert [(found.cause, found.confidence) for found in diagnose(run(world, route, kind))] == [(cause, confidence)]


def test_a_revision_in_another_network_than_the_instance_cannot_reach_it() -> None:
    """Peerings do not chain."""
    elsewhere = a(types=(PRIVATE,), peering=False, viewer=True, network="other")
    assert [(d.cause, d.confidence) for d in diagnose(run(elsewhere, S, PRIVATE))] == [
        (Cause.VPC_PSA_MISCONFIGURED, PROVEN)
    ]
