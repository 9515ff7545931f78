"""One line for each fact: what a check that passed established, for the right-hand column and for evidence."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from diagnostics.core import facts as f
from diagnostics.core.model import Login
from diagnostics.core.observed import AddressClass, Attempt, DnsAnswer, DnsResult, EgressSetting, Reach


def summary(fact: f.Fact) -> str:
    """The line of a fact, empty where passing says it all."""
    return LINES[type(fact)](fact)


REACH = {
    Reach.OPEN: "open",
    Reach.REFUSED: "refused",
    Reach.SILENT: "silent",
    Reach.UNREACHABLE: "no route",
    Reach.RESET: "reset",
    Reach.PERMISSION_DENIED: "not permitted",
    Reach.MISSING: "not there",
    Reach.NOT_A_SOCKET: "no socket",
}
_CLASSES = {
    AddressClass.LOOPBACK: "an address of the container itself",
    AddressClass.LINK_LOCAL: "a link-local address",
    AddressClass.PRIVATE: "a private address",
    AddressClass.SHARED: "a private address (100.64.0.0/10)",
    AddressClass.GOOGLE_PRIVATE_VIP: "private.googleapis.com",
    AddressClass.GOOGLE_RESTRICTED_VIP: "restricted.googleapis.com",
    AddressClass.PUBLIC: "a public address",
}
_DNS_RESULTS = {
    DnsResult.ANSWER: "answers",
    DnsResult.NO_ADDRESS: "has no address",
    DnsResult.NXDOMAIN: "does not know the name",
    DnsResult.SERVFAIL: "fails",
    DnsResult.REFUSED: "refuses",
    DnsResult.SILENT: "is silent",
    DnsResult.UNREACHABLE: "cannot be reached",
    DnsResult.NOT_A_NAME: "takes it for no name",
}
_VERIFIED = {
    "instance_ca": "verified against the instance's authority",
    "root_cert": "verified against sslrootcert",
    "system": "verified against the system's authorities",
    "": "certificate not verified",
}
_METHODS = {"none": "lets the user in without asking", "": "answers"}


def _target(fact: f.ConfigTarget) -> str:
    """A file once, before all its keys; what comes from elsewhere has no key."""
    places: dict[str, list[str]] = {}
    for source in fact.sources:
        place, _, key = source.rpartition(": ")
        places.setdefault(place, []).append(key)
    named = (f"{place}: {', '.join(keys)}" if place else ", ".join(keys) for place, keys in places.items())
    several = f"one of {len(fact.candidates)} that config lists" if fact.candidates else ""
    also = f"{' and '.join(fact.also)} open as well" if fact.also else ""
    return "; ".join(filter(None, (*named, several, also)))


def _nothing(_: Any) -> str:
    return ""


def _platform(fact: f.RuntimePlatform) -> str:
    proxies = f"HTTP proxy from {', '.join(fact.proxy_variables)}" if fact.proxy_variables else ""
    return _joined(fact.kind.value.replace("_", " "), fact.service, fact.revision, proxies)


def _freeze(fact: f.RuntimeFreeze) -> str:
    return f"longest pause of this process {fact.longest_gap_seconds:.1f} s"


def _metadata(fact: f.MetadataServer) -> str:
    return _joined(f"project {fact.project}" if fact.project else "", fact.region)


def _account(fact: f.IdentityAccount) -> str:
    return f"runs as {fact.email}" if fact.email else ""


def _token(fact: f.IdentityToken) -> str:
    until = min((token.expires_at for token in fact.tokens if token.expires_at), default=None)
    source = "" if fact.source == "metadata" else f"from {fact.source}"
    return _joined(f"token {_until(until)}" if until else "token", source)


def _google_apis(fact: f.EgressGoogleApis) -> str:
    public = f"Google APIs {_reach(fact.public_vip)}" if fact.public_vip else ""
    private = f"private Google VIP {_reach(fact.private_vip)}" if fact.private_vip else ""
    return _joined(public, private)


def _public(fact: f.EgressPublic) -> str:
    return f"public {_reach(fact.attempt)}" if fact.attempt else ""


def _private(fact: f.EgressPrivate) -> str:
    return _joined(*(f"private {_endpoint(attempt)} {_reach(attempt)}" for attempt in fact.attempts))


def _instance_ports(fact: f.EgressInstance) -> str:
    return _joined(*(f"{_endpoint(attempt)} {_reach(attempt)}" for attempt in fact.attempts))


def _resolver(fact: f.DnsResolver) -> str:
    return _joined(*(f"{answer.server} {_DNS_RESULTS[answer.result]}" for answer in fact.answers))


def _dns_target(fact: f.DnsTarget) -> str:
    if fact.literal:
        return "no name to resolve"
    return f"{fact.host} = {', '.join(fact.addresses)}"


def _dns_apis(fact: f.DnsApis) -> str:
    return _joined(*map(_resolved, fact.answers))


def _resolved(answer: DnsAnswer) -> str:
    if answer.result is not DnsResult.ANSWER:
        return f"{answer.name}: {_DNS_RESULTS[answer.result]}"
    classes = dict.fromkeys(_CLASSES[each] for each in answer.address_classes)
    return f"{answer.name} = {' and '.join(classes)}"


def _connect_settings(fact: f.AdminConnectSettings) -> str:
    addresses = (f"{entry.ip_type.value} {entry.address}" for entry in fact.addresses)
    psc = "Private Service Connect" if fact.psc_enabled else ""
    return _joined(f"{fact.database_version} in {fact.region}", *addresses, psc)


def _instance(fact: f.AdminInstance) -> str:
    enforced = "connectors only" if fact.connector_enforcement == "REQUIRED" else ""
    most = f"max_connections {fact.max_connections}" if fact.max_connections else ""
    return _joined(f"state {fact.state}" if fact.state else "", enforced, most)


def _certificate(fact: f.AdminCertificate) -> str:
    return f"client certificate {_until(fact.not_after)}" if fact.not_after else "client certificate"


def _permissions(fact: f.IamPermissions) -> str:
    return f"holds {', '.join(fact.held)} (advisory)" if fact.held else ""


def _socket(fact: f.SocketMount) -> str:
    name = fact.path.rstrip("/").split("/")[-2].rpartition(":")[2] if fact.path.count("/") > 1 else fact.path
    return f"{name} is attached"


def _tcp(fact: f.TcpConnect) -> str:
    last = fact.attempts[-1] if fact.attempts else None
    if last is None:
        return ""
    return "the socket accepts" if last.address.startswith("/") else f"{_endpoint(last)} accepts"


def _tls(fact: f.TlsHandshake) -> str:
    return _joined(fact.version, _VERIFIED.get(fact.verified, "")) if fact.version else "the server offers no TLS"


def _startup(fact: f.PostgresStartup) -> str:
    return _METHODS.get(fact.auth_request, f"asks for {fact.auth_request}")


def _auth(fact: f.PostgresAuth) -> str:
    how = " by IAM" if fact.login is Login.IAM else ""
    server = f"PostgreSQL {fact.server_version}" if fact.server_version else ""
    return _joined(f"{fact.user} is logged in{how}", server, "a replica" if fact.in_hot_standby == "on" else "")


def _query(_: f.PostgresQuery) -> str:
    return "SELECT 1 came back"


def _driver(name: str) -> Callable[[Any], str]:
    def line(fact: Any) -> str:
        other = f", tried in place of the app's {fact.instead_of}" if fact.instead_of else ""
        return f"{name} {fact.driver_version} connects{other}".replace("  ", " ")

    return line


_EGRESS = {
    None: "",
    EgressSetting.NONE: "no VPC attached",
    EgressSetting.PRIVATE_RANGES_ONLY: "private ranges go into the VPC",
    EgressSetting.ALL_TRAFFIC: "all traffic goes into the VPC",
}


def _revision(fact: f.RunRevision) -> str:
    connector = f"connector {_last(fact.connector)}" if fact.connector else ""
    networks = (f"network {_last(each.network or each.subnetwork)}" for each in fact.networks)
    attached = f"attached {', '.join(fact.attached)}" if fact.attached else ""
    throttled = "CPU only during requests" if fact.cpu_throttled else ""
    most = f"up to {fact.max_instances} instances" if fact.max_instances else ""
    return _joined(_EGRESS[fact.egress], connector, *networks, attached, throttled, most)


def _connector(fact: f.VpcConnector) -> str:
    size = f"{fact.min_instances} to {fact.max_instances} x {fact.machine_type}" if fact.machine_type else ""
    return _joined(f"connector {fact.state}", fact.ip_range or fact.subnet, size)


def _capacity(fact: f.PostgresCapacity) -> str:
    return f"{fact.free} of {fact.max_connections - fact.reserved} connection slots free"


def _session(fact: f.PostgresSession) -> str:
    side = "a standby" if fact.in_recovery else "read-only" if fact.read_only else "takes writes"
    role = f"role {fact.role_in_use} of {fact.role_limit} connections" if fact.role_limit >= 0 else ""
    database = f"database {fact.database_in_use} of {fact.database_limit}" if fact.database_limit >= 0 else ""
    return _joined(side, role, database)


def _budget(fact: f.AppBudget) -> str:
    return f"connecting took {fact.measured_seconds:.2f} s of {fact.limit_seconds:g} s"


def _last(name: str) -> str:
    """The short name at the end of a resource name."""
    return name.rpartition("/")[2]


LINES: dict[type[f.Fact], Callable[[Any], str]] = {
    f.ConfigTarget: _target,
    f.ConfigHygiene: _nothing,
    f.ConfigDialect: _nothing,
    f.RuntimePlatform: _platform,
    f.RuntimeFreeze: _freeze,
    f.MetadataServer: _metadata,
    f.IdentityAccount: _account,
    f.IdentityToken: _token,
    f.EgressGoogleApis: _google_apis,
    f.EgressPublic: _public,
    f.EgressPrivate: _private,
    f.EgressInstance: _instance_ports,
    f.DnsResolver: _resolver,
    f.DnsTarget: _dns_target,
    f.DnsApis: _dns_apis,
    f.AdminConnectSettings: _connect_settings,
    f.AdminInstance: _instance,
    f.AdminCertificate: _certificate,
    f.IamPermissions: _permissions,
    f.RunRevision: _revision,
    f.VpcConnector: _connector,
    f.SocketMount: _socket,
    f.TcpConnect: _tcp,
    f.TlsHandshake: _tls,
    f.PostgresStartup: _startup,
    f.PostgresAuth: _auth,
    f.PostgresQuery: _query,
    f.DriverAsyncpg: _driver("asyncpg"),
    f.DriverPsycopg: _driver("psycopg"),
    f.DriverConnector: _driver("Python connector"),
    f.PostgresCapacity: _capacity,
    f.PostgresSession: _session,
    f.AppBudget: _budget,
}


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _reach(attempt: Attempt) -> str:
    return REACH[attempt.reach]


def _endpoint(attempt: Attempt) -> str:
    return f"[{attempt.address}]:{attempt.port}" if ":" in attempt.address else f"{attempt.address}:{attempt.port}"


def _until(moment: datetime) -> str:
    return f"until {moment:%H:%M} UTC"
