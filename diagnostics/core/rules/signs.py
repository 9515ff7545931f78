"""What several rules ask of the evidence, each question once."""

from diagnostics.core import instance
from diagnostics.core.codes import Cause
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import (
    AdminConnectSettings,
    AdminInstance,
    DnsApis,
    DnsTarget,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    RunRevision,
    TcpConnect,
)
from diagnostics.core.findings import Code
from diagnostics.core.instance import PSC_SUFFIX
from diagnostics.core.model import IpType, PlatformKind, Route
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.core.rules import groups
from diagnostics.core.trials import Changed, Verdict

PROXY_PORT = instance.PROXY_PORT
"""The server-side proxy that connectors and the mounted socket use, for every engine."""
POSTGRES_PORT = 5432

LOCAL_HOSTS = instance.LOCAL_HOSTS
"""What a driver falls back to, and where a proxy beside the app listens."""

_PRIVATE = frozenset({AddressClass.PRIVATE, AddressClass.SHARED})


def on_socket(evidence: Evidence) -> bool:
    """The app uses the mounted socket."""
    return evidence.route is Route.SOCKET


def on_direct(evidence: Evidence) -> bool:
    """The app connects to a host and port."""
    return evidence.route is Route.DIRECT


def on_connector(evidence: Evidence) -> bool:
    """The app uses a connector."""
    return evidence.route is Route.CONNECTOR


def local_host(evidence: Evidence) -> bool:
    """The app connects to its own container; on a machine of one's own a database may well be there."""
    return evidence.platform.kind.on_google_cloud and _on_loopback(evidence)


def own_machine(evidence: Evidence) -> bool:
    """The same off Google Cloud: mostly meant, and what no setting at all comes to."""
    return not evidence.platform.kind.on_google_cloud and _on_loopback(evidence)


def _on_loopback(evidence: Evidence) -> bool:
    """By its name, or because the name leads there: a pod's hostAliases, an entry of /etc/hosts."""
    target, resolved = evidence.target, evidence.fact(DnsTarget)
    if target is None or not on_direct(evidence):
        return False
    led = set(resolved.addresses) if resolved else set()
    return target.host.rstrip(".").lower() in LOCAL_HOSTS or (bool(led) and led <= LOCAL_HOSTS)


def containers_beside(evidence: Evidence) -> bool | None:
    """Whether other containers share this one's loopback, as is usual in a pod; None where nothing says so."""
    revision, platform = evidence.fact(RunRevision), evidence.platform
    if platform.beside_others or platform.kind is PlatformKind.GKE:
        return True
    return revision.containers > 1 if revision and revision.containers else None


def behind_a_proxy(evidence: Evidence) -> bool:
    """What accepts is a proxy in the same container or machine, and dials the instance for the app."""
    return on_socket(evidence) or local_host(evidence)


def through_google(evidence: Evidence) -> bool:
    """The Admin API is on the way to the database: connectors call it, and so do proxies."""
    return on_connector(evidence) or behind_a_proxy(evidence)


def dialled(evidence: Evidence) -> tuple[Attempt, ...]:
    """The ladder's own attempts, without unix sockets.

    Where the instance's own address was tried in place of a stale one, and was silent too, that is the way to explain.
    """
    fact = evidence.fact(TcpConnect)
    own = tuple(attempt for attempt in fact.attempts if not attempt.address.startswith("/")) if fact else ()
    return _right_address(evidence) or own


def _right_address(evidence: Evidence) -> tuple[Attempt, ...]:
    tried = evidence.trial(Cause.CONFIG_WRONG_HOST_PORT, Changed.INSTANCE_ADDRESS)
    stayed = tried is not None and tried.verdict is Verdict.STAYED
    target, fact = evidence.target, evidence.fact(EgressInstance)
    if not stayed or tried is None or target is None or fact is None:
        return ()
    return tuple(a for a in fact.attempts if (a.address, a.port) == (tried.to, target.port) and a.reach is Reach.SILENT)


def measured(evidence: Evidence, port: int) -> tuple[Attempt, ...]:
    """Attempts at the instance on one port, only at those of its addresses that the path uses."""
    fact = evidence.fact(EgressInstance)
    own = _path_addresses(evidence)
    return tuple(a for a in fact.attempts if a.port == port and (not own or a.address in own)) if fact else ()


def port_is(evidence: Evidence, port: int, reach: Reach) -> bool:
    """The port was measured, and every attempt at it met this."""
    attempts = measured(evidence, port)
    return bool(attempts) and all(attempt.reach is reach for attempt in attempts)


def port_open(evidence: Evidence, port: int) -> bool:
    """Some address of the instance takes connections on the port."""
    return any(attempt.reach is Reach.OPEN for attempt in measured(evidence, port))


def open_addresses(evidence: Evidence, port: int) -> frozenset[str]:
    """Whatever takes connections on the port, of all that was measured."""
    fact = evidence.fact(EgressInstance)
    return (
        frozenset(a.address for a in fact.attempts if a.port == port and a.reach is Reach.OPEN) if fact else frozenset()
    )


def public_reach(evidence: Evidence) -> Reach | None:
    """What the neutral public address met."""
    fact = evidence.fact(EgressPublic)
    return fact.attempt.reach if fact and fact.attempt else None


def google_reach(evidence: Evidence) -> Reach | None:
    """What the public address of Google's APIs met."""
    fact = evidence.fact(EgressGoogleApis)
    return fact.public_vip.reach if fact and fact.public_vip else None


def private_google_reach(evidence: Evidence) -> Reach | None:
    """What private.googleapis.com met, which is routed through the VPC whatever the egress setting."""
    fact = evidence.fact(EgressGoogleApis)
    return fact.private_vip.reach if fact and fact.private_vip else None


def private_reach(evidence: Evidence) -> frozenset[Reach]:
    """What other private addresses met."""
    fact = evidence.fact(EgressPrivate)
    return frozenset(attempt.reach for attempt in fact.attempts) if fact else frozenset()


def nothing_public(evidence: Evidence) -> bool:
    """No packet to a public address comes back."""
    return public_reach(evidence) is Reach.SILENT


def public_works(evidence: Evidence) -> bool:
    """Public addresses can be reached."""
    return public_reach(evidence) is Reach.OPEN


def named_addresses(evidence: Evidence) -> dict[str, IpType]:
    """The instance's addresses as the Admin API names them, and their types."""
    fact = evidence.fact(AdminConnectSettings)
    return {entry.address: entry.ip_type for entry in fact.addresses} if fact else {}


def is_public(evidence: Evidence) -> bool:
    """The path leads to a public address, as far as anything says; a proxy prefers it where there are two."""
    types = _types(evidence)
    return IpType.PUBLIC in types or (not types and _default_type(evidence) is IpType.PUBLIC)


def is_private(evidence: Evidence) -> bool:
    """The path leads to a private address."""
    types = _types(evidence)
    return types == {IpType.PRIVATE} or (not types and _default_type(evidence) is IpType.PRIVATE)


def is_psc(evidence: Evidence) -> bool:
    """The path leads to a Private Service Connect endpoint."""
    target = evidence.target
    named = target is not None and (target.ip_type is IpType.PSC or target.host.rstrip(".").endswith(PSC_SUFFIX))
    return named or (psc_enabled(evidence) is True and to_private(evidence) and not _types(evidence))


def psc_enabled(evidence: Evidence) -> bool | None:
    """Whether the instance takes Private Service Connect, None where the Admin API did not say."""
    fact = evidence.fact(AdminConnectSettings)
    return fact.psc_enabled if fact and fact.region else None


def stale_address(evidence: Evidence) -> bool:
    """The app's host is none of the instance's addresses. A PSC endpoint is the customer's own and is never listed."""
    fact = evidence.fact(AdminConnectSettings)
    own = {attempt.address for attempt in dialled(evidence)}
    if fact is None or not fact.addresses or fact.psc_enabled or not on_direct(evidence) or own <= LOCAL_HOSTS:
        return False
    return bool(own) and own.isdisjoint(named_addresses(evidence))


def right_place(evidence: Evidence) -> bool:
    """Host and port are the instance's, as the Admin API names them."""
    target, named = evidence.target, named_addresses(evidence)
    own = {attempt.address for attempt in dialled(evidence)}
    return bool(own) and own <= set(named) and target is not None and target.port == POSTGRES_PORT


def in_class(evidence: Evidence, *classes: AddressClass) -> bool:
    """Everything dialled, or behind a proxy everything measured on its port, is in one of these classes."""
    attempts = measured(evidence, PROXY_PORT) if behind_a_proxy(evidence) else dialled(evidence)
    return bool(attempts) and all(attempt.address_class in classes for attempt in attempts)


def to_private(evidence: Evidence) -> bool:
    """Packets go to a private range."""
    return in_class(evidence, *_PRIVATE)


def to_public(evidence: Evidence) -> bool:
    """Packets go to a public range."""
    return in_class(evidence, AddressClass.PUBLIC)


def apis_at(evidence: Evidence, *classes: AddressClass) -> bool:
    """The names of Google's APIs resolve to such an address."""
    fact = evidence.fact(DnsApis)
    return fact is not None and any(set(answer.address_classes) & set(classes) for answer in fact.answers)


def instance_settings(evidence: Evidence) -> AdminInstance | None:
    """The instance's settings, where they may be read."""
    return evidence.fact(AdminInstance)


def way_is_silent(evidence: Evidence) -> bool:
    """Packets vanish: the ladder or a call of the Admin API saw it, or behind a proxy a measurement beside it."""
    if not behind_a_proxy(evidence):
        return evidence.found(Code.TCP_CONNECT_SILENT, *groups.api("silent"))
    if measured(evidence, PROXY_PORT):
        return port_is(evidence, PROXY_PORT, Reach.SILENT)
    return nothing_public(evidence)


def _path_addresses(evidence: Evidence) -> set[str]:
    """Empty where nothing says which of the instance's addresses the path uses."""
    if on_direct(evidence) and not local_host(evidence):
        return {attempt.address for attempt in dialled(evidence)}
    types = _types(evidence)
    return {address for address, ip_type in named_addresses(evidence).items() if ip_type in types}


def _types(evidence: Evidence) -> set[IpType]:
    """The kinds of the instance's addresses that the path uses, as far as the Admin API names them."""
    named = named_addresses(evidence)
    if on_connector(evidence):
        return {ip_type for ip_type in named.values() if evidence.target and ip_type is evidence.target.ip_type}
    if behind_a_proxy(evidence):
        return {IpType.PUBLIC} if IpType.PUBLIC in named.values() else set(named.values())
    return {named[attempt.address] for attempt in dialled(evidence) if attempt.address in named}


def _default_type(evidence: Evidence) -> IpType | None:
    """What the path leads to where the Admin API says nothing: connectors and proxies take the public address."""
    if not on_direct(evidence) or local_host(evidence):
        return evidence.target.ip_type if evidence.target else None
    return IpType.PUBLIC if to_public(evidence) else IpType.PRIVATE if to_private(evidence) else None
