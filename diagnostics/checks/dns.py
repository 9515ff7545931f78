"""Row 5: names. What the system resolver tells the app, and what each name server says by itself."""

from diagnostics.check import Env, check, on
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminConnectSettings, DnsApis, DnsResolver, DnsTarget, Facts
from diagnostics.core.findings import Code, code_of
from diagnostics.core.instance import addresses_of, psc_name
from diagnostics.core.model import Finding, Route, SkipReason
from diagnostics.core.observed import DnsAnswer, DnsResult
from diagnostics.core.outcome import Outcome, failed, passed, skipped, warned

LIMIT = 2.0
"""Seconds for the system resolver: a resolver inside Google's network answers in milliseconds, and the first retry
of resolv.conf would come only after 5 s."""

SERVER_LIMIT = 0.8
"""Seconds for one name server asked directly: one packet each way, and three fit under the first retry."""

SERVERS = 3
"""resolv.conf's own maximum of name servers (MAXNS in resolv.h)."""

SLOW_AFTER = 1.0
"""Seconds from which an answer is slow: a thousand times what the metadata server's resolver takes."""

_SLUGS = {
    DnsResult.NXDOMAIN: "nxdomain",
    DnsResult.NO_ADDRESS: "no_address",
    DnsResult.SERVFAIL: "servfail",
    DnsResult.REFUSED: "servfail",
    DnsResult.UNREACHABLE: "servfail",
    DnsResult.SILENT: "silent",
    DnsResult.NOT_A_NAME: "not_a_name",
}


@check(
    CheckId.DNS_TARGET,
    title="The host name resolves to addresses",
    timeout=LIMIT + SERVERS * SERVER_LIMIT + 0.5,
    on_timeout=Code.DNS_TARGET_SILENT,
    requires=(CheckId.CONFIG_TARGET, on(CheckId.ADMIN_CONNECT_SETTINGS, Route.CONNECTOR)),
    applies=lambda env: env.resolution.target is None or env.target.route is not Route.SOCKET,
)
async def dns_target(env: Env, facts: Facts) -> Outcome:
    """Where the system resolver is silent, each name server is asked directly.

    Behind a dead first one the app does get an answer, only seconds later.
    """
    host = _host(env, facts)
    if not host:
        return skipped(SkipReason.NOT_APPLICABLE)
    answers = [await env.resolver.lookup(host, env.target.port, LIMIT)]
    if answers[0].result is DnsResult.SILENT:
        answers += await _until_answered(env, host)
    last = answers[-1]
    fact = DnsTarget(host=host, literal=last.server == "", addresses=last.addresses, answers=tuple(answers))
    if last.result is not DnsResult.ANSWER:
        return failed(fact, Finding(code=code_of(CheckId.DNS_TARGET, _SLUGS[answers[0].result]), about=host))
    if len(answers) > 1 or last.seconds >= SLOW_AFTER:
        return warned(fact, Finding(code=Code.DNS_TARGET_SLOW, about=host))
    return passed(fact)


@check(
    CheckId.DNS_RESOLVER,
    title="Every name server answers, and says what the system resolver said",
    timeout=SERVERS * SERVER_LIMIT + 0.5,
    on_timeout=None,
    after=(CheckId.DNS_TARGET,),
)
async def dns_resolver(env: Env, facts: Facts) -> Outcome:
    resolved = facts.get(DnsTarget)
    if resolved is None or resolved.literal or _needs_no_look(env, resolved):
        return skipped(SkipReason.NOT_APPLICABLE)
    servers = env.resolver.nameservers()[:SERVERS]
    answers = tuple([await env.resolver.ask(server, resolved.host, SERVER_LIMIT) for server in servers])
    fact = DnsResolver(nameservers=servers, answers=answers)
    return _compared(fact, resolved)


@check(
    CheckId.DNS_APIS,
    title="The name of the Cloud SQL Admin API resolves",
    timeout=LIMIT + 0.5,
    on_timeout=None,
    cloud_only=True,
    applies=lambda env: env.options.google_vip is not None,
)
async def dns_apis(env: Env, facts: Facts) -> Outcome:
    vip = env.options.google_vip
    if vip is None:
        raise LookupError("applies only where there is a name to resolve")
    answer = await env.resolver.lookup(vip.host, vip.port, LIMIT)
    fact = DnsApis(answers=(answer,))
    if answer.result is not DnsResult.ANSWER:
        return warned(fact, Finding(code=code_of(CheckId.DNS_APIS, _SLUGS[answer.result]), about=vip.host))
    if answer.seconds >= SLOW_AFTER:
        return warned(fact, Finding(code=Code.DNS_APIS_SLOW, about=vip.host))
    return passed(fact)


def _host(env: Env, facts: Facts) -> str:
    if env.target.route is Route.DIRECT:
        return env.target.host
    settings = facts.get(AdminConnectSettings)
    if settings is None or addresses_of(settings, env.target.ip_type):
        return ""
    return psc_name(settings)


def _needs_no_look(env: Env, resolved: DnsTarget) -> bool:
    """Off Google Cloud a name that resolved at once may stand in a hosts file, and its servers are nobody to ask."""
    at_once = len(resolved.answers) == 1 and resolved.answers[0].seconds < SLOW_AFTER
    return not env.platform.kind.on_google_cloud and bool(resolved.addresses) and at_once


async def _until_answered(env: Env, host: str) -> list[DnsAnswer]:
    answers: list[DnsAnswer] = []
    for server in env.resolver.nameservers()[:SERVERS]:
        answers.append(await env.resolver.ask(server, host, SERVER_LIMIT))
        if answers[-1].result is DnsResult.ANSWER:
            break
    return answers


def _compared(fact: DnsResolver, resolved: DnsTarget) -> Outcome:
    silent = next((answer for answer in fact.answers if answer.result is DnsResult.SILENT), None)
    if silent is not None:
        return warned(fact, Finding(code=Code.DNS_RESOLVER_NAMESERVER_SILENT, about=silent.server))
    slow = next((answer for answer in fact.answers if answer.seconds >= SLOW_AFTER), None)
    if slow is not None:
        return warned(fact, Finding(code=Code.DNS_RESOLVER_SLOW, about=slow.server))
    answered = [answer for answer in fact.answers if answer.result is DnsResult.ANSWER]
    if (
        answered
        and resolved.addresses
        and not any(set(answer.addresses) & set(resolved.addresses) for answer in answered)
    ):
        return warned(fact, Finding(code=Code.DNS_RESOLVER_DISAGREES, about=resolved.host))
    return passed(fact)
