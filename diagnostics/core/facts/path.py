"""Rows 8 to 11: socket, ladder, drivers, limits."""

from datetime import datetime
from enum import StrEnum

from diagnostics.core.codes import CheckId
from diagnostics.core.facts.fact import Fact
from diagnostics.core.model import Login, Route, TlsMode
from diagnostics.core.observed import Attempt, PeerCertificate, ServerError


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
    error: ServerError | None = None
    """What the server said in place of an answer to the request for TLS."""


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

    instead_of: str = ""
    """The driver that the app names, where ours is only of the same kind: psycopg 3 for psycopg2."""
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


class PostgresCapacity(Fact, frozen=True, kw_only=True, tag="postgres.capacity"):
    """Connection slots of the server as a plain user sees them: ``free = max_connections - reserved - in_use``."""

    CHECK = CheckId.POSTGRES_CAPACITY
    max_connections: int = 0
    reserved: int = 0
    """Slots that only superusers, or members of pg_use_reserved_connections, may take."""
    in_use: int = 0
    """Client backends, our own among them."""
    free: int = 0
    """What is left for everybody else, never below 0."""


class PostgresSession(Fact, frozen=True, kw_only=True, tag="postgres.session"):
    """What the server says of the session. Times are 0, and limits -1, where there is none."""

    CHECK = CheckId.POSTGRES_SESSION
    in_recovery: bool = False
    """The server follows another one."""
    read_only: bool = False
    """``default_transaction_read_only``, which a transaction may override on a primary."""
    statement_timeout_seconds: float = 0.0
    idle_session_timeout_seconds: float = 0.0
    idle_in_transaction_timeout_seconds: float = 0.0
    role_limit: int = -1
    role_in_use: int = 0
    """Sessions of the role, our own among them; counted only where there is a limit, as below."""
    database_limit: int = -1
    database_in_use: int = 0
    valid_until: datetime | None = None
    """When the password of the role ends."""


class Measurement(StrEnum):
    """What was taken for the time that connecting takes."""

    LADDER = "ladder"
    """Name, Admin API and rungs, as far as the route needs them."""
    DRIVER = "driver"
    """The app's own driver, loaded already."""


class AppBudget(Fact, frozen=True, kw_only=True, tag="app.budget"):
    """The time that connecting took against the app's own limit."""

    CHECK = CheckId.APP_BUDGET
    limit_seconds: float
    measured_seconds: float
    measurement: Measurement
    slowest: CheckId | None = None
    """The step that took longest."""
    slowest_seconds: float = 0.0
