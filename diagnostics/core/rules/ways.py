"""The way from the container to the instance where packets vanish: one row a pattern, the surest first.

A row holds where all its conditions do. What is configured comes before what was measured, one port of two before both,
nothing public before the rest: each answers more than the row after it.
"""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.observed import AddressClass, EgressSetting, Reach
from diagnostics.core.rules import groups, signs, vpc
from diagnostics.core.rules.rule import Rule
from diagnostics.core.rules.signs import on_direct, through_google
from diagnostics.core.trials import Changed

_PROVEN, _LIKELY, _POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE

Condition = Callable[[Evidence], bool]

_SILENT_PATH = (Code.TCP_CONNECT_SILENT, *groups.TUNNEL)
_CITES = (
    CheckId.DNS_APIS,
    CheckId.EGRESS_GOOGLE_APIS,
    CheckId.EGRESS_PUBLIC,
    CheckId.EGRESS_PRIVATE,
    CheckId.EGRESS_INSTANCE,
    CheckId.ADMIN_CONNECT_SETTINGS,
    CheckId.ADMIN_INSTANCE,
    CheckId.RUN_REVISION,
    CheckId.VPC_CONNECTOR,
)


def neither(*conditions: Condition) -> Condition:
    """None of them holds."""
    return lambda evidence: not any(holds(evidence) for holds in conditions)


def either(*conditions: Condition) -> Condition:
    """One of them holds."""
    return lambda evidence: any(holds(evidence) for holds in conditions)


def _row(
    cause: Cause,
    confidence: Confidence,
    *conditions: Condition,
    explains: tuple[Code, ...],
    or_else: tuple[Cause, ...],
) -> Rule:
    return Rule(
        cause=cause,
        explains=explains,
        confidence=confidence,
        when=lambda evidence: all(holds(evidence) for holds in conditions),
        cites=_CITES,
        covers=groups.beside("silent", "refused", "unreachable", "closed"),
        alternatives=or_else,
    )


def path(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the instance's address."""
    return _row(cause, confidence, signs.way_is_silent, *conditions, explains=_SILENT_PATH, or_else=or_else)


def exit_(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the way out, which the Admin API needs as well as the instance's address."""
    explains = (*_SILENT_PATH, *groups.api("silent"))
    return _row(cause, confidence, signs.way_is_silent, *conditions, explains=explains, or_else=or_else)


def api(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the Admin API, on a route that needs it: no HTTP answer of any kind."""
    explains = (*groups.API_NO_WAY, *groups.TUNNEL)
    return _row(cause, confidence, _no_answer, *conditions, explains=explains, or_else=or_else)


def _no_answer(evidence: Evidence) -> bool:
    return through_google(evidence) and evidence.found(*groups.API_NO_WAY)


def _api_silent(evidence: Evidence) -> bool:
    return evidence.found(*groups.api("silent"))


def _only_3307(evidence: Evidence) -> bool:
    silent = signs.port_is(evidence, signs.POSTGRES_PORT, Reach.SILENT)
    return on_direct(evidence) and silent and signs.port_open(evidence, signs.PROXY_PORT)


def _only_5432(evidence: Evidence) -> bool:
    silent = signs.port_is(evidence, signs.PROXY_PORT, Reach.SILENT)
    return through_google(evidence) and silent and signs.port_open(evidence, signs.POSTGRES_PORT)


def _google_answers(evidence: Evidence) -> bool:
    return signs.google_reach(evidence) is Reach.OPEN


def _private_google_answers(evidence: Evidence) -> bool:
    return signs.private_google_reach(evidence) is Reach.OPEN


def _apis_inside(evidence: Evidence) -> bool:
    """The names of Google's APIs resolve to addresses that are routed through the VPC with every egress setting."""
    return signs.apis_at(evidence, AddressClass.GOOGLE_PRIVATE_VIP, AddressClass.GOOGLE_RESTRICTED_VIP)


def _on_cloud_run(evidence: Evidence) -> bool:
    return evidence.platform.kind.on_cloud_run


def _all_traffic(evidence: Evidence) -> bool:
    return vpc.setting_is(evidence, EgressSetting.ALL_TRAFFIC)


def _outside(evidence: Evidence) -> bool:
    return signs.is_public(evidence) and not signs.is_psc(evidence)


_OPENED = (
    Rule(
        # Nothing but the time made the difference, so nothing but the time was wrong.
        cause=Cause.VPC_WARMING_UP,
        explains=(*_SILENT_PATH, *groups.API_NO_WAY),
        covers=groups.beside("silent"),
        confidence=_LIKELY,
        when=lambda evidence: evidence.proved(Cause.VPC_WARMING_UP, Changed.WAITED),
        cites=(CheckId.EGRESS_GOOGLE_APIS, CheckId.EGRESS_PUBLIC, CheckId.EGRESS_INSTANCE),
        tries=Changed.WAITED,
    ),
)

_CONFIGURED = (
    exit_(Cause.VPC_CONNECTOR_UNHEALTHY, _PROVEN, vpc.connector_broken, vpc.goes_in),
    path(Cause.VPC_NO_EGRESS, _PROVEN, vpc.left_out),
    path(Cause.VPC_PSA_MISCONFIGURED, _PROVEN, signs.is_private, vpc.attached, vpc.other_network),
    exit_(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, _PROVEN, _all_traffic, signs.nothing_public, _outside),
)
"""What the revision and the instance say of themselves, and the measurement agrees."""

_ONE_PORT_OF_TWO = (
    path(Cause.NET_AUTHORIZED_NETWORKS, _PROVEN, _only_3307, _outside, vpc.nobody_authorized, vpc.direct_allowed),
    path(Cause.VPC_FIREWALL_DROP, _LIKELY, _only_3307, _outside, vpc.anybody_authorized, vpc.direct_allowed),
    path(
        Cause.NET_AUTHORIZED_NETWORKS,
        _LIKELY,
        _only_3307,
        _outside,
        or_else=(Cause.INSTANCE_CONNECTOR_REQUIRED, Cause.VPC_FIREWALL_DROP),
    ),
    path(Cause.VPC_FIREWALL_DROP, _LIKELY, _only_3307, vpc.direct_allowed),
    path(Cause.INSTANCE_CONNECTOR_REQUIRED, _POSSIBLE, _only_3307, or_else=(Cause.VPC_FIREWALL_DROP,)),
    path(Cause.VPC_FIREWALL_DROP, _LIKELY, _only_5432),
)
"""The same address answers on one port, so the way is there and something on it tells ports apart."""

_TO_THE_API = (
    api(
        Cause.VPC_NO_EGRESS,
        _LIKELY,
        _api_silent,
        _apis_inside,
        vpc.dead,
        signs.public_works,
        or_else=(Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF),
    ),
    api(
        Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
        _LIKELY,
        _api_silent,
        _apis_inside,
        or_else=(Cause.VPC_FIREWALL_DROP, Cause.VPC_NO_EGRESS, Cause.VPC_CONNECTOR_UNHEALTHY),
    ),
    api(
        Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
        _LIKELY,
        _api_silent,
        signs.nothing_public,
        signs.is_private,
        vpc.carries,
        or_else=(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_FIREWALL_DROP),
    ),
)

_NOTHING_PUBLIC = (
    exit_(
        Cause.VPC_CONNECTOR_UNHEALTHY,
        _POSSIBLE,
        signs.nothing_public,
        vpc.dead,
        neither(_google_answers),
        or_else=(Cause.VPC_WARMING_UP, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_FIREWALL_DROP),
    ),
    exit_(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        _LIKELY,
        signs.nothing_public,
        _outside,
        either(_google_answers, _private_google_answers),
    ),
    # The public addresses that were tried are all on 443, which a firewall may deny by itself.
    exit_(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        _LIKELY,
        signs.nothing_public,
        _outside,
        vpc.carries,
        on_direct,
        or_else=(Cause.VPC_FIREWALL_DROP, Cause.NET_AUTHORIZED_NETWORKS),
    ),
    exit_(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        _LIKELY,
        signs.nothing_public,
        _outside,
        vpc.carries,
        or_else=(Cause.VPC_FIREWALL_DROP, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF),
    ),
    exit_(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        _LIKELY,
        signs.nothing_public,
        _outside,
        or_else=(Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_FIREWALL_DROP, Cause.VPC_WARMING_UP),
    ),
    # The Admin API needs a way out whatever address the instance has.
    api(
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        _LIKELY,
        signs.nothing_public,
        or_else=(
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_CONNECTOR_UNHEALTHY,
            Cause.VPC_WARMING_UP,
        ),
    ),
)

_INSIDE = (
    path(Cause.VPC_PSC_NOT_ACCEPTED, _LIKELY, signs.is_psc, vpc.carries, or_else=(Cause.VPC_FIREWALL_DROP,)),
    path(
        Cause.VPC_PSA_MISCONFIGURED,
        _LIKELY,
        signs.is_private,
        vpc.carries,
        vpc.running,
        neither(vpc.in_public_range, signs.is_psc),
        or_else=(Cause.VPC_FIREWALL_DROP,),
    ),
    path(
        Cause.VPC_PSA_MISCONFIGURED,
        _POSSIBLE,
        signs.to_private,
        vpc.carries,
        or_else=(
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_PSC_NOT_ACCEPTED,
            Cause.INSTANCE_NOT_RUNNING,
            Cause.CONFIG_WRONG_HOST_PORT,
        ),
    ),
    path(
        Cause.VPC_CONNECTOR_UNHEALTHY,
        _POSSIBLE,
        vpc.leads_inside,
        vpc.goes_in,
        vpc.dead,
        or_else=(Cause.VPC_PSA_MISCONFIGURED, Cause.VPC_FIREWALL_DROP, Cause.VPC_WARMING_UP),
    ),
    path(
        Cause.VPC_PSC_NOT_ACCEPTED,
        _POSSIBLE,
        signs.is_psc,
        neither(vpc.dead),
        or_else=(Cause.VPC_NO_EGRESS, Cause.VPC_FIREWALL_DROP, Cause.VPC_WARMING_UP),
    ),
    path(
        Cause.VPC_PSA_MISCONFIGURED,
        _POSSIBLE,
        vpc.leads_inside,
        vpc.goes_in,
        or_else=(Cause.VPC_FIREWALL_DROP, Cause.VPC_CONNECTOR_UNHEALTHY, Cause.INSTANCE_NOT_RUNNING),
    ),
    path(
        Cause.VPC_NO_EGRESS,
        _LIKELY,
        signs.to_private,
        signs.public_works,
        _on_cloud_run,
        or_else=(
            Cause.VPC_CONNECTOR_UNHEALTHY,
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_PSA_MISCONFIGURED,
            Cause.VPC_PSC_NOT_ACCEPTED,
            Cause.INSTANCE_NOT_RUNNING,
        ),
    ),
    # An allocated range outside RFC 1918 looks public and is not routed to the VPC by private-ranges-only.
    path(
        Cause.VPC_NO_EGRESS,
        _LIKELY,
        vpc.in_public_range,
        signs.public_works,
        or_else=(Cause.VPC_PSA_MISCONFIGURED, Cause.VPC_FIREWALL_DROP),
    ),
    path(
        Cause.VPC_PSA_MISCONFIGURED,
        _POSSIBLE,
        vpc.in_public_range,
        vpc.carries,
        or_else=(Cause.VPC_FIREWALL_DROP, Cause.INSTANCE_NOT_RUNNING),
    ),
    path(
        Cause.VPC_CONNECTOR_UNHEALTHY,
        _POSSIBLE,
        vpc.leads_inside,
        signs.nothing_public,
        or_else=(
            Cause.VPC_PSA_MISCONFIGURED,
            Cause.VPC_PSC_NOT_ACCEPTED,
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_WARMING_UP,
        ),
    ),
)
"""A private address, both ports silent."""

_OUTSIDE = (
    path(
        Cause.NET_AUTHORIZED_NETWORKS,
        _POSSIBLE,
        on_direct,
        signs.to_public,
        signs.public_works,
        _outside,
        or_else=(
            Cause.CONFIG_WRONG_HOST_PORT,
            Cause.INSTANCE_CONNECTOR_REQUIRED,
            Cause.INSTANCE_NOT_RUNNING,
            Cause.VPC_FIREWALL_DROP,
        ),
    ),
    path(
        Cause.VPC_FIREWALL_DROP,
        _LIKELY,
        through_google,
        signs.to_public,
        signs.public_works,
        neither(vpc.stays_out),
        or_else=(Cause.INSTANCE_NOT_RUNNING,),
    ),
)
"""A public address, and other public addresses answer."""

_API_ALONE = (
    api(
        Cause.API_UNREACHABLE,
        _POSSIBLE,
        neither(signs.nothing_public),
        or_else=(
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            Cause.RUNTIME_CPU_THROTTLED,
            Cause.TLS_MITM_PROXY,
        ),
    ),
)
"""Of the way out only the Admin API is known to be gone."""

RULES: tuple[Rule, ...] = (
    *_OPENED,
    *_CONFIGURED,
    *_ONE_PORT_OF_TWO,
    *_TO_THE_API,
    *_NOTHING_PUBLIC,
    *_API_ALONE,
    *_INSIDE,
    *_OUTSIDE,
)
