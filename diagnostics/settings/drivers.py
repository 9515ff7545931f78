"""What each driver takes: which options, which of them name a part of the target, and how it chooses TLS.

Sources: libpq's list of connection keywords (PostgreSQL 18, psycopg's PQconndefaults), the signatures of asyncpg 0.32
and pg8000 1.31, SQLAlchemy 2.1, which hands every query parameter to the driver as a keyword, pgjdbc's PGProperty,
Npgsql's NpgsqlConnectionStringBuilder.
"""

from collections.abc import Iterable, Iterator

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, SettingName, TlsMode, Value
from diagnostics.settings.words import part_of_key


class Driver(Value, frozen=True, kw_only=True):
    """One driver as the form of a setting names it, or leaves it open."""

    name: str = ""
    """As a scheme or a form names it; empty where nobody does."""
    dialect: Dialect = Dialect.OTHER
    by_sqlalchemy: bool = False
    """Whether SQLAlchemy takes the URL apart; else the driver does, by libpq's rules or its own."""
    options: frozenset[str] | None = None
    """Every parameter that it takes; None where we do not know them, so nothing can be said against one."""
    parts: tuple[tuple[str, SettingName], ...] = ()
    """Parameters that name a part of the target; none where any usual word for one is taken."""
    tls_option: str = ""
    """Its own name for the TLS mode, empty where a URL cannot say it."""
    default_tls: TlsMode = TlsMode.PREFER
    ssl_true: TlsMode = TlsMode.REQUIRE
    """What ``ssl=true`` means to it."""
    takes_socket_file: bool = False
    """Whether a host may be the socket's file, where libpq only takes the directory."""
    reads_libpq: bool = True
    """Whether it takes from libpq's variables, service file and password file what it is not given."""

    def part_of(self, name: str) -> SettingName | None:
        """The part of the target that a parameter names."""
        if self.parts:
            return dict(self.parts).get(name)
        meaning = _SHORT.get(name) or (part_of_key(name) or ("",))[0]
        return meaning if isinstance(meaning, SettingName) and meaning is not SettingName.URL else None


_SHORT = {"u": SettingName.USER, "p": SettingName.PASSWORD, "d": SettingName.DATABASE}
"""NocoDB's own words."""


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
    "sslfactory socketFactory cloudSqlInstance unixSocketPath ipTypes enableIamAuth socketTimeout loginTimeout "
    "ApplicationName reWriteBatchedInserts prepareThreshold tcpKeepAlive stringtype defaultRowFetchSize sslMode "
    "conn_max_age conn_health_checks pool pool_size max_overflow timeout encoding prepared_statements "
    "reaping_frequency checkout_timeout variables schema_search_path statement_timeout lock_timeout idle_timeout "
    "max_connections serverVersion charset driverOptions uselibpqcompat max min timezone TimeZone path db u p d "
    "ssl_require max_conns max_idle_conns max_conn_lifetime x-migrations-table x-multi-statement "
    "x-statement-timeout".split()
)
"""Parameters of clients that are none of Python's drivers: Prisma, pgx, lib/pq, JDBC, Django, Rails, Doctrine, node."""

SECRET_OPTIONS = frozenset("sslpassword oauth_client_secret scram_client_key scram_server_key".split())
"""Parameters that are secrets themselves: never carried in the clear."""


def _libpq(name: str, options: frozenset[str], *, by_sqlalchemy: bool = True) -> Driver:
    return Driver(
        name=name,
        dialect=Dialect.PSYCOPG,
        by_sqlalchemy=by_sqlalchemy,
        options=options,
        parts=_LIBPQ_PARTS,
        tls_option="sslmode",
    )


PLAIN = _libpq("", LIBPQ_OPTIONS, by_sqlalchemy=False)
"""``postgresql://``: libpq's own scheme, and psycopg for SQLAlchemy. A guess: every other client takes it, too."""
PLAIN_ASYNCPG = Driver(
    dialect=Dialect.ASYNCPG,
    parts=(*_LIBPQ_PARTS, ("database", SettingName.DATABASE)),
    tls_option="sslmode",
    takes_socket_file=True,
)
"""The same scheme given to asyncpg itself: it knows libpq's names and sends the rest to the server."""
ELSEWHERE = Driver(tls_option="sslmode")
"""Whoever takes what libpq does not: every usual word for a part of the target counts."""
JDBC = Driver(name="jdbc", tls_option="sslmode", ssl_true=TlsMode.VERIFY_FULL, reads_libpq=False)
R2DBC = Driver(name="r2dbc", tls_option="sslMode", default_tls=TlsMode.DISABLE, reads_libpq=False)
NPGSQL = Driver(name="npgsql", tls_option="sslmode")
ODBC = Driver(name="odbc", tls_option="sslmode")

_NAMED = (
    *(_libpq(name, _PSYCOPG_OPTIONS) for name in ("psycopg", "psycopg_async")),
    *(_libpq(name, _PSYCOPG2_OPTIONS) for name in ("psycopg2", "psycopg2cffi")),
    Driver(
        name="asyncpg",
        dialect=Dialect.ASYNCPG,
        by_sqlalchemy=True,
        options=_ASYNCPG_OPTIONS,
        parts=_PYTHON_PARTS,
        tls_option="ssl",
        takes_socket_file=True,
    ),
    Driver(
        name="pg8000",
        by_sqlalchemy=True,
        options=_PG8000_OPTIONS,
        parts=(*_PYTHON_PARTS, ("unix_sock", SettingName.HOST)),
        default_tls=TlsMode.DISABLE,
        takes_socket_file=True,
        reads_libpq=False,
    ),
)


def driver_named(scheme: str, name: str) -> Driver | None:
    """The driver that ``scheme+name://`` means; None where SQLAlchemy has none by that name.

    SQLAlchemy 1.4 and later know ``postgresql+driver`` only; ``postgres`` is an alias in plain URLs.
    """
    if not name:
        return PLAIN
    return next((driver for driver in _NAMED if driver.name == name and scheme == "postgresql"), None)


def unknown_driver(name: str) -> Driver:
    """Stands for a driver that is not Python's, or that nobody has: nothing is said about its options."""
    return Driver(name=name, by_sqlalchemy=True, tls_option="sslmode")


def plain_driver(wanted: Dialect | None, options: Iterable[str]) -> Driver:
    """Who reads a plain URL: the one that was named, else libpq unless it does not take an option that is there."""
    if wanted is Dialect.ASYNCPG:
        return PLAIN_ASYNCPG
    if wanted is Dialect.PSYCOPG:
        return PLAIN
    foreign = frozenset(options) - LIBPQ_OPTIONS - {"ssl"}
    return ELSEWHERE if foreign or wanted in {Dialect.OTHER, Dialect.CONNECTOR} else PLAIN


class Tls(Value, frozen=True, kw_only=True):
    """What the options say about TLS."""

    mode: TlsMode | None = None
    read: frozenset[str] = frozenset()
    """Options that the driver understands so; the rest stays for the driver to refuse."""
    problems: tuple[Finding, ...] = ()


_MEANT = {
    **dict.fromkeys(("false", "0", "off", "no", "none"), TlsMode.DISABLE),
    **dict.fromkeys(("true", "1", "on", "yes", "no-verify"), TlsMode.REQUIRE),
    **{mode.value.replace("-", ""): mode for mode in TlsMode},
}
"""Values of other clients (Npgsql, node-postgres, Strapi) and what they mean there."""


def mode_named(text: str) -> TlsMode | None:
    """The modes of libpq; asyncpg takes them with underscores, too."""
    name = text.replace("_", "-")
    return TlsMode(name) if name in TlsMode._value2member_map_ else None


def mode_meant(text: str) -> TlsMode | None:
    """The mode that a word means to any client."""
    word = text.strip().lower()
    return mode_named(word) or _MEANT.get(word.replace("_", "").replace(" ", ""))


def tls_of(driver: Driver, options: Iterable[tuple[str, str]], source: str) -> Tls:
    """The TLS mode as the driver takes it; where it takes none of what is there, the one that was meant."""
    tls = Tls()
    for name, value in options:
        if part_of_key(name) and part_of_key(name)[0] is SettingName.TLS_MODE:  # type: ignore[index]
            one = _one(driver, name, value, source)
            mode = one.mode if one.read or tls.mode is None else tls.mode
            tls = Tls(mode=mode or tls.mode, read=tls.read | one.read, problems=(*tls.problems, *one.problems))
    return tls


def _one(driver: Driver, name: str, value: str, source: str) -> Tls:
    about = Finding(code=Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about=source, other=name)
    meant = mode_named(value) or (driver.ssl_true if (name, value.lower()) == ("ssl", "true") else mode_meant(value))
    # libpq takes this one of JDBC's; as a keyword, which is how SQLAlchemy hands it over, it does not.
    of_jdbc = not driver.by_sqlalchemy and (name, value) == ("ssl", "true")
    if of_jdbc or (name == driver.tls_option and mode_named(value)) or (driver.options is None and meant):
        return Tls(mode=meant, read=frozenset({name}))
    taken = driver.options is None or (name != driver.tls_option and name in driver.options)
    return Tls(mode=meant, problems=() if taken and meant else (about,))


VOCABULARY = LIBPQ_OPTIONS.union(
    _ELSEWHERE_OPTIONS, {"ssl"}, *(driver.options for driver in _NAMED if driver.options is not None)
)
"""Every option name that some client has. A name outside may be a piece of a value that was not encoded."""


def known_option(name: str) -> bool:
    """Whether some client has an option of that name; sqlx writes its own with dashes."""
    return name in VOCABULARY or name.replace("-", "_") in VOCABULARY


def foreign_options(driver: Driver, names: Iterable[str], source: str) -> Iterator[Finding]:
    """A finding for each option that a named driver does not take, and for each in a plain URL that nobody has.

    The two about TLS are judged with their value. Of JDBC's and .NET's there are too many to know them.
    """
    if driver.options is None and driver.name:
        return
    for name in names:
        unknown = not known_option(name) and driver.part_of(name) is None
        taken = not unknown if driver.options is None else name in driver.options
        if not taken and name not in {"sslmode", "ssl"}:
            code = Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER
            yield Finding(code=code, about=source, other="" if unknown else name)
