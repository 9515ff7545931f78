"""What may be wrong with a network, one variable each, which cause that is, and the healthy settings it leaves."""

import itertools
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from diagnostics.core.codes import Cause
from diagnostics.core.model import IpType, Route, Value
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.looks import Look
from diagnostics.diagnosis.network.space import Space
from diagnostics.diagnosis.network.theory import path
from diagnostics.diagnosis.network.world import (
    FIELDS,
    Address,
    ApiNames,
    Attachment,
    Authorized,
    Case,
    Control,
    Denied,
    Endpoint,
    Enforcement,
    GoogleAccess,
    GoogleWay,
    Instance,
    Nat,
    Opening,
    Peering,
    PrivateRange,
    World,
)

CAUSES: dict[Enum, Cause | None] = {
    EgressSetting.NONE: Cause.VPC_NO_EGRESS,
    EgressSetting.PRIVATE_RANGES_ONLY: Cause.VPC_NO_EGRESS,
    Attachment.BROKEN_CONNECTOR: Cause.VPC_CONNECTOR_UNHEALTHY,
    GoogleAccess.OFF: Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
    Nat.MISSING: Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
    Peering.NOT_PEERED: Cause.VPC_PSA_MISCONFIGURED,
    Peering.OTHER_NETWORK: Cause.VPC_PSA_MISCONFIGURED,
    Endpoint.NOT_ACCEPTED: Cause.VPC_PSC_NOT_ACCEPTED,
    Denied.POSTGRES: Cause.VPC_FIREWALL_DROP,
    Denied.PROXY: Cause.VPC_FIREWALL_DROP,
    Denied.HTTPS: Cause.VPC_FIREWALL_DROP,
    Denied.DATABASE: Cause.VPC_FIREWALL_DROP,
    Denied.POSTGRES_HTTPS: Cause.VPC_FIREWALL_DROP,
    Denied.PROXY_HTTPS: Cause.VPC_FIREWALL_DROP,
    Denied.INSTANCE_AND_APIS: Cause.VPC_FIREWALL_DROP,
    Denied.EVERYTHING: Cause.VPC_FIREWALL_DROP,
    Authorized.NOBODY: Cause.NET_AUTHORIZED_NETWORKS,
    Authorized.OTHERS: Cause.NET_AUTHORIZED_NETWORKS,
    Authorized.OURS: Cause.NET_AUTHORIZED_NETWORKS,
    Enforcement.REQUIRED: Cause.INSTANCE_CONNECTOR_REQUIRED,
    Instance.STOPPED: Cause.INSTANCE_NOT_RUNNING,
    Instance.MAINTENANCE: Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    Instance.UNRESPONSIVE: Cause.TCP_TIMEOUT,
    GoogleWay.DROPS: Cause.API_UNREACHABLE,
    Control.DOWN: None,
    Opening.CLOSED: Cause.VPC_WARMING_UP,
    Opening.LATE: Cause.VPC_WARMING_UP,
    Address.STALE: Cause.CONFIG_WRONG_HOST_PORT,
}
"""Every deviation; None where it is off the path of any database, and only misleads."""

SYMPTOM = Cause.TCP_TIMEOUT
"""What is named where nothing says why the instance is silent, and never more than possible."""

PASSING = Cause.VPC_WARMING_UP
"""What a young instance's silence may always be, and what nobody can mend."""

SAID_BY: dict[Enum, tuple[Look, ...]] = {
    EgressSetting.NONE: (Look.EGRESS,),
    EgressSetting.PRIVATE_RANGES_ONLY: (Look.EGRESS,),
    Nat.MISSING: (Look.EGRESS,),
    Attachment.BROKEN_CONNECTOR: (Look.CONNECTOR,),
    Peering.OTHER_NETWORK: (Look.NETWORK,),
    Authorized.NOBODY: (Look.AUTHORIZED,),
    Enforcement.REQUIRED: (Look.ENFORCEMENT,),
    Instance.STOPPED: (Look.INSTANCE,),
    Instance.MAINTENANCE: (Look.INSTANCE,),
    Address.STALE: (Look.ADDRESS, Look.AT_OWN_ADDRESS),
    Opening.CLOSED: (Look.AFTER_WAITING,),
    Opening.LATE: (Look.AFTER_WAITING,),
}
"""Who can say of a deviation that it is there, so that it is not only what is left. Nobody says it of the others."""


class Setting(Value, frozen=True, kw_only=True):
    """The choices of a network's owner that are as good as each other, by variable."""

    egress: tuple[EgressSetting, ...] = tuple(EgressSetting)
    attachment: tuple[Attachment, ...] = (Attachment.INTERFACE, Attachment.CONNECTOR)
    nat: tuple[Nat, ...] = tuple(Nat)
    google_access: tuple[GoogleAccess, ...] = tuple(GoogleAccess)
    api_names: tuple[ApiNames, ...] = tuple(ApiNames)
    authorized: tuple[Authorized, ...] = tuple(Authorized)
    enforcement: tuple[Enforcement, ...] = tuple(Enforcement)
    private_range: tuple[PrivateRange, ...] = tuple(PrivateRange)


@lru_cache(maxsize=64)
def space_of(case: Case) -> Space:
    """Every base in which the path of this case works, and what may then be wrong with it."""
    bases = tuple(_bases(case))
    plain = Space(bases)
    works = path(plain, case)
    healthy = [world for world, _ in plain.each(works)]
    return Space(healthy, tuple(deviations(case)))


def _bases(case: Case) -> Iterator[World]:
    choices = {name: getattr(_given(case), name) for name in Setting.__struct_fields__}
    for values in itertools.product(*choices.values()):
        yield World(**dict(zip(choices, values, strict=True)))


def _given(case: Case) -> Setting:
    """What a case leaves open. A variable that nothing in it depends on keeps its default."""
    private, public = IpType.PRIVATE in case.kinds, IpType.PUBLIC in case.kinds
    return Setting(
        api_names=(case.api_names,) if case.api_names else tuple(ApiNames),
        authorized=tuple(Authorized) if public else (Authorized.NOBODY,),
        private_range=_ranges(case) if private else (PrivateRange.RFC1918,),
    )


def _ranges(case: Case) -> tuple[PrivateRange, ...]:
    return (case.private_range,) if case.private_range else tuple(PrivateRange)


def deviations(case: Case) -> Iterator[Enum]:
    """Those that something in this case depends on."""
    absent = {
        "peering": IpType.PRIVATE not in case.kinds,
        "private_range": IpType.PRIVATE not in case.kinds,
        "endpoint": IpType.PSC not in case.kinds,
        "authorized": IpType.PUBLIC not in case.kinds,
        "address": case.route is not Route.DIRECT,
    }
    for value in CAUSES:
        if not absent.get(FIELDS[type(value)], False):
            yield value
