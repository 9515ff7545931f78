"""Row 4: which classes of address this container reaches. Measurements: silence is a fact, never a failure."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from diagnostics.checks.egress import egress_google_apis, egress_instance, egress_private, egress_public
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import (
    DnsApis,
    DnsTarget,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
)
from diagnostics.core.model import Depth, HostPort, IpType, Options, Route, SkipReason, Target, TlsMode
from diagnostics.core.observed import AddressClass, Attempt, DnsAnswer, DnsResult, InstanceAddress, Reach
from diagnostics.core.outcome import passed, skipped, unknown
from tests.checks.stage import CONNECTOR, DIRECT, PRIVATE_IP, PUBLIC_IP, RESOLVED, SETTINGS, SOCKET, env, look
from tests.fakes import FakeNetwork, Peer

SILENT, REFUSED = Peer(reach=Reach.SILENT), Peer(reach=Reach.REFUSED)
CLASSES = {PRIVATE_IP: AddressClass.PRIVATE, "199.36.153.8": AddressClass.GOOGLE_PRIVATE_VIP}
RESOLVED_API = DnsApis(
    answers=(
        DnsAnswer(
            server="system",
            name="sqladmin.googleapis.com",
            result=DnsResult.ANSWER,
            addresses=("142.250.1.95", "142.250.1.96"),
            seconds=0.002,
        ),
    )
)


def network(peers: Mapping[str, Peer]) -> FakeNetwork:
    return FakeNetwork(peers, CLASSES)


def attempt(address: str, port: int, reach: Reach = Reach.OPEN) -> Attempt:
    return Attempt(
        address=address,
        port=port,
        address_class=CLASSES.get(address, AddressClass.PUBLIC),
        reach=reach,
        seconds=1.0 if reach is Reach.SILENT else 0.0,
    )


# --- egress.google_apis -----------------------------------------------------------------------------------------------


async def test_google_is_measured_over_the_public_and_the_private_address() -> None:
    """The first address of the name, as clients take it."""
    around = env(network=network({"142.250.1.95:443": SILENT, "199.36.153.8:443": Peer()}))
    assert await look(egress_google_apis, around, RESOLVED_API) == passed(
        EgressGoogleApis(
            public_vip=attempt("142.250.1.95", 443, Reach.SILENT), private_vip=attempt("199.36.153.8", 443)
        )
    )


async def test_a_name_without_addresses_leaves_the_private_address() -> None:
    around = env(network=network({"199.36.153.8:443": SILENT}))
    expected = EgressGoogleApis(private_vip=attempt("199.36.153.8", 443, Reach.SILENT))
    assert await look(egress_google_apis, around) == passed(expected)


async def test_google_is_not_contacted_where_both_are_switched_off() -> None:
    around = env(options=Options(google_vip=None, private_vip=None))
    assert await look(egress_google_apis, around, RESOLVED_API) == passed(EgressGoogleApis())


# --- egress.public ----------------------------------------------------------------------------------------------------


async def test_a_neutral_public_address_is_measured_where_the_ladder_ended_early() -> None:
    around = env(network=network({"1.1.1.1:443": SILENT}))
    expected = EgressPublic(attempt=attempt("1.1.1.1", 443, Reach.SILENT))
    assert await look(egress_public, around, passed=(CheckId.TCP_CONNECT,)) == passed(expected)


async def test_a_healthy_path_is_no_reason_to_contact_a_third_party() -> None:
    assert await look(egress_public, env(), passed=RUNGS) == skipped(SkipReason.NOT_APPLICABLE)


@pytest.mark.parametrize("depth", Depth)
async def test_a_path_is_healthy_as_far_as_it_was_asked_for(depth: Depth) -> None:
    climbed = RUNGS[: list(Depth).index(depth) + 1]
    around = env(options=Options(depth=depth))
    assert await look(egress_public, around, passed=climbed) == skipped(SkipReason.NOT_APPLICABLE)


@pytest.mark.parametrize(
    "target",
    [SOCKET, replace(DIRECT, tls=TlsMode.DISABLE)],
    ids=["socket", "sslmode=disable"],
)
async def test_a_path_without_tls_is_healthy_at_the_depth_of_tls(target: Target) -> None:
    """A rung that the target does not use is no gap."""
    around = env(target, options=Options(depth=Depth.TLS))
    assert await look(egress_public, around, passed=(CheckId.TCP_CONNECT,)) == skipped(SkipReason.NOT_APPLICABLE)


async def test_a_path_without_tls_that_ended_early_is_not_healthy() -> None:
    around = env(SOCKET, network=network({"1.1.1.1:443": Peer()}))
    outcome = await look(egress_public, around, passed=(CheckId.TCP_CONNECT,))
    assert outcome == passed(EgressPublic(attempt=attempt("1.1.1.1", 443)))


async def test_a_public_address_that_is_switched_off_is_unknown() -> None:
    around = env(options=Options(control_public=None))
    assert await look(egress_public, around) == unknown(SkipReason.NOT_CONFIGURED, needs="CLOUDSQL_DIAG_CONTROL_PUBLIC")


async def test_without_a_target_the_public_address_is_measured_all_the_same() -> None:
    around = env(None, network=network({"1.1.1.1:443": Peer()}))
    assert await look(egress_public, around) == passed(EgressPublic(attempt=attempt("1.1.1.1", 443)))


# --- egress.private ---------------------------------------------------------------------------------------------------


async def test_private_addresses_that_the_settings_name_are_measured() -> None:
    controls = (HostPort(host=PRIVATE_IP, port=6379), HostPort(host="10.20.0.9", port=443))
    around = env(
        options=Options(control_private=controls),
        network=network({f"{PRIVATE_IP}:6379": REFUSED, "10.20.0.9:443": SILENT}),
    )
    expected = (attempt(PRIVATE_IP, 6379, Reach.REFUSED), attempt("10.20.0.9", 443, Reach.SILENT))
    assert await look(egress_private, around) == passed(EgressPrivate(attempts=expected))


async def test_without_a_private_address_the_way_there_is_unknown() -> None:
    assert await look(egress_private, env()) == unknown(
        SkipReason.NOT_CONFIGURED, needs="CLOUDSQL_DIAG_CONTROL_PRIVATE"
    )


# --- egress.instance --------------------------------------------------------------------------------------------------


async def test_every_address_of_the_instance_is_measured_on_both_ports() -> None:
    private = InstanceAddress(ip_type=IpType.PRIVATE, address=PRIVATE_IP)
    around = env(
        CONNECTOR,
        network=network(
            {
                f"{PUBLIC_IP}:5432": SILENT,
                f"{PUBLIC_IP}:3307": SILENT,
                f"{PRIVATE_IP}:5432": REFUSED,
                f"{PRIVATE_IP}:3307": Peer(),
            }
        ),
    )
    outcome = await look(egress_instance, around, replace(SETTINGS, addresses=(*SETTINGS.addresses, private)))
    assert outcome == passed(
        EgressInstance(
            attempts=(
                attempt(PUBLIC_IP, 5432, Reach.SILENT),
                attempt(PUBLIC_IP, 3307, Reach.SILENT),
                attempt(PRIVATE_IP, 5432, Reach.REFUSED),
                attempt(PRIVATE_IP, 3307),
            )
        )
    )


async def test_the_configured_address_is_one_of_the_instances_on_the_direct_route() -> None:
    """Once, also where the Admin API names it too."""
    around = env(network=network({f"{PRIVATE_IP}:5432": Peer(), f"{PRIVATE_IP}:3307": SILENT}))
    settings = replace(SETTINGS, addresses=(InstanceAddress(ip_type=IpType.PRIVATE, address=PRIVATE_IP),))
    expected = EgressInstance(attempts=(attempt(PRIVATE_IP, 5432), attempt(PRIVATE_IP, 3307, Reach.SILENT)))
    assert await look(egress_instance, around, settings, RESOLVED) == passed(expected)
    assert await look(egress_instance, around, RESOLVED) == passed(expected)


@pytest.mark.parametrize("route", [Route.CONNECTOR, None])
async def test_without_any_address_the_way_to_the_instance_is_unknown(route: Route | None) -> None:
    around = env(CONNECTOR if route else None)
    assert await look(egress_instance, around) == unknown(
        SkipReason.NOT_CONFIGURED, needs="the addresses, from the Admin API"
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_the_containers_own_address_is_none_of_the_instances(address: str) -> None:
    """A proxy beside the app listens there."""
    outcome = await look(egress_instance, env(), DnsTarget(host="localhost", addresses=(address,)))
    assert outcome.reason is SkipReason.NOT_CONFIGURED


async def test_an_endpoint_that_only_its_name_leads_to_is_one_of_the_instances() -> None:
    """The Admin API never names the address of a Private Service Connect endpoint: it is the customer's."""
    around = env(CONNECTOR, network=network({f"{PRIVATE_IP}:5432": Peer(), f"{PRIVATE_IP}:3307": SILENT}))
    resolved = DnsTarget(host="x.sql-psc.goog", addresses=(PRIVATE_IP,))
    assert await look(egress_instance, around, resolved) == passed(
        EgressInstance(attempts=(attempt(PRIVATE_IP, 5432), attempt(PRIVATE_IP, 3307, Reach.SILENT)))
    )


def test_measurements_prove_nothing_by_their_deadline_and_stay_on_google_cloud() -> None:
    for declared in (egress_google_apis, egress_public, egress_private, egress_instance):
        assert (declared.on_timeout, declared.cloud_only, declared.requires) == (None, True, ())
