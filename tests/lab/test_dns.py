import socket
from collections.abc import Iterator
from time import monotonic

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from msgspec.structs import replace

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.dns import SLOW_SECONDS, NameServer
from diagnostics.lab.keys import world_of
from diagnostics.lab.names import zone
from diagnostics.lab.plan import on_loopback
from diagnostics.lab.spot import Spot
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.world import World


@pytest.fixture
def server(switchboard: Switchboard, addresses: Addresses) -> Iterator[NameServer]:
    plan = on_loopback(addresses)
    server = NameServer(switchboard, replace(plan, resolver=Spot(address=addresses.resolver)))
    server.start()
    yield server
    server.stop()


def ask(
    server: NameServer, name: str, kind: str = "A", *, tcp: bool = False, timeout: float = 5
) -> dns.message.Message:
    address, port = server.place
    send = dns.query.tcp if tcp else dns.query.udp
    return send(dns.message.make_query(name, kind), address, timeout=timeout, port=port)


def texts(response: dns.message.Message) -> list[str]:
    return [record.to_text() for rrset in response.answer for record in rrset]


@pytest.mark.parametrize("tcp", [False, True])
def test_names_of_the_world_have_its_addresses(
    server: NameServer, world: World, addresses: Addresses, *, tcp: bool
) -> None:
    assert texts(ask(server, world.host_name, tcp=tcp)) == [addresses.public]
    assert texts(ask(server, world.dns_name, tcp=tcp)) == [addresses.public]
    assert texts(ask(server, "sqladmin.googleapis.com", tcp=tcp)) == [addresses.google_vip]
    assert texts(ask(server, "metadata.google.internal", tcp=tcp)) == [addresses.metadata]


def test_the_apps_name_carries_the_instance_for_connectors(server: NameServer, world: World) -> None:
    assert texts(ask(server, world.host_name, "TXT")) == [f'"{world.connection_name}"']


def test_a_name_without_such_a_record_exists(server: NameServer, world: World) -> None:
    response = ask(server, world.host_name, "AAAA")
    assert (response.rcode(), response.answer) == (dns.rcode.NOERROR, [])


def test_case_does_not_matter(server: NameServer, world: World, addresses: Addresses) -> None:
    assert texts(ask(server, world.host_name.upper())) == [addresses.public]


def test_a_name_that_no_zone_holds_does_not_exist(server: NameServer, world: World) -> None:
    assert ask(server, world.absent_host_name).rcode() == dns.rcode.NXDOMAIN


def test_an_unknown_name_of_googles_own_zone_fails(server: NameServer) -> None:
    """So does Cloud Run's resolver; it is no outage."""
    assert ask(server, "unknown.google.internal").rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize("tcp", [False, True])
def test_servfail_fails_for_every_name_until_it_is_off(
    server: NameServer, switchboard: Switchboard, world: World, addresses: Addresses, *, tcp: bool
) -> None:
    switchboard.on("servfail")
    response = ask(server, world.host_name, tcp=tcp)
    assert (response.rcode(), response.answer) == (dns.rcode.SERVFAIL, [])
    switchboard.off("servfail")
    assert texts(ask(server, world.host_name, tcp=tcp)) == [addresses.public]


@pytest.mark.parametrize("tcp", [False, True])
def test_drop_says_nothing(server: NameServer, switchboard: Switchboard, world: World, *, tcp: bool) -> None:
    switchboard.on("resolver-drop")
    with pytest.raises(dns.exception.Timeout):
        ask(server, world.host_name, tcp=tcp, timeout=0.2)


def test_slow_answers_late_and_queries_do_not_wait_for_each_other(
    server: NameServer, switchboard: Switchboard, world: World, addresses: Addresses
) -> None:
    """A and AAAA are asked for at once; the second must not take twice as long."""
    switchboard.on("slow-resolver")
    place = server.place
    queries = [dns.message.make_query(world.host_name, kind).to_wire() for kind in ("A", "AAAA")]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        began = monotonic()
        for query in queries:
            client.sendto(query, place)
        answers = [dns.message.from_wire(client.recv(4096)) for _ in queries]
    assert SLOW_SECONDS <= monotonic() - began < 2 * SLOW_SECONDS
    assert [text for answer in answers for text in texts(answer)] == [addresses.public]


def test_garbage_and_answers_are_ignored(server: NameServer, world: World) -> None:
    """Whoever answers answers can be made to talk to itself."""
    address, port = server.place
    reply = dns.message.make_response(dns.message.make_query(world.host_name, dns.rdatatype.A))
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(reply, address, timeout=0.2, port=port)
    assert ask(server, world.host_name).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    "fault, code", [("api-names-fail", dns.rcode.SERVFAIL), ("api-name-absent", dns.rcode.NXDOMAIN)]
)
def test_the_names_of_googles_apis_can_fail_alone(
    server: NameServer, switchboard: Switchboard, world: World, fault: str, code: dns.rcode.Rcode
) -> None:
    switchboard.on(fault)
    assert ask(server, "sqladmin.googleapis.com").rcode() == code
    assert ask(server, world.host_name).rcode() == dns.rcode.NOERROR
    assert ask(server, "metadata.google.internal").rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("api_dns, network", [("private", "199.36.153.8"), ("restricted", "199.36.153.4")])
def test_the_names_of_googles_apis_follow_the_world(api_dns: str, network: str) -> None:
    world = world_of(World(), [f"api_dns={api_dns}"])
    found = zone(world, Addresses.real(inner="127.0.0.1"))
    for name in ("sqladmin", "run", "vpcaccess", "cloudresourcemanager"):
        assert found[dns.name.from_text(f"{name}.googleapis.com")].addresses[0] == network


@pytest.mark.parametrize("settings, known", [("psc_dns=on", True), ("psc_dns=off", False)])
def test_the_name_of_the_psc_endpoint_is_there_if_somebody_made_it(settings: str, *, known: bool) -> None:
    world = world_of(World(), ["instance_ip=psc", settings])
    found = zone(world, Addresses.real(inner="127.0.0.1"))
    assert (dns.name.from_text(world.psc_name) in found) is known
