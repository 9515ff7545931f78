"""TLS, PostgreSQL and drivers: where a finding needs a second look. What a server says in words is in ``said``."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import (
    DriverAsyncpg,
    DriverConnector,
    DriverPsycopg,
    TlsHandshake,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import TlsMode
from diagnostics.core.rules import groups, said, signs
from diagnostics.core.rules.rule import Rule
from diagnostics.core.trials import Changed


def _raised(*names: str) -> Callable[[Evidence], bool]:
    """A driver raised an exception of one of these classes, or of one that an operating system error maps to."""

    def seen(evidence: Evidence) -> bool:
        facts = (evidence.fact(DriverAsyncpg), evidence.fact(DriverPsycopg), evidence.fact(DriverConnector))
        return any(fact is not None and fact.exception.rpartition(".")[2] in names for fact in facts)

    return seen


_DRIVER_FAILED = groups.ending(["failed"], "driver.")


def _driver(cause: Cause, *names: str, alternatives: tuple[Cause, ...] = ()) -> Rule:
    """The ladder had passed, so what a driver meets there is its own affair, or passed by the next moment."""
    return Rule(
        cause=cause,
        explains=_DRIVER_FAILED,
        confidence=Confidence.POSSIBLE if alternatives else Confidence.LIKELY,
        when=_raised(*names),
        cites=(CheckId.DRIVER_ASYNCPG, CheckId.DRIVER_PSYCOPG, CheckId.DRIVER_CONNECTOR),
        alternatives=alternatives,
    )


def _alert(*names: str) -> Callable[[Evidence], bool]:
    def seen(evidence: Evidence) -> bool:
        fact = evidence.fact(TlsHandshake)
        return fact is not None and fact.alert in names

    return seen


def _tls_off(evidence: Evidence) -> bool:
    target = evidence.target
    return target is not None and target.tls is TlsMode.DISABLE


_TLS = (
    Rule(
        cause=Cause.TLS_CLIENT_CERT_REQUIRED,
        explains=(Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED, Code.TLS_HANDSHAKE_ALERT),
        confidence=Confidence.PROVEN,
        when=lambda evidence: signs.on_direct(evidence) and _alert("certificate_required")(evidence),
        cites=(CheckId.TLS_HANDSHAKE,),
    ),
    Rule(
        # On 3307 TLS comes first; a peer without it is another service.
        cause=Cause.CONFIG_NOT_POSTGRES,
        explains=(Code.TLS_HANDSHAKE_PEER_NOT_TLS,),
        confidence=Confidence.LIKELY,
        when=signs.on_connector,
        cites=(CheckId.TLS_HANDSHAKE,),
    ),
    Rule(
        # The server's sentence ends with "no encryption" also where no rule fits the client with it.
        cause=Cause.TLS_SSL_REQUIRED,
        explains=(*groups.ending(["tls_required"], "postgres."), Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD),
        confidence=Confidence.LIKELY,
        when=_tls_off,
        alternatives=(Cause.PG_NO_HBA_ENTRY, Cause.PG_HBA_REJECT),
        tries=Changed.TLS_ON,
    ),
    Rule(
        cause=Cause.TLS_NOT_SUPPORTED_BY_SERVER,
        explains=(Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD,),
        confidence=Confidence.LIKELY,
        cites=(CheckId.TLS_HANDSHAKE,),
    ),
)

_CLOSED_BY = (
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    Cause.PG_TOO_MANY_CONNECTIONS,
    Cause.CONFIG_NOT_POSTGRES,
)

_BEHIND = (CheckId.ADMIN_CONNECT_SETTINGS, CheckId.EGRESS_INSTANCE, CheckId.EGRESS_PUBLIC)
"""What says something of the way that a proxy takes."""

_UNREACHED = (
    Cause.IAM_MISSING_CLOUDSQL_CLIENT,
    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
    Cause.QUOTA_CLOUDRUN_LIMIT,
    Cause.PG_TOO_MANY_CONNECTIONS,
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    Cause.TLS_CLIENT_CERT_REFUSED,
    Cause.TLS_CERT_EXPIRED,
)
"""Why a proxy does not get to the instance; to the app it all looks alike."""

_ENDS = (
    Rule(
        cause=Cause.PG_NO_ANSWER,
        explains=groups.ending(["silent"], "tls.handshake", "postgres."),
        confidence=Confidence.POSSIBLE,
        cites=(CheckId.EGRESS_INSTANCE, CheckId.EGRESS_PUBLIC),
        alternatives=(Cause.INSTANCE_OUT_OF_MEMORY, Cause.CONFIG_WRONG_HOST_PORT, Cause.VPC_FIREWALL_DROP),
    ),
    Rule(
        # Not a byte of a server's came through: what hung up is the proxy that took the connection.
        cause=Cause.TCP_PROXY_HANGS_UP,
        explains=groups.TUNNEL,
        confidence=Confidence.LIKELY,
        when=signs.local_host,
        cites=_BEHIND,
        alternatives=_UNREACHED,
    ),
    Rule(
        # A proxy hangs up when its own way to the instance fails; only its log says why.
        cause=Cause.PG_SERVER_CLOSED,
        explains=groups.TUNNEL,
        confidence=Confidence.POSSIBLE,
        when=signs.on_socket,
        cites=_BEHIND,
        alternatives=_UNREACHED,
    ),
    Rule(
        cause=Cause.PG_SERVER_CLOSED,
        explains=groups.ending(["closed"], "tls.handshake", "postgres."),
        confidence=Confidence.POSSIBLE,
        alternatives=_CLOSED_BY,
    ),
    Rule(
        cause=Cause.TCP_RESET,
        explains=groups.ending(["reset"], "tcp.connect", "tls.handshake", "postgres."),
        confidence=Confidence.POSSIBLE,
        alternatives=(*_CLOSED_BY, Cause.VPC_FIREWALL_DROP),
    ),
)

_RESTARTED = (Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,)
_BUSY = (Cause.RUNTIME_EVENT_LOOP_BLOCKED, Cause.APP_TIMEOUT_TOO_SHORT)

_DRIVERS = (
    _driver(Cause.CONFIG_DRIVER_MISSING, "ImportError", "ModuleNotFoundError"),
    _driver(Cause.DNS_RESOLVER_FAILURE, "gaierror", alternatives=(Cause.DNS_NXDOMAIN,)),
    _driver(Cause.TCP_REFUSED, "ConnectionRefusedError", alternatives=_RESTARTED),
    _driver(Cause.TCP_RESET, "ConnectionResetError", "BrokenPipeError", alternatives=_RESTARTED),
    _driver(
        Cause.PG_SERVER_CLOSED,
        "ConnectionDoesNotExistError",
        "EOFError",
        "IncompleteReadError",
        alternatives=(*_RESTARTED, Cause.PG_TOO_MANY_CONNECTIONS),
    ),
    _driver(
        Cause.TLS_VERIFY_FAILED,
        "SSLCertVerificationError",
        "CertificateError",
        alternatives=(Cause.TLS_HOSTNAME_MISMATCH,),
    ),
    _driver(Cause.TLS_PROTOCOL_MISMATCH, "SSLError", alternatives=(Cause.TLS_MITM_PROXY,)),
    _driver(Cause.TCP_TIMEOUT, "TimeoutError", "CancelledError", "ConnectionTimeout", alternatives=_BUSY),
    _driver(
        Cause.CONFIG_DRIVER_OPTION_MISMATCH, "TypeError", "ValueError", "ProgrammingError", "ClientConfigurationError"
    ),
)

RULES: tuple[Rule, ...] = (
    *_TLS,
    *_ENDS,
    *said.RULES,
    *_DRIVERS,
)
