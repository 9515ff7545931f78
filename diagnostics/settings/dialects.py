"""What each driver takes: which URL options, which of them name a part of the target, and how it chooses TLS.

Sources: libpq's list of connection keywords (PostgreSQL 18, psycopg's PQconndefaults), the signatures of asyncpg 0.32
and pg8000 1.31, and SQLAlchemy 2.1, which hands every query parameter to the driver as a keyword.
"""

from collections.abc import Iterable
from enum import StrEnum

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, SettingName, TlsMode, Value


class Reader(StrEnum):
    """Who takes a URL apart: libpq's rules for a plain scheme, SQLAlchemy's where the scheme names a driver."""

    LIBPQ = "libpq"
    SQLALCHEMY = "sqlalchemy"


class Driver(Value, frozen=True, kw_only=True):
    """One driver as a URL's scheme can name it."""

    name: str
    dialect: Dialect
    reader: Reader
    options: frozenset[str] | None = None
    """Every parameter that it takes; None where we do not know them, so nothing can be said against one."""
    parts: tuple[tuple[str, SettingName], ...] = ()
    """Parameters that name a part of the target."""
    tls_option: str = ""
    """Its own name for the TLS mode, empty where a URL cannot say it."""
    default_tls: TlsMode = TlsMode.PREFER
    takes_socket_file: bool = False
    """Whether a host may be the socket's file, where libpq only takes the directory."""


_PLACE = (("host", SettingName.HOST), ("port", SettingName.PORT), ("user", SettingName.USER))
_LIBPQ_PARTS = (
    *_PLACE,
    # libpq dials hostaddr, and uses host only to verify; coming later it is what counts.
    ("hostaddr", SettingName.HOST),
    ("dbname", SettingName.DATABASE),
    ("password", SettingName.PASSWORD),
    ("sslrootcert", SettingName.ROOT_CERT),
    ("sslcert", SettingName.CLIENT_CERT),
    ("sslkey", SettingName.CLIENT_KEY),
)
_PYTHON_PARTS = (*_PLACE, ("database", SettingName.DATABASE), ("password", SettingName.PASSWORD))

LIBPQ_OPTIONS = frozenset(
    "service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port "
    "client_encoding options application_name fallback_application_name keepalives keepalives_idle "
    "keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey "
    "sslcertmode sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer requiressl require_auth "
    "min_protocol_version max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname "
    "gsslib gssdelegation replication target_session_attrs load_balance_hosts scram_client_key scram_server_key "
    "oauth_issuer oauth_client_id oauth_client_secret oauth_scope oauth_ca_file sslkeylogfile".split()
)
_PSYCOPG_OPTIONS = LIBPQ_OPTIONS | frozenset("autocommit prepare_threshold context row_factory cursor_factory".split())
_PSYCOPG2_OPTIONS = LIBPQ_OPTIONS | frozenset("dsn async async_ connection_factory cursor_factory".split())
_ASYNCPG_OPTIONS = frozenset(
    "host port user password passfile service servicefile database loop timeout statement_cache_size "
    "max_cached_statement_lifetime max_cacheable_statement_size command_timeout ssl direct_tls connection_class "
    "record_class server_settings target_session_attrs krbsrvname gsslib "
    # SQLAlchemy's own, taken out before the driver is called.
    "prepared_statement_cache_size prepared_statement_name_func async_fallback async_creator_fn".split()
)
_PG8000_OPTIONS = frozenset(
    "user host database port password source_address unix_sock ssl_context timeout tcp_keepalive application_name "
    "replication startup_params sock".split()
)
_ELSEWHERE_OPTIONS = frozenset(
    "schema connection_limit pool_timeout pgbouncer statement_cache_size socket_timeout sslaccept sslidentity "
    "max_idle_connection_lifetime pool_max_conns pool_min_conns pool_max_conn_lifetime pool_max_conn_idle_time "
    "default_query_exec_mode statement_cache_capacity search_path sslinline binary_parameters currentSchema "
    "sslfactory socketFactory cloudSqlInstance socketTimeout loginTimeout ApplicationName".split()
)
"""Parameters of clients that also take a plain URL and are not Python: Prisma, pgx, lib/pq, JDBC."""

SECRET_OPTIONS = frozenset("sslpassword oauth_client_secret scram_client_key scram_server_key".split())
"""Parameters that are secrets themselves: never carried in the clear."""


def _libpq(name: str, reader: Reader, options: frozenset[str]) -> Driver:
    return Driver(
        name=name, dialect=Dialect.PSYCOPG, reader=reader, options=options, parts=_LIBPQ_PARTS, tls_option="sslmode"
    )


PLAIN = _libpq("", Reader.LIBPQ, LIBPQ_OPTIONS)
"""``postgresql://``: libpq's own scheme, and psycopg for SQLAlchemy."""
PLAIN_ASYNCPG = Driver(
    name="",
    dialect=Dialect.ASYNCPG,
    reader=Reader.LIBPQ,
    parts=(*_LIBPQ_PARTS, ("database", SettingName.DATABASE)),
    tls_option="sslmode",
    takes_socket_file=True,
)
"""The same scheme given to asyncpg itself: it knows libpq's names and sends the rest to the server."""
PLAIN_ELSEWHERE = Driver(name="", dialect=Dialect.OTHER, reader=Reader.LIBPQ, parts=_LIBPQ_PARTS, tls_option="sslmode")

_NAMED = (
    _libpq("psycopg", Reader.SQLALCHEMY, _PSYCOPG_OPTIONS),
    _libpq("psycopg_async", Reader.SQLALCHEMY, _PSYCOPG_OPTIONS),
    _libpq("psycopg2", Reader.SQLALCHEMY, _PSYCOPG2_OPTIONS),
    _libpq("psycopg2cffi", Reader.SQLALCHEMY, _PSYCOPG2_OPTIONS),
    Driver(
        name="asyncpg",
        dialect=Dialect.ASYNCPG,
        reader=Reader.SQLALCHEMY,
        options=_ASYNCPG_OPTIONS,
        parts=_PYTHON_PARTS,
        tls_option="ssl",
        takes_socket_file=True,
    ),
    Driver(
        name="pg8000",
        dialect=Dialect.OTHER,
        reader=Reader.SQLALCHEMY,
        options=_PG8000_OPTIONS,
        parts=(*_PYTHON_PARTS, ("unix_sock", SettingName.HOST)),
        default_tls=TlsMode.DISABLE,
        takes_socket_file=True,
    ),
)


def driver_named(scheme: str, name: str) -> Driver | None:
    """The driver that ``scheme+name://`` means; None where SQLAlchemy has none by that name.

    SQLAlchemy 1.4 and later know ``postgresql+driver`` only; ``postgres`` is an alias in plain URLs.
    """
    if not name:
        return PLAIN
    if scheme != "postgresql":
        return None
    return next((driver for driver in _NAMED if driver.name == name), None)


def unknown_driver(name: str) -> Driver:
    """Stands for a driver that nobody has: the URL is still read, nothing is said about its options."""
    return Driver(name=name, dialect=Dialect.OTHER, reader=Reader.SQLALCHEMY, parts=_PYTHON_PARTS, tls_option="sslmode")


def plain_driver(wanted: Dialect | None, options: Iterable[str]) -> Driver:
    """Who reads a plain URL: the one that was named, else whoever takes its options, libpq first."""
    if wanted is Dialect.ASYNCPG:
        return PLAIN_ASYNCPG
    foreign = frozenset(options) - LIBPQ_OPTIONS
    elsewhere = wanted in {Dialect.OTHER, Dialect.CONNECTOR} or bool(foreign & _ELSEWHERE_OPTIONS)
    return PLAIN_ELSEWHERE if elsewhere and wanted is not Dialect.PSYCOPG else PLAIN


class Tls(Value, frozen=True, kw_only=True):
    """What the options say about TLS."""

    mode: TlsMode | None = None
    read: frozenset[str] = frozenset()
    """Options that the driver understands so; the rest stays for the driver to refuse."""
    problems: tuple[Finding, ...] = ()
    bad: tuple[Finding, ...] = ()


_MEANT = {
    "true": TlsMode.REQUIRE,
    "1": TlsMode.REQUIRE,
    "on": TlsMode.REQUIRE,
    "no-verify": TlsMode.REQUIRE,
    "false": TlsMode.DISABLE,
    "0": TlsMode.DISABLE,
    "off": TlsMode.DISABLE,
}
"""Values of other clients (JDBC, node-postgres) and what they mean there."""


def mode_named(text: str) -> TlsMode | None:
    """The modes of libpq; asyncpg takes them with underscores, too."""
    name = text.replace("_", "-")
    return TlsMode(name) if name in TlsMode._value2member_map_ else None


def tls_of(driver: Driver, options: Iterable[tuple[str, str]], source: str) -> Tls:
    """The TLS mode as the driver takes it; where it takes none of what is there, the one that was meant."""
    tls = Tls()
    for name, value in options:
        if name in {"sslmode", "ssl"}:
            tls = _joined(tls, _one(driver, name, value, source))
    return tls


def _one(driver: Driver, name: str, value: str, source: str) -> Tls:
    mode = mode_named(value)
    meant = mode or _MEANT.get(value.lower())
    about = Finding(code=Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about=source, other=name)
    # libpq takes this one of JDBC's; as a keyword, which is how SQLAlchemy hands it over, it does not.
    of_jdbc = driver.reader is Reader.LIBPQ and (name, value) == ("ssl", "true")
    if of_jdbc or (name == driver.tls_option and mode):
        return Tls(mode=meant, read=frozenset({name}))
    if name == driver.tls_option and not meant:
        return Tls(bad=(Finding(code=Code.CONFIG_TARGET_BAD_VALUE, about=source, other=name),))
    taken = driver.options is None or (name != driver.tls_option and name in driver.options)
    return Tls(mode=meant, problems=() if taken else (about,))


def _joined(first: Tls, second: Tls) -> Tls:
    return Tls(
        mode=second.mode if second.read or first.mode is None else first.mode,
        read=first.read | second.read,
        problems=(*first.problems, *second.problems),
        bad=(*first.bad, *second.bad),
    )


VOCABULARY = LIBPQ_OPTIONS.union(
    _ELSEWHERE_OPTIONS, {"ssl"}, *(driver.options for driver in _NAMED if driver.options is not None)
)
"""Every option name that some client has. A name outside may be a piece of a value that was not encoded."""


def foreign_options(driver: Driver, names: Iterable[str], source: str) -> tuple[Finding, ...]:
    """A finding for each option that the driver does not take; the two about TLS are judged with their value."""
    if driver.options is None:
        return ()
    return tuple(
        Finding(code=Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about=source, other=name if name in VOCABULARY else "")
        for name in names
        if name not in driver.options and name not in {"sslmode", "ssl"}
    )
