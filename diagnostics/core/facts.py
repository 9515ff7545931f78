"""The one typed value each check may establish. The tag of a fact is the id of its check.

Facts say what was measured or read, whether the check passed or not; diagnosis, metrics and every surface read them.
All times are seconds. No fact holds a secret or a piece of one; account names, host names and addresses are no secrets.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, TypeVar

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Dialect, Finding, Login, PlatformKind, Route, Status, TlsMode, Value
from diagnostics.core.observed import (
    ApiCall,
    ApiResult,
    Attempt,
    DnsAnswer,
    InstanceAddress,
    PeerCertificate,
    ServerError,
    TokenFact,
)


class Fact(Value, frozen=True, kw_only=True, tag_field="check"):
    """Base of all facts."""

    CHECK: ClassVar[CheckId]


class ConfigTarget(Fact, frozen=True, kw_only=True, tag="config.target"):
    """What the settings came to, and every problem at once."""

    CHECK = CheckId.CONFIG_TARGET
    route: Route | None = None
    sources: tuple[str, ...] = ()
    """Names of the variables, flags and files that gave a value, in order of the settings."""
    problems: tuple[Finding, ...] = ()


class ConfigHygiene(Fact, frozen=True, kw_only=True, tag="config.hygiene"):
    """Raw values that look wrong, each with the variable that holds it."""

    CHECK = CheckId.CONFIG_HYGIENE
    problems: tuple[Finding, ...] = ()


class ConfigDialect(Fact, frozen=True, kw_only=True, tag="config.dialect"):
    """Options that the driver of the URL does not take."""

    CHECK = CheckId.CONFIG_DIALECT
    dialect: Dialect
    problems: tuple[Finding, ...] = ()


class RuntimePlatform(Fact, frozen=True, kw_only=True, tag="runtime.platform"):
    """Where we run."""

    CHECK = CheckId.RUNTIME_PLATFORM
    kind: PlatformKind
    service: str = ""
    revision: str = ""
    proxy_variables: tuple[str, ...] = ()


class RuntimeFreeze(Fact, frozen=True, kw_only=True, tag="runtime.freeze"):
    """How late our own clock ticks came while the run went on; a jump means that we had no CPU."""

    CHECK = CheckId.RUNTIME_FREEZE
    ticks: int
    longest_gap_seconds: float


class MetadataServer(Fact, frozen=True, kw_only=True, tag="metadata.server"):
    """Whether the metadata server answers by name and by address, and what it says of the project."""

    CHECK = CheckId.METADATA_SERVER
    host: str
    by_name: ApiResult
    by_address: ApiResult | None = None
    http_status: int = 0
    project: str = ""
    project_number: str = ""
    region: str = ""
    universe: str = "googleapis.com"


class IdentityAccount(Fact, frozen=True, kw_only=True, tag="identity.account"):
    """The service account whose tokens this container gets."""

    CHECK = CheckId.IDENTITY_ACCOUNT
    email: str = ""
    scopes: tuple[str, ...] = ()
    http_status: int = 0


class IdentityToken(Fact, frozen=True, kw_only=True, tag="identity.token"):
    """The admin token and, where the user logs in by IAM, the login token."""

    CHECK = CheckId.IDENTITY_TOKEN
    tokens: tuple[TokenFact, ...] = ()
    source: str = "metadata"
    """``metadata`` or the name of the variable that names a credentials file."""


class EgressGoogleApis(Fact, frozen=True, kw_only=True, tag="egress.google_apis"):
    """Google's public VIP and 199.36.153.8, one TCP connect each."""

    CHECK = CheckId.EGRESS_GOOGLE_APIS
    public_vip: Attempt | None = None
    private_vip: Attempt | None = None


class EgressPublic(Fact, frozen=True, kw_only=True, tag="egress.public"):
    """A neutral public address."""

    CHECK = CheckId.EGRESS_PUBLIC
    attempt: Attempt | None = None


class EgressPrivate(Fact, frozen=True, kw_only=True, tag="egress.private"):
    """Private addresses that the settings name."""

    CHECK = CheckId.EGRESS_PRIVATE
    attempts: tuple[Attempt, ...] = ()


class EgressInstance(Fact, frozen=True, kw_only=True, tag="egress.instance"):
    """Every known address of the instance on 5432 and 3307."""

    CHECK = CheckId.EGRESS_INSTANCE
    attempts: tuple[Attempt, ...] = ()


class DnsResolver(Fact, frozen=True, kw_only=True, tag="dns.resolver"):
    """The system resolver against each name server directly."""

    CHECK = CheckId.DNS_RESOLVER
    nameservers: tuple[str, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()


class DnsTarget(Fact, frozen=True, kw_only=True, tag="dns.target"):
    """The addresses of the target's host, in the order the app's driver takes them."""

    CHECK = CheckId.DNS_TARGET
    host: str
    literal: bool = False
    addresses: tuple[str, ...] = ()
    answers: tuple[DnsAnswer, ...] = ()


class DnsApis(Fact, frozen=True, kw_only=True, tag="dns.apis"):
    """Which class of address sqladmin.googleapis.com resolves to."""

    CHECK = CheckId.DNS_APIS
    answers: tuple[DnsAnswer, ...] = ()


class AdminConnectSettings(Fact, frozen=True, kw_only=True, tag="admin.connect_settings"):
    """What a connector learns about the instance."""

    CHECK = CheckId.ADMIN_CONNECT_SETTINGS
    call: ApiCall
    region: str = ""
    database_version: str = ""
    addresses: tuple[InstanceAddress, ...] = ()
    dns_names: tuple[str, ...] = ()
    psc_enabled: bool = False
    server_ca_mode: str = ""
    server_ca_pem: str = ""
    """Public certificates; several during a rotation."""


class AdminInstance(Fact, frozen=True, kw_only=True, tag="admin.instance"):
    """Settings of the instance that connectSettings lacks; needs cloudsql.instances.get."""

    CHECK = CheckId.ADMIN_INSTANCE
    call: ApiCall
    state: str = ""
    activation_policy: str = ""
    suspension_reasons: tuple[str, ...] = ()
    ssl_mode: str = ""
    connector_enforcement: str = ""
    iam_authentication: str = ""
    """The database flag cloudsql.iam_authentication, empty where it is not set."""
    private_network: str = ""
    authorized_networks: tuple[str, ...] = ()


class AdminCertificate(Fact, frozen=True, kw_only=True, tag="admin.certificate"):
    """The ephemeral client certificate, without its key."""

    CHECK = CheckId.ADMIN_CERTIFICATE
    call: ApiCall
    not_after: datetime | None = None
    certificate_pem: str = ""


class IamPermissions(Fact, frozen=True, kw_only=True, tag="iam.permissions"):
    """Advisory: what testIamPermissions says of the project; conditions on the instance are not seen there."""

    CHECK = CheckId.IAM_PERMISSIONS
    call: ApiCall
    asked: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class SocketMount(Fact, frozen=True, kw_only=True, tag="socket.mount"):
    """The socket directory against what the target asks for."""

    CHECK = CheckId.SOCKET_MOUNT
    directory: str
    path: str
    attached: tuple[str, ...] = ()
    """Instance connection names that the directory lists."""
    attempt: Attempt


class TcpConnect(Fact, frozen=True, kw_only=True, tag="tcp.connect"):
    """Attempts in order, the last one is the one the ladder goes on with."""

    CHECK = CheckId.TCP_CONNECT
    route: Route
    attempts: tuple[Attempt, ...]


class TlsHandshake(Fact, frozen=True, kw_only=True, tag="tls.handshake"):
    """What the TLS layer came to. ``verified`` says against what."""

    CHECK = CheckId.TLS_HANDSHAKE
    mode: TlsMode
    version: str = ""
    cipher: str = ""
    verified: str = ""
    """``instance_ca``, ``root_cert``, ``system`` or empty."""
    certificate: PeerCertificate | None = None
    peer: str = ""
    """What answered where it was not PostgreSQL."""
    alert: str = ""


class PostgresStartup(Fact, frozen=True, kw_only=True, tag="postgres.startup"):
    """What the server said to the startup message."""

    CHECK = CheckId.POSTGRES_STARTUP
    auth_request: str = ""
    """``none``, ``cleartext``, ``md5``, ``scram-sha-256``, or the number of a method we do not speak."""
    mechanisms: tuple[str, ...] = ()
    peer: str = ""
    error: ServerError | None = None
    alert: str = ""


class PostgresAuth(Fact, frozen=True, kw_only=True, tag="postgres.auth"):
    """Whether the server let the user in."""

    CHECK = CheckId.POSTGRES_AUTH
    user: str
    method: str = ""
    login: Login
    channel_binding: bool = False
    server_version: str = ""
    in_hot_standby: str = ""
    error: ServerError | None = None


class PostgresQuery(Fact, frozen=True, kw_only=True, tag="postgres.query"):
    """``SELECT 1`` came back."""

    CHECK = CheckId.POSTGRES_QUERY
    rows: int = 0
    error: ServerError | None = None


class DriverFact(Fact, frozen=True, kw_only=True):
    """What the app's own driver met: its exception class, SQLSTATE and cleaned text."""

    driver_version: str = ""
    import_seconds: float = 0.0
    connect_seconds: float = 0.0
    exception: str = ""
    sqlstate: str = ""
    message: str = ""


class DriverAsyncpg(DriverFact, frozen=True, kw_only=True, tag="driver.asyncpg"):
    """asyncpg, called as an app with these settings would."""

    CHECK = CheckId.DRIVER_ASYNCPG


class DriverPsycopg(DriverFact, frozen=True, kw_only=True, tag="driver.psycopg"):
    """psycopg 3, called as an app with these settings would."""

    CHECK = CheckId.DRIVER_PSYCOPG


class DriverConnector(DriverFact, frozen=True, kw_only=True, tag="driver.connector"):
    """The Cloud SQL Python connector in a process of its own."""

    CHECK = CheckId.DRIVER_CONNECTOR


AnyFact = (
    ConfigTarget
    | ConfigHygiene
    | ConfigDialect
    | RuntimePlatform
    | RuntimeFreeze
    | MetadataServer
    | IdentityAccount
    | IdentityToken
    | EgressGoogleApis
    | EgressPublic
    | EgressPrivate
    | EgressInstance
    | DnsResolver
    | DnsTarget
    | DnsApis
    | AdminConnectSettings
    | AdminInstance
    | AdminCertificate
    | IamPermissions
    | SocketMount
    | TcpConnect
    | TlsHandshake
    | PostgresStartup
    | PostgresAuth
    | PostgresQuery
    | DriverAsyncpg
    | DriverPsycopg
    | DriverConnector
)
"""The closed union that the report holds and ``explain --report`` reads back."""


F = TypeVar("F", bound=Fact)


class Facts:
    """Facts of earlier checks, seen only by a check that declared them in ``requires`` or ``after``."""

    def __init__(
        self, facts: Mapping[CheckId, Fact], statuses: Mapping[CheckId, Status], declared: frozenset[CheckId]
    ) -> None:
        self._facts = facts
        self._statuses = statuses
        self._declared = declared

    def get(self, kind: type[F]) -> F | None:
        """The fact of a declared check, None where it established none; LookupError for an undeclared one."""
        fact = self._facts.get(self._allowed(kind.CHECK))
        return fact if isinstance(fact, kind) else None

    def passed(self, check: CheckId) -> bool:
        """Whether a declared check's title was found true, be it with a warning."""
        return self._statuses.get(self._allowed(check)) in (Status.PASS, Status.WARN)

    def _allowed(self, check: CheckId) -> CheckId:
        if check not in self._declared:
            raise LookupError(f"{check} is not declared by the check that reads it")
        return check
