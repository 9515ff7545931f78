"""Row 5: names. What the system resolver tells the app, and what each name server says by itself."""

import pytest
from msgspec.structs import replace

from diagnostics.checks.dns import dns_apis, dns_resolver, dns_target
from diagnostics.core.facts import DnsApis, DnsResolver, DnsTarget
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, HostPort, IpType, Options, SkipReason
from diagnostics.core.observed import AddressClass, DnsAnswer, DnsResult
from diagnostics.core.outcome import Outcome, passed, skipped, warned
from tests.checks.stage import CONNECTOR, DIRECT, PRIVATE_IP, PSC_NAME, RESOLVED, SETTINGS, SOCKET, env, fails, look
from tests.fakes import SYSTEM, FakeResolver

HOST = "db.internal"
FIRST, SECOND = "169.254.169.254", "8.8.8.8"

SLUGS = {
    DnsResult.NXDOMAIN: "nxdomain",
    DnsResult.NO_ADDRESS: "no_address",
    DnsResult.SERVFAIL: "servfail",
    DnsResult.REFUSED: "servfail",
    DnsResult.UNREACHABLE: "servfail",
    DnsResult.NOT_A_NAME: "not_a_name",
}

Known = tuple[str, ...] | DnsResult | DnsAnswer


def answer(server: str, said: tuple[str, ...] | DnsResult, seconds: float = 0.001, name: str = HOST) -> DnsAnswer:
    found = () if isinstance(said, DnsResult) else said
    return DnsAnswer(
        server=server,
        name=name,
        result=said if isinstance(said, DnsResult) else DnsResult.ANSWER,
        addresses=found,
        address_classes=(AddressClass.PUBLIC,) * len(found),
        seconds=seconds,
    )


# --- dns.target -------------------------------------------------------------------------------------------------------


async def resolve(known: dict[str, Known], servers: tuple[str, ...] = (FIRST, SECOND)) -> Outcome:
    resolver = FakeResolver({(server, HOST): said for server, said in known.items()}, servers)
    return await look(dns_target, env(resolver=resolver))


async def test_a_name_resolves_to_addresses_in_the_order_of_the_resolver() -> None:
    found = ("fd00::1", PRIVATE_IP)
    fact = DnsTarget(host=HOST, addresses=found, answers=(answer(SYSTEM, found),))
    assert await resolve({SYSTEM: found}) == passed(fact)


async def test_an_address_needs_no_resolver() -> None:
    outcome = await look(dns_target, env(replace(DIRECT, host=PRIVATE_IP)))
    literal = answer("", (PRIVATE_IP,), 0.0, PRIVATE_IP)
    assert outcome == passed(DnsTarget(host=PRIVATE_IP, literal=True, addresses=(PRIVATE_IP,), answers=(literal,)))


@pytest.mark.parametrize("said, slug", SLUGS.items())
async def test_an_answer_without_addresses_is_believed(said: DnsResult, slug: str) -> None:
    """No name server is asked again: the resolver spoke."""
    fact = DnsTarget(host=HOST, answers=(answer(SYSTEM, said),))
    assert await resolve({SYSTEM: said}) == fails(Code(f"dns.target.{slug}"), HOST, fact=fact)


async def test_a_silent_resolver_without_name_servers_is_silent() -> None:
    fact = DnsTarget(host=HOST, answers=(answer(SYSTEM, DnsResult.SILENT, 2.0),))
    assert await resolve({SYSTEM: DnsResult.SILENT}, ()) == fails(Code.DNS_TARGET_SILENT, HOST, fact=fact)


async def test_all_silent_servers_make_it_silent() -> None:
    """At most three are asked, resolv.conf's own maximum."""
    servers = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
    outcome = await resolve(dict.fromkeys((SYSTEM, *servers[:3]), DnsResult.SILENT), servers)
    silent = tuple(answer(server, DnsResult.SILENT, 0.8) for server in servers[:3])
    fact = DnsTarget(host=HOST, answers=(answer(SYSTEM, DnsResult.SILENT, 2.0), *silent))
    assert outcome == fails(Code.DNS_TARGET_SILENT, HOST, fact=fact)


async def test_a_dead_first_name_server_is_slow_and_no_failure() -> None:
    """The app does get its answer, only seconds later; so the ladder goes on with it."""
    outcome = await resolve({SYSTEM: DnsResult.SILENT, FIRST: DnsResult.SILENT, SECOND: (PRIVATE_IP,)})
    fact = DnsTarget(
        host=HOST,
        addresses=(PRIVATE_IP,),
        answers=(
            answer(SYSTEM, DnsResult.SILENT, 2.0),
            answer(FIRST, DnsResult.SILENT, 0.8),
            answer(SECOND, (PRIVATE_IP,)),
        ),
    )
    assert outcome == warned(fact, Finding(code=Code.DNS_TARGET_SLOW, about=HOST))


async def test_the_first_server_that_answers_is_the_last_that_is_asked() -> None:
    outcome = await resolve({SYSTEM: DnsResult.SILENT, FIRST: (PRIVATE_IP,)})
    assert isinstance(outcome.fact, DnsTarget)
    assert [said.server for said in outcome.fact.answers] == [SYSTEM, FIRST]
    assert outcome.code is Code.DNS_TARGET_SLOW


async def test_a_late_answer_is_slow() -> None:
    late = answer(SYSTEM, (PRIVATE_IP,), 1.0)
    fact = DnsTarget(host=HOST, addresses=(PRIVATE_IP,), answers=(late,))
    assert await resolve({SYSTEM: late}) == warned(fact, Finding(code=Code.DNS_TARGET_SLOW, about=HOST))


def test_a_socket_has_no_name() -> None:
    assert dns_target.applies(env(DIRECT))
    assert dns_target.applies(env(CONNECTOR))
    assert dns_target.applies(env(None))
    assert not dns_target.applies(env(SOCKET))


async def test_a_connector_needs_no_name_where_the_instance_has_an_address() -> None:
    assert await look(dns_target, env(CONNECTOR), SETTINGS) == skipped(SkipReason.NOT_APPLICABLE)


async def test_private_service_connect_is_reached_by_name() -> None:
    target = replace(CONNECTOR, ip_type=IpType.PSC)
    settings = replace(SETTINGS, dns_names=("orders.example.com", PSC_NAME), psc_enabled=True)
    resolver = FakeResolver({(SYSTEM, PSC_NAME): (PRIVATE_IP,)})
    outcome = await look(dns_target, env(target, resolver=resolver), settings)
    said = answer(SYSTEM, (PRIVATE_IP,), name=PSC_NAME)
    assert outcome == passed(DnsTarget(host=PSC_NAME, addresses=(PRIVATE_IP,), answers=(said,)))


async def test_a_connector_without_settings_asks_nothing() -> None:
    """They were not read; the check that reads them says why."""
    assert await look(dns_target, env(CONNECTOR)) == skipped(SkipReason.NOT_APPLICABLE)


# --- dns.resolver -----------------------------------------------------------------------------------------------------


async def compare(*answers: DnsAnswer, resolved: DnsTarget = RESOLVED) -> Outcome:
    servers = tuple(said.server for said in answers)
    resolver = FakeResolver({(said.server, HOST): said for said in answers}, servers)
    return await look(dns_resolver, env(resolver=resolver), resolved)


def compared(*answers: DnsAnswer) -> DnsResolver:
    return DnsResolver(nameservers=tuple(said.server for said in answers), answers=answers)


async def test_servers_that_agree_with_the_system_pass() -> None:
    """One common address is agreement: servers rotate and cut their answers."""
    answers = (answer(FIRST, (PRIVATE_IP, "10.20.0.4")), answer(SECOND, ("10.20.0.5",)))
    assert await compare(*answers) == passed(compared(*answers))


@pytest.mark.parametrize("known", [(), (replace(RESOLVED, literal=True),)], ids=["nothing resolved", "an address"])
async def test_without_a_name_there_is_nothing_to_compare(known: tuple[DnsTarget, ...]) -> None:
    assert await look(dns_resolver, env(), *known) == skipped(SkipReason.NOT_APPLICABLE)


async def test_a_silent_server_is_named() -> None:
    answers = (answer(FIRST, (PRIVATE_IP,)), answer(SECOND, DnsResult.SILENT, 0.8))
    finding = Finding(code=Code.DNS_RESOLVER_NAMESERVER_SILENT, about=SECOND)
    assert await compare(*answers) == warned(compared(*answers), finding)


async def test_a_slow_server_is_named() -> None:
    answers = (answer(FIRST, (PRIVATE_IP,)), answer(SECOND, (PRIVATE_IP,), 1.0))
    finding = Finding(code=Code.DNS_RESOLVER_SLOW, about=SECOND)
    assert await compare(*answers) == warned(compared(*answers), finding)


async def test_servers_that_know_other_addresses_disagree() -> None:
    """A private zone that one of the two does not see looks like this."""
    answers = (answer(FIRST, ("34.76.1.2",)), answer(SECOND, DnsResult.NXDOMAIN))
    finding = Finding(code=Code.DNS_RESOLVER_DISAGREES, about=HOST)
    assert await compare(*answers) == warned(compared(*answers), finding)


async def test_no_server_with_an_answer_is_no_disagreement() -> None:
    answers = (answer(FIRST, DnsResult.NXDOMAIN),)
    assert await compare(*answers) == passed(compared(*answers))


async def test_a_name_that_nobody_resolved_is_no_disagreement() -> None:
    answers = (answer(FIRST, (PRIVATE_IP,)),)
    assert await compare(*answers, resolved=DnsTarget(host=HOST)) == passed(compared(*answers))


# --- dns.apis ---------------------------------------------------------------------------------------------------------

API = "sqladmin.googleapis.com"


async def resolve_api(said: Known) -> Outcome:
    return await look(dns_apis, env(resolver=FakeResolver({(SYSTEM, API): said})))


async def test_the_name_of_the_api_resolves() -> None:
    found = ("142.250.1.95",)
    assert await resolve_api(found) == passed(DnsApis(answers=(answer(SYSTEM, found, name=API),)))


@pytest.mark.parametrize("said, slug", [*SLUGS.items(), (DnsResult.SILENT, "silent")])
async def test_a_name_of_the_api_that_does_not_resolve_is_a_warning(said: DnsResult, slug: str) -> None:
    fact = DnsApis(answers=(answer(SYSTEM, said, 2.0 if said is DnsResult.SILENT else 0.001, API),))
    assert await resolve_api(said) == warned(fact, Finding(code=Code(f"dns.apis.{slug}"), about=API))


async def test_a_late_answer_about_the_api_is_slow() -> None:
    late = answer(SYSTEM, ("142.250.1.95",), 1.0, API)
    assert await resolve_api(late) == warned(DnsApis(answers=(late,)), Finding(code=Code.DNS_APIS_SLOW, about=API))


def test_no_name_of_the_api_is_asked_for_where_it_is_switched_off() -> None:
    assert dns_apis.applies(env())
    assert not dns_apis.applies(env(options=Options(google_vip=None)))


async def test_another_name_of_the_api_is_asked_for_where_it_is_given() -> None:
    around = env(
        options=Options(google_vip=HostPort(host="api.example", port=8443)),
        resolver=FakeResolver({(SYSTEM, "api.example"): ("10.0.0.9",)}),
    )
    assert await look(dns_apis, around) == passed(DnsApis(answers=(answer(SYSTEM, ("10.0.0.9",), name="api.example"),)))


async def test_a_look_that_does_not_apply_is_not_for_running() -> None:
    """The runner never gets here. If it did, that would be a bug of ours."""
    with pytest.raises(LookupError):
        await look(dns_apis, env(options=Options(google_vip=None)))
