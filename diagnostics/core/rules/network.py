"""Names, and the way from the container to the instance."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import RuntimeFreeze
from diagnostics.core.findings import Code
from diagnostics.core.observed import Reach
from diagnostics.core.rules import groups, signs
from diagnostics.core.rules.rule import Rule

_PRIVATE_ZONES = (".sql.goog", ".sql-psc.goog", ".sql-psa.goog", ".internal", ".local")
"""Cloud SQL's own zones and those that only a VPC has."""


def _private_name(evidence: Evidence) -> bool:
    finding = evidence.finding(*groups.UNRESOLVED)
    name = finding.about.rstrip(".").lower() if finding else ""
    return name.endswith(_PRIVATE_ZONES) or (name != "" and "." not in name)


_RESOLVER = groups.ending(["servfail", "silent", "slow", "nameserver_silent"], "dns.resolver", "dns.apis")
"""What a failing name server does to other names."""

_NAMES = (
    Rule(
        cause=Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
        explains=(Code.DNS_TARGET_NXDOMAIN, Code.DNS_TARGET_NO_ADDRESS),
        confidence=Confidence.LIKELY,
        when=_private_name,
        cites=(CheckId.DNS_RESOLVER,),
        alternatives=(Cause.DNS_NXDOMAIN,),
    ),
    Rule(
        cause=Cause.DNS_RESOLVER_FAILURE,
        explains=(Code.DNS_TARGET_SERVFAIL,),
        covers=_RESOLVER,
        confidence=Confidence.PROVEN,
        cites=(CheckId.DNS_RESOLVER,),
    ),
    Rule(
        cause=Cause.DNS_RESOLVER_FAILURE,
        explains=(Code.DNS_TARGET_SILENT, Code.DNS_RESOLVER_NAMESERVER_SILENT),
        covers=_RESOLVER,
        confidence=Confidence.LIKELY,
        alternatives=(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,),
    ),
    Rule(
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=(Code.DNS_TARGET_NOT_A_NAME,),
        confidence=Confidence.PROVEN,
    ),
)


def _stood_still(evidence: Evidence) -> bool:
    """Our own clock stopped for the greater part of what the silent rung waited."""
    fact = evidence.fact(RuntimeFreeze)
    silent = (evidence.result(code.check) for code in groups.SILENCE if code.check and evidence.found(code))
    waited = max((result.duration_seconds for result in silent if result), default=0.0)
    return (
        evidence.found(Code.RUNTIME_FREEZE_FROZEN) and fact is not None and fact.longest_gap_seconds * 2 >= waited > 0
    )


_FROZEN = Rule(
    cause=Cause.RUNTIME_CPU_THROTTLED,
    explains=(*groups.SILENCE, Code.RUNTIME_FREEZE_FROZEN),
    confidence=Confidence.LIKELY,
    when=_stood_still,
    cites=(CheckId.RUNTIME_FREEZE,),
)

_DEAD_WAY = (Code.TCP_CONNECT_SILENT, *groups.TUNNEL)
_EGRESS = (
    CheckId.EGRESS_GOOGLE_APIS,
    CheckId.EGRESS_PUBLIC,
    CheckId.EGRESS_PRIVATE,
    CheckId.EGRESS_INSTANCE,
    CheckId.ADMIN_CONNECT_SETTINGS,
)


def _way(
    cause: Cause,
    when: Callable[[Evidence], bool],
    *alternatives: Cause,
    confidence: Confidence = Confidence.LIKELY,
    explains: tuple[Code, ...] = _DEAD_WAY,
) -> Rule:
    return Rule(
        cause=cause,
        explains=explains,
        confidence=confidence,
        when=lambda evidence: signs.way_is_silent(evidence) and when(evidence),
        cites=_EGRESS,
        covers=groups.beside("silent"),
        alternatives=alternatives,
    )


def _only_3307(evidence: Evidence) -> bool:
    return (
        signs.on_direct(evidence)
        and signs.port_is(evidence, signs.POSTGRES_PORT, Reach.SILENT)
        and signs.port_open(evidence, signs.PROXY_PORT)
    )


def _only_5432(evidence: Evidence) -> bool:
    return (
        signs.through_google(evidence)
        and signs.port_is(evidence, signs.PROXY_PORT, Reach.SILENT)
        and signs.port_open(evidence, signs.POSTGRES_PORT)
    )


def _all_silent(evidence: Evidence) -> bool:
    """Nothing outside answers, over either exit, and a private address of which an answer is known does not either."""
    return (
        signs.nothing_public(evidence)
        and signs.google_reach(evidence) is not Reach.OPEN
        and signs.private_google_reach(evidence) is not Reach.OPEN
        and signs.private_reach(evidence) == {Reach.SILENT}
    )


def _no_word_of_the_api(evidence: Evidence) -> bool:
    """A call of the Admin API got no answer at all."""
    return evidence.found(*groups.API_NO_WAY)


_INSTANCE_PORTS = (
    _way(
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        lambda e: _only_3307(e) and not signs.is_public(e),
        Cause.VPC_FIREWALL_DROP,
    ),
    _way(
        Cause.NET_AUTHORIZED_NETWORKS,
        lambda e: _only_3307(e) and signs.is_public(e),
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        Cause.VPC_FIREWALL_DROP,
    ),
    _way(Cause.VPC_FIREWALL_DROP, _only_5432),
)

_NOTHING_OUTSIDE = (
    _way(
        Cause.VPC_CONNECTOR_UNHEALTHY,
        _all_silent,
        Cause.VPC_WARMING_UP,
        Cause.VPC_FIREWALL_DROP,
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        confidence=Confidence.POSSIBLE,
        explains=(*_DEAD_WAY, *groups.api("silent")),
    ),
    _way(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        lambda e: signs.nothing_public(e) and signs.is_public(e) and Reach.OPEN in signs.private_reach(e),
        explains=(*_DEAD_WAY, *groups.api("silent")),
    ),
    _way(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        lambda e: signs.nothing_public(e) and signs.is_public(e),
        Cause.VPC_CONNECTOR_UNHEALTHY,
        Cause.VPC_WARMING_UP,
        explains=(*_DEAD_WAY, *groups.api("silent")),
    ),
    Rule(
        # The Admin API needs a way out whatever address the instance has.
        cause=Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        explains=(*groups.API_NO_WAY, *groups.TUNNEL),
        covers=groups.beside("silent", "refused", "unreachable", "closed"),
        confidence=Confidence.LIKELY,
        when=lambda e: signs.through_google(e) and _no_word_of_the_api(e) and signs.nothing_public(e),
        cites=_EGRESS,
        alternatives=(Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_WARMING_UP),
    ),
)


_PRIVATE_WAY = (
    _way(
        Cause.VPC_PSC_NOT_ACCEPTED,
        signs.is_psc,
        Cause.VPC_NO_EGRESS,
        Cause.VPC_FIREWALL_DROP,
    ),
    _way(
        Cause.VPC_FIREWALL_DROP,
        lambda e: signs.to_private(e) and Reach.OPEN in signs.private_reach(e),
        Cause.VPC_PSA_MISCONFIGURED,
        Cause.INSTANCE_NOT_RUNNING,
        Cause.CONFIG_WRONG_HOST_PORT,
        confidence=Confidence.POSSIBLE,
    ),
    _way(
        # 199.36.153.8 goes through the VPC whatever the setting: an answer from there means that the VPC is attached.
        Cause.VPC_PSA_MISCONFIGURED,
        lambda e: signs.to_private(e) and signs.private_google_reach(e) is Reach.OPEN,
        Cause.VPC_FIREWALL_DROP,
        Cause.VPC_NO_EGRESS,
        Cause.INSTANCE_NOT_RUNNING,
        confidence=Confidence.POSSIBLE,
    ),
    _way(
        Cause.VPC_NO_EGRESS,
        lambda e: signs.to_private(e) and signs.public_works(e) and e.platform.kind.on_cloud_run,
        Cause.VPC_FIREWALL_DROP,
        Cause.VPC_PSA_MISCONFIGURED,
        Cause.INSTANCE_NOT_RUNNING,
    ),
    _way(
        # An allocated range outside RFC 1918 looks public and is not routed to the VPC by private-ranges-only.
        Cause.VPC_NO_EGRESS,
        lambda e: signs.is_private(e) and signs.to_public(e) and signs.public_works(e),
        Cause.VPC_FIREWALL_DROP,
    ),
)

_PUBLIC_WAY = (
    _way(
        Cause.NET_AUTHORIZED_NETWORKS,
        lambda e: signs.on_direct(e) and signs.to_public(e) and signs.public_works(e) and signs.is_public(e),
        Cause.CONFIG_WRONG_HOST_PORT,
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        Cause.INSTANCE_NOT_RUNNING,
        Cause.VPC_FIREWALL_DROP,
        confidence=Confidence.POSSIBLE,
    ),
    _way(
        Cause.VPC_FIREWALL_DROP,
        lambda e: signs.through_google(e) and signs.to_public(e) and signs.public_works(e),
        Cause.INSTANCE_NOT_RUNNING,
    ),
)


def _timeout(when: Callable[[Evidence], bool], *alternatives: Cause) -> Rule:
    return _way(Cause.TCP_TIMEOUT, when, *alternatives, confidence=Confidence.POSSIBLE)


def _instance_silent(evidence: Evidence) -> bool:
    if signs.behind_a_proxy(evidence):
        return signs.port_is(evidence, signs.PROXY_PORT, Reach.SILENT)
    return evidence.found(Code.TCP_CONNECT_SILENT)


def _instance_refuses(evidence: Evidence) -> bool:
    if signs.behind_a_proxy(evidence):
        return signs.port_is(evidence, signs.PROXY_PORT, Reach.REFUSED)
    return evidence.found(Code.TCP_CONNECT_REFUSED)


_SYMPTOMS = (
    _timeout(
        lambda e: _instance_silent(e) and signs.to_private(e),
        Cause.VPC_NO_EGRESS,
        Cause.VPC_FIREWALL_DROP,
        Cause.VPC_PSA_MISCONFIGURED,
        Cause.INSTANCE_NOT_RUNNING,
        Cause.CONFIG_WRONG_HOST_PORT,
        Cause.VPC_WARMING_UP,
    ),
    _timeout(
        lambda e: _instance_silent(e) and signs.on_direct(e),
        Cause.CONFIG_WRONG_HOST_PORT,
        Cause.NET_AUTHORIZED_NETWORKS,
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        Cause.VPC_FIREWALL_DROP,
        Cause.INSTANCE_NOT_RUNNING,
        Cause.VPC_WARMING_UP,
    ),
    _timeout(
        _instance_silent,
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        Cause.VPC_FIREWALL_DROP,
        Cause.INSTANCE_NOT_RUNNING,
        Cause.VPC_WARMING_UP,
    ),
    Rule(
        cause=Cause.TCP_REFUSED,
        explains=(Code.TCP_CONNECT_REFUSED, *groups.TUNNEL),
        confidence=Confidence.POSSIBLE,
        when=_instance_refuses,
        cites=(CheckId.EGRESS_INSTANCE,),
        alternatives=(Cause.CONFIG_WRONG_HOST_PORT, Cause.INSTANCE_NOT_RUNNING, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER),
    ),
)

RULES: tuple[Rule, ...] = (
    _FROZEN,
    *_NAMES,
    *_INSTANCE_PORTS,
    *_NOTHING_OUTSIDE,
    *_PRIVATE_WAY,
    *_PUBLIC_WAY,
    *_SYMPTOMS,
)
