"""What each failure of a connection means at start-up: whether it passes by itself, and which cause it has.

Rows, not code: SQLSTATE, exception type, errno and text. Whether a state passes is judged for a start-up of seconds:
Npgsql's list of transient errors, on which this rests, also holds states that pass tomorrow (53100, 53400), and those
are left to a person here. SQLSTATEs: appendix A of PostgreSQL's documentation.
"""

import enum
import errno
from typing import NamedTuple


class Verdict(enum.StrEnum):
    """Whether trying again helps: it passes by itself, a person has to change something, or nobody can tell."""

    NOT_YET = "not_yet"
    NEVER = "never"
    UNKNOWN = "unknown"


class Means(NamedTuple):
    """What a row says."""

    verdict: Verdict
    cause: str
    """Of the taxonomy; empty where the failure has several."""
    reason: str
    wait: float = 0.0
    """Seconds to let pass before the next try, where a usual pause would do harm."""
    within: float = 0.0
    """Seconds after the first failure within which it counts as not yet; 0 for as long as the caller's own budget."""


_NOT_YET, _NEVER, _UNKNOWN = Verdict.NOT_YET, Verdict.NEVER, Verdict.UNKNOWN

SLOTS_WAIT = 2.0
"""Seconds: where the server is full, the instances that retry are the load."""
PROXY_STARTS = 30.0
"""Seconds in which a proxy beside the app starts to listen; containers of an instance start in no certain order."""
SERVER_STARTS = 10.0
"""Seconds in which a server that refuses is given the chance of a restart; a wrong port stays refused."""

STARTING = Means(_NOT_YET, "pg.not_ready", "the server is starting, stopping or recovering")
FULL = Means(_NOT_YET, "pg.too_many_connections", "the server has no connection slot left", wait=SLOTS_WAIT)
ENDED = Means(_NOT_YET, "instance.maintenance_or_failover", "the server ended the connection")
BROKEN = Means(_NOT_YET, "", "the connection broke")
PASSWORD = Means(_NEVER, "pg.auth_password", "the password was refused")
DATABASE = Means(_NEVER, "pg.database_missing", "the database does not exist")
RIGHT = Means(_NEVER, "pg.permission_denied", "the user lacks a privilege")
LOGIN = Means(_NEVER, "", "the login was refused")
RACE = Means(_NOT_YET, "", "another session is in the way")
SETTING = Means(_NEVER, "config.driver_option_mismatch", "a setting that the server does not take")
DISK = Means(_NEVER, "instance.storage_full", "the server's disk is full")
MEMORY = Means(_NOT_YET, "instance.out_of_memory", "the server is out of memory", wait=SLOTS_WAIT)

SQLSTATES = {
    "08000": BROKEN,
    "08001": BROKEN,
    "08003": BROKEN,
    "08004": Means(_NEVER, "", "the server rejected the connection"),
    "08006": BROKEN,
    "08007": BROKEN,
    "08P01": Means(_NEVER, "pg.pooler_incompatible", "the server or a pooler does not take what was sent"),
    "0A000": Means(_NEVER, "", "the server does not support what was asked"),
    "22023": SETTING,
    "25006": Means(_NEVER, "pg.read_only", "the session is read-only"),
    "28000": LOGIN,
    "28P01": PASSWORD,
    "3D000": DATABASE,
    "40001": RACE,
    "40P01": RACE,
    "42501": RIGHT,
    "42704": SETTING,
    "42P01": Means(_NEVER, "", "a table does not exist"),
    "53000": MEMORY,
    "53100": DISK,
    "53200": MEMORY,
    "53300": FULL,
    "53400": Means(_NEVER, "", "a configured limit of the server is exceeded"),
    "55000": Means(_UNKNOWN, "", "the server is not in the state for it"),
    "55006": RACE,
    "55P03": RACE,
    "57P01": ENDED,
    "57P02": ENDED,
    "57P03": STARTING,
    "57P05": Means(_NOT_YET, "pg.server_timeout", "the server ended an idle connection"),
    "58000": Means(_UNKNOWN, "", "an error of the server's system"),
    "58030": Means(_UNKNOWN, "", "an input or output error of the server"),
    "58P01": Means(_NEVER, "", "a file that the server needs is missing"),
}

MESSAGES = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("is not permitted to log in", "28000"),
    (r'role ".*" does not exist', "28000"),
    (r'database ".*" does not exist', "3D000"),
    ("the database system is", "57P03"),
    ("too many clients already", "53300"),
    ("remaining connection slots are reserved", "53300"),
    ("too many connections for", "53300"),
    ("terminating connection due to administrator command", "57P01"),
    ("no such database", "3D000"),
    ("permission denied for database", "42501"),
    ("is not currently accepting connections", "55000"),
)
"""Messages of PostgreSQL and PgBouncer and their SQLSTATEs: psycopg has None for a connection that failed."""

REFUSED_BESIDE = Means(
    _NOT_YET, "tcp.refused", "nothing listens on loopback yet: a proxy beside the app?", within=PROXY_STARTS
)
REFUSED = Means(_NOT_YET, "tcp.refused", "nothing listens at the address", within=SERVER_STARTS)
SILENT = Means(_NOT_YET, "tcp.timeout", "no answer in time")
RESET = Means(_NOT_YET, "tcp.reset", "the connection was reset")
NOT_MOUNTED = Means(
    _NEVER, "socket.not_mounted", "the socket is not there, and Cloud Run mounts it before the app starts"
)
NO_SOCKET = Means(_UNKNOWN, "socket.not_mounted", "the socket is not there")
NO_NAME = Means(_NEVER, "dns.nxdomain", "the name does not exist")
NAME_LATER = Means(_NOT_YET, "dns.resolver_failure", "the resolver gave no answer")

ERRNOS = {
    errno.ECONNRESET: RESET,
    errno.EPIPE: RESET,
    errno.ECONNABORTED: RESET,
    errno.ETIMEDOUT: SILENT,
    errno.EHOSTUNREACH: Means(_NOT_YET, "tcp.unreachable", "no route to the address"),
    errno.ENETUNREACH: Means(_NOT_YET, "tcp.unreachable", "no route to the network"),
    errno.EACCES: Means(_NEVER, "socket.permission_denied", "the socket may not be opened"),
    errno.ENAMETOOLONG: Means(_NEVER, "socket.path_too_long", "the socket's path is too long"),
}
"""ECONNREFUSED and ENOENT are judged with the address."""

KINDS = (
    # Google's answers, as the connector (aiohttp) and other clients raise them.
    ("asyncpg.InvalidPasswordError", PASSWORD),
    ("asyncpg.InvalidCatalogNameError", DATABASE),
    ("asyncpg.TooManyConnectionsError", FULL),
    ("asyncpg.CannotConnectNowError", STARTING),
    ("asyncpg.ClientConfigurationError", Means(_NEVER, "config.malformed_url", "the settings cannot be read")),
    ("asyncpg.ConnectionDoesNotExistError", BROKEN),
    ("ssl.SSLCertVerificationError", Means(_NEVER, "tls.verify_failed", "the server's certificate is not trusted")),
    ("google.RefreshError", Means(_NOT_YET, "adc.metadata_unreachable", "no token yet")),
    ("google.DefaultCredentialsError", Means(_NEVER, "adc.missing", "no credentials were found")),
    (
        "google.CloudSQLIPTypeError",
        Means(_NEVER, "instance.no_matching_ip_type", "the instance has no address of that type"),
    ),
    ("google.AutoIAMAuthNotSupported", Means(_NEVER, "iam.db_auth_not_enabled", "the instance takes no IAM login")),
    ("google.ClosedConnectorError", Means(_NEVER, "", "the connector was closed")),
    (
        "sqlalchemy.NoSuchModuleError",
        Means(_NEVER, "config.driver_missing", "the URL names a driver that is not installed"),
    ),
    ("sqlalchemy.ArgumentError", Means(_NEVER, "config.malformed_url", "the URL cannot be read")),
    ("psycopg_pool.TooManyRequests", Means(_NOT_YET, "pool.exhausted", "the pool's queue is full")),
    ("builtins.ModuleNotFoundError", Means(_NEVER, "config.driver_missing", "a module is not installed")),
    ("builtins.ImportError", Means(_NEVER, "config.driver_missing", "a module cannot be loaded")),
    ("builtins.EOFError", BROKEN),
    ("asyncio.IncompleteReadError", BROKEN),
)
"""``package.Type`` and what it means, the first that fits."""

LAST_KINDS = (
    ("builtins.TypeError", Means(_NEVER, "", "a value of a wrong type")),
    ("builtins.ValueError", Means(_NEVER, "", "a value that nobody can read")),
    ("builtins.TimeoutError", SILENT),
    ("sqlalchemy.TimeoutError", Means(_NOT_YET, "pool.exhausted", "the pool has no free connection")),
    ("psycopg_pool.PoolTimeout", Means(_NOT_YET, "", "the pool has no connection in time")),
    ("psycopg.ConnectionTimeout", SILENT),
)
"""Asked only where nothing more exact spoke: a library raises these for many reasons."""

HTTP_STATUSES = {
    401: Means(_NEVER, "adc.token_expired", "the token was refused"),
    403: Means(_NEVER, "iam.missing_cloudsql_client", "a permission is missing"),
    404: Means(_NEVER, "config.instance_name_wrong", "there is no such instance"),
    429: Means(_NOT_YET, "api.quota_exceeded", "the API's quota is used up", wait=SLOTS_WAIT),
    500: Means(_NOT_YET, "api.server_error", "an error of the API"),
    502: Means(_NOT_YET, "api.server_error", "an error of the API"),
    503: Means(_NOT_YET, "api.server_error", "the API is not available"),
    504: Means(_NOT_YET, "api.server_error", "the API gave no answer in time"),
}
"""Answers of the Admin API, as ``status`` of an aiohttp exception."""

TEXTS = (
    (
        "server closed the connection unexpectedly|SSL SYSCALL error: EOF|connection_lost|closed in the middle",
        BROKEN,
    ),
    ("Connection refused|Can't create a connection to host|Connect call failed", REFUSED),
    ("Connection reset by peer", RESET),
    ("timeout expired|timed out|imed out", SILENT),
    ("No such file or directory", NO_SOCKET),
    ("could not translate host name|Name or service not known|nodename nor servname|failed to resolve host", NO_NAME),
    ("Temporary failure in name resolution", NAME_LATER),
    ("certificate verify failed", Means(_NEVER, "tls.verify_failed", "the server's certificate is not trusted")),
    (
        'invalid (dsn|connection option|URI|port)|missing "=" after',
        Means(_NEVER, "config.malformed_url", "the settings cannot be read"),
    ),
    ("fe_sendauth: no password supplied", Means(_NEVER, "pg.no_password", "no password was given")),
    (
        "decryption failed or bad record mac",
        Means(_NEVER, "pool.fork_shared", "a connection is shared by two processes"),
    ),
    (
        "attached to a different loop|Event loop is closed|another operation is in progress",
        Means(_NEVER, "runtime.event_loop_misuse", "a connection is used from two loops or tasks"),
    ),
)
"""Patterns of a message, asked last; libpq has no other way to say what the kernel said."""
