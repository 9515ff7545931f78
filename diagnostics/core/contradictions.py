"""What the configuration of a deployment says against what was measured in the same run.

Only contradictions are found here, each on a path that is broken just there: a healthy path with an unusual
configuration is nobody's fault.
"""

import ipaddress
from collections.abc import Callable, Iterator

from diagnostics.core.deployment import ATTACH, NETWORK
from diagnostics.core.egress import Look, measured
from diagnostics.core.facts import (
    AdminConnectSettings,
    EgressInstance,
    IdentityAccount,
    RunRevision,
    SocketMount,
    TcpConnect,
    VpcConnector,
)
from diagnostics.core.findings import Code
from diagnostics.core.instance import PROXY_PORT
from diagnostics.core.model import Finding, IpType, Route, Target
from diagnostics.core.observed import AddressClass, Attempt, EgressSetting, Reach

_PRIVATE = frozenset({AddressClass.PRIVATE, AddressClass.SHARED})
_NO_ANSWER = frozenset({Reach.SILENT, Reach.UNREACHABLE})
_CARRIES = frozenset({"READY", "UPDATING"})
"""States in which a connector carries traffic: an update leaves the old instances at work."""

Looking = Callable[[RunRevision, Look, Target | None], Iterator[Finding]]


def of_revision(fact: RunRevision, look: Look, target: Target | None) -> tuple[Finding, ...]:
    """Contradictions of a revision, that of the path first."""
    found = [finding for part in _PARTS for finding in part(fact, look, target)]
    return (*found, *_stray(fact, frozenset(finding.code for finding in found)))


def of_connector(fact: VpcConnector, look: Look) -> tuple[Finding, ...]:
    """Contradictions of a connector."""
    name = fact.name.rpartition("/")[2]
    findings = []
    if fact.state not in _CARRIES:
        findings.append(Finding(code=Code.VPC_CONNECTOR_NOT_READY, about=name, other=fact.state))
    inside = _inside(fact.ip_range, look)
    if inside:
        findings.append(Finding(code=Code.VPC_CONNECTOR_RANGE_OVERLAP, about=fact.ip_range, other=inside))
    return tuple(findings)


def _egress(fact: RunRevision, look: Look, _: Target | None) -> Iterator[Finding]:
    found = measured(look)
    if found is None or fact.egress is None:
        return
    if found.fits and fact.egress not in found.fits:
        yield Finding(code=Code.RUN_REVISION_EGRESS_CONTRADICTED, about=fact.egress, other=", ".join(found.fits))
    elif fact.egress is EgressSetting.ALL_TRAFFIC and found.nothing_public:
        yield Finding(code=Code.RUN_REVISION_NO_WAY_OUT, about=fact.egress)


def _private_target(fact: RunRevision, look: Look, target: Target | None) -> Iterator[Finding]:
    attempts = _at_private(look, target) if target else ()
    if not attempts or not all(attempt.reach in _NO_ANSWER for attempt in attempts):
        return
    address = attempts[0].address
    if fact.egress is EgressSetting.NONE:
        yield Finding(code=Code.RUN_REVISION_NO_VPC, about=address)
    looks_public = all(attempt.address_class is AddressClass.PUBLIC for attempt in attempts)
    if fact.egress is EgressSetting.PRIVATE_RANGES_ONLY and looks_public:
        yield Finding(code=Code.RUN_REVISION_RANGE_NOT_ROUTED, about=address)


def _attachment(fact: RunRevision, look: Look, target: Target | None) -> Iterator[Finding]:
    """A socket that is there may be another proxy's own; only one that is nowhere to be seen has to be attached."""
    mount = look(SocketMount) if target and target.route is Route.SOCKET else None
    if target is None or target.instance is None or mount is None or mount.attempt.reach is not Reach.MISSING:
        return
    wanted = str(target.instance)
    if wanted in mount.attached:
        return
    if wanted not in fact.attached:
        yield Finding(code=Code.RUN_REVISION_NOT_ATTACHED, about=wanted, other=", ".join(fact.attached))
    else:
        containers = dict.fromkeys(each.container for each in fact.mounts if each.container)
        yield Finding(code=Code.RUN_REVISION_MOUNTED_ELSEWHERE, about=wanted, other=", ".join(containers))


def _account(fact: RunRevision, look: Look, _: Target | None) -> Iterator[Finding]:
    account = look(IdentityAccount)
    configured, real = fact.service_account, account.email if account else ""
    if "@" in configured and "@" in real and configured.lower() != real.lower():
        yield Finding(code=Code.RUN_REVISION_OTHER_SERVICE_ACCOUNT, about=real, other=configured)


_PARTS: tuple[Looking, ...] = (_private_target, _egress, _attachment, _account)

_MISSED_BY = {
    Code.RUN_REVISION_NOT_ATTACHED: ATTACH,
    Code.RUN_REVISION_NO_VPC: NETWORK,
}
"""What a stray annotation was meant to set, where its effect is missing."""


def _stray(fact: RunRevision, found: frozenset[Code]) -> Iterator[Finding]:
    missed = {name for code, names in _MISSED_BY.items() if code in found for name in names}
    for key in fact.stray_annotations:
        if key.rpartition("/")[2] in missed:
            yield Finding(code=Code.RUN_REVISION_ANNOTATION_IGNORED, about=key)


def _at_private(look: Look, target: Target) -> tuple[Attempt, ...]:
    """The attempts at a private address that the path leads to; none where it leads elsewhere, or nobody knows."""
    settings = look(AdminConnectSettings)
    named = {entry.address: entry.ip_type for entry in settings.addresses} if settings else {}
    if target.route is Route.DIRECT:
        ladder = look(TcpConnect)
        attempts = ladder.attempts if ladder else ()
        private = [each.address_class in _PRIVATE or named.get(each.address) is IpType.PRIVATE for each in attempts]
        return attempts if all(private) else ()
    # The platform's own end of the socket takes the public address where there is one.
    by_choice = target.route is Route.CONNECTOR and target.ip_type is IpType.PRIVATE
    only = target.route is Route.SOCKET and IpType.PUBLIC not in named.values()
    if not (by_choice or only):
        return ()
    instance = look(EgressInstance)
    attempts = instance.attempts if instance else ()
    return tuple(a for a in attempts if a.port == PROXY_PORT and named.get(a.address) is IpType.PRIVATE)


def _inside(ip_range: str, look: Look) -> str:
    """The first address of the path, or of the instance, that lies within the connector's own range."""
    settings, ladder = look(AdminConnectSettings), look(TcpConnect)
    addresses = [entry.address for entry in settings.addresses] if settings else []
    addresses += [attempt.address for attempt in ladder.attempts if ":" not in attempt.address] if ladder else []
    try:
        network = ipaddress.ip_network(ip_range)
        return next((each for each in addresses if ipaddress.ip_address(each) in network), "")
    except ValueError:
        return ""
