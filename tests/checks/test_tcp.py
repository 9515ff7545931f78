"""Row 9, first rung: the addresses of the target, one at a time, in the order the app's driver takes them."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from diagnostics.checks.tcp import LIMIT, tcp_connect
from diagnostics.climb import Climb
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminConnectSettings, DnsTarget, Fact, TcpConnect
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, IpType, Route, Target
from diagnostics.core.observed import AddressClass, Attempt, InstanceAddress, Reach
from diagnostics.core.outcome import Outcome, passed, warned
from tests.checks.stage import (
    CONNECTOR,
    DIRECT,
    INSTANCE,
    PRIVATE_IP,
    PSC_NAME,
    PUBLIC_IP,
    SETTINGS,
    SOCKET,
    climb,
    env,
    facts,
    fails,
)
from tests.fakes import FakeClock, FakeNetwork, Peer

V6, V4 = "2600:1900::7", "10.20.0.3"
SILENT, OPEN = Peer(reach=Reach.SILENT), Peer()
UNREACHABLE, REFUSED = Peer(reach=Reach.UNREACHABLE), Peer(reach=Reach.REFUSED)


async def dial(peers: Mapping[str, Peer], *known: Fact, target: Target = DIRECT) -> tuple[Outcome, list[str]]:
    clock = FakeClock()
    network = FakeNetwork(peers, {V4: AddressClass.PRIVATE}, clock)
    climbed = await climb(env(target, network=network, clock=clock), *known, to=CheckId.TCP_CONNECT)
    return climbed.last, network.dialled


def resolved(*addresses: str) -> DnsTarget:
    return DnsTarget(host="db.internal", addresses=addresses)


def attempt(address: str, reach: Reach, seconds: float = 0.0, port: int = 5432) -> Attempt:
    return Attempt(
        address=address,
        port=port,
        address_class=AddressClass.PRIVATE if address == V4 else AddressClass.PUBLIC,
        reach=reach,
        seconds=seconds,
    )


def direct(*attempts: Attempt) -> TcpConnect:
    return TcpConnect(route=Route.DIRECT, attempts=attempts)


async def test_the_first_address_that_accepts_is_the_last_one_tried() -> None:
    outcome, dialled = await dial({f"{V4}:5432": OPEN}, resolved(V4, V6))
    assert outcome == passed(direct(attempt(V4, Reach.OPEN)))
    assert dialled == [f"{V4}:5432"]


async def test_a_silent_first_address_is_a_warning() -> None:
    """The app pays for it with every new connection, and gets in."""
    outcome, _ = await dial({f"[{V6}]:5432": SILENT, f"{V4}:5432": OPEN}, resolved(V6, V4))
    fact = direct(attempt(V6, Reach.SILENT, LIMIT / 2), attempt(V4, Reach.OPEN))
    assert outcome == warned(fact, Finding(code=Code.TCP_CONNECT_FIRST_ADDRESS_SILENT, about=V6))


async def test_a_refused_first_address_costs_nothing_and_is_none() -> None:
    outcome, _ = await dial({f"[{V6}]:5432": REFUSED, f"{V4}:5432": OPEN}, resolved(V6, V4))
    assert outcome == passed(direct(attempt(V6, Reach.REFUSED), attempt(V4, Reach.OPEN)))


async def test_silent_addresses_share_the_time_of_one() -> None:
    addresses = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    outcome, dialled = await dial({f"{address}:5432": SILENT for address in addresses}, resolved(*addresses))
    assert outcome.findings == (Finding(code=Code.TCP_CONNECT_SILENT, about="10.0.0.1:5432"),)
    assert isinstance(outcome.fact, TcpConnect)
    assert [round(tried.seconds, 6) for tried in outcome.fact.attempts] == [1.0, 1.0, 1.0]
    assert dialled == [f"{address}:5432" for address in addresses]
    assert tcp_connect.timeout > LIMIT


@pytest.mark.parametrize("addresses", [(V6, V4), (V4, V6)], ids=["IPv6 first", "IPv4 first"])
async def test_a_missing_address_family_says_less_than_silence(addresses: tuple[str, ...]) -> None:
    """A container without IPv6 has no way to the AAAA record; the address that was tried for real is named."""
    outcome, _ = await dial({f"[{V6}]:5432": UNREACHABLE, f"{V4}:5432": SILENT}, resolved(*addresses))
    assert outcome.findings == (Finding(code=Code.TCP_CONNECT_SILENT, about=f"{V4}:5432"),)


async def test_a_fast_failure_leaves_its_time_to_the_next_address() -> None:
    outcome, _ = await dial({f"[{V6}]:5432": UNREACHABLE, f"{V4}:5432": SILENT}, resolved(V6, V4))
    assert outcome.fact == direct(attempt(V6, Reach.UNREACHABLE), attempt(V4, Reach.SILENT, LIMIT))


@pytest.mark.parametrize(
    "reach, slug",
    [
        (Reach.REFUSED, "refused"),
        (Reach.UNREACHABLE, "unreachable"),
        (Reach.RESET, "reset"),
        (Reach.PERMISSION_DENIED, "permission_denied"),
    ],
)
async def test_a_single_address_names_what_it_met(reach: Reach, slug: str) -> None:
    outcome, _ = await dial({f"[{V6}]:5432": Peer(reach=reach)}, resolved(V6))
    expected = fails(Code(f"tcp.connect.{slug}"), f"[{V6}]:5432", fact=direct(attempt(V6, reach)))
    assert outcome == expected


@pytest.mark.parametrize("reach", [Reach.MISSING, Reach.NOT_A_SOCKET])
async def test_a_socket_that_went_away_is_missing(reach: Reach) -> None:
    """It was there a moment ago, when socket.mount looked."""
    path = f"/cloudsql/{INSTANCE}/.s.PGSQL.5432"
    outcome, _ = await dial({path: Peer(reach=reach)}, target=SOCKET)
    attempts = (Attempt(address=path, address_class=AddressClass.LOOPBACK, reach=reach, seconds=0.0),)
    fact = TcpConnect(route=Route.SOCKET, attempts=attempts)
    assert outcome == fails(Code.TCP_CONNECT_SOCKET_MISSING, path, fact=fact)


async def test_the_socket_of_the_configured_port_is_dialled() -> None:
    _, dialled = await dial(
        {"/run/postgresql/.s.PGSQL.6432": OPEN}, target=replace(SOCKET, host="/run/postgresql", port=6432)
    )
    assert dialled == ["/run/postgresql/.s.PGSQL.6432"]


@pytest.mark.parametrize(
    "ip_type, settings, known, address",
    [
        (IpType.PUBLIC, SETTINGS, (), PUBLIC_IP),
        (
            IpType.PRIVATE,
            replace(
                SETTINGS, addresses=(*SETTINGS.addresses, InstanceAddress(ip_type=IpType.PRIVATE, address=PRIVATE_IP))
            ),
            (),
            PRIVATE_IP,
        ),
        (
            IpType.PSC,
            replace(SETTINGS, psc_enabled=True, dns_names=(PSC_NAME,)),
            (DnsTarget(host=PSC_NAME, addresses=("10.9.0.2",)),),
            "10.9.0.2",
        ),
    ],
    ids=["public", "private", "psc"],
)
async def test_a_connector_dials_the_proxy_port_of_the_address_of_its_type(
    ip_type: IpType, settings: AdminConnectSettings, known: tuple[Fact, ...], address: str
) -> None:
    target = replace(CONNECTOR, ip_type=ip_type)
    outcome, dialled = await dial({f"{address}:3307": OPEN}, settings, *known, target=target)
    assert dialled == [f"{address}:3307"]
    assert outcome == passed(TcpConnect(route=Route.CONNECTOR, attempts=(attempt(address, Reach.OPEN, port=3307),)))


async def test_the_connection_is_kept_for_the_next_rung() -> None:
    peer = Peer()
    network = FakeNetwork({f"{V4}:5432": peer})
    ladder = Climb(network)
    around = env(network=network)
    await tcp_connect.evaluate(ladder, around, facts(tcp_connect, around, resolved(V4)))
    assert (ladder.endpoint and ladder.endpoint.label, peer.farewells) == (f"{V4}:5432", [])
    await ladder.stream.send(b"x")
    assert peer.heard == [b"x"]
