"""The way from the container to the instance where packets vanish: one row a pattern, the surest first.

A row holds where all its conditions do. What is configured comes before what was measured, one port of two before both,
nothing public before the rest: each answers more than the row after it.
"""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.observed import AddressClass, EgressSetting, Reach
from diagnostics.core.rules import groups, signs, vpc
from diagnostics.core.rules.rows import OPENED, api, either, exit_, neither, path, said
from diagnostics.core.rules.rule import Rule
from diagnostics.core.rules.signs import on_direct, through_google

_PROVEN, _LIKELY, _POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE


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


def _google_apart(evidence: Evidence) -> bool:
    """Google's public address was silent, and another one answers: it has a reason of its own, or the way opened."""
    silent = signs.google_reach(evidence) is Reach.SILENT
    return silent and signs.public_works(evidence) and not _apis_inside(evidence)


def _on_cloud_run(evidence: Evidence) -> bool:
    return evidence.platform.kind.on_cloud_run


def _all_traffic(evidence: Evidence) -> bool:
    return vpc.setting_is(evidence, EgressSetting.ALL_TRAFFIC)


def _outside(evidence: Evidence) -> bool:
    return signs.is_public(evidence) and not signs.is_psc(evidence)


_LEFT_OUT = (
    Code.RUN_REVISION_NO_VPC,
    Code.RUN_REVISION_RANGE_NOT_ROUTED,
    Code.RUN_REVISION_ANNOTATION_IGNORED,
)

_CONFIGURED = (
    said(
        exit_(Cause.VPC_CONNECTOR_UNHEALTHY, _PROVEN, vpc.connector_broken, vpc.goes_in), Code.VPC_CONNECTOR_NOT_READY
    ),
    said(path(Cause.VPC_NO_EGRESS, _PROVEN, vpc.left_out), *_LEFT_OUT),
    path(Cause.VPC_PSA_MISCONFIGURED, _PROVEN, signs.is_private, vpc.attached, vpc.other_network),
    said(
        exit_(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, _PROVEN, _all_traffic, signs.nothing_public, _outside),
        Code.RUN_REVISION_NO_WAY_OUT,
    ),
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

_ON_ALL_SIDES = (
    path(
        Cause.TCP_TIMEOUT,
        _POSSIBLE,
        vpc.silent_on_all_sides,
        vpc.carries,
        signs.public_works,
        or_else=(
            Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
            Cause.INSTANCE_NOT_RUNNING,
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_PSA_MISCONFIGURED,
            Cause.NET_AUTHORIZED_NETWORKS,
        ),
    ),
)
"""Both ways carry packets, and the instance answers on neither: what the two have in common comes first."""

_INSIDE = (
    path(Cause.VPC_PSC_NOT_ACCEPTED, _LIKELY, signs.is_psc, vpc.carries, or_else=(Cause.VPC_FIREWALL_DROP,)),
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
        _POSSIBLE,
        signs.to_private,
        _google_apart,
        _on_cloud_run,
        or_else=(
            Cause.VPC_WARMING_UP,
            Cause.VPC_CONNECTOR_UNHEALTHY,
            Cause.VPC_FIREWALL_DROP,
            Cause.VPC_PSA_MISCONFIGURED,
            Cause.INSTANCE_NOT_RUNNING,
        ),
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
            Cause.VPC_WARMING_UP,
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            Cause.RUNTIME_CPU_THROTTLED,
            Cause.TLS_MITM_PROXY,
        ),
    ),
)
"""Of the way out only the Admin API is known to be gone."""

RULES: tuple[Rule, ...] = (
    OPENED,
    *_CONFIGURED,
    *_ONE_PORT_OF_TWO,
    *_TO_THE_API,
    *_NOTHING_PUBLIC,
    *_API_ALONE,
    *_ON_ALL_SIDES,
    *_INSIDE,
    *_OUTSIDE,
)
