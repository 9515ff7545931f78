"""Names, and the way from the container to the instance."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.observed import Reach
from diagnostics.core.rules import groups, signs, ways
from diagnostics.core.rules.rows import path
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


def _timeout(when: Callable[[Evidence], bool], *alternatives: Cause) -> Rule:
    return path(Cause.TCP_TIMEOUT, Confidence.POSSIBLE, when, or_else=alternatives)


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
    *_NAMES,
    *ways.RULES,
    *_SYMPTOMS,
)
