"""What a driver is handed: the app's URL as the app hands it over, or the parts where it has none for this driver."""

import re
from urllib.parse import urlencode

from diagnostics.adapters import app_url
from diagnostics.adapters.app_url import Keyword
from diagnostics.adapters.driver_environment import NOWHERE
from diagnostics.core.model import Dialect, Login, Route, SettingName, Target, TlsMode
from diagnostics.ports import DriverCall

DEFAULT_ENDPOINT = "https://sqladmin.googleapis.com"
"""The connector's own default, which it derives from the universe when it is not told: so it is not told."""

_DATABASE = {Dialect.ASYNCPG: "database", Dialect.PSYCOPG: "dbname"}
_URL = {Dialect.ASYNCPG: "dsn", Dialect.PSYCOPG: "conninfo"}
_TLS = {Dialect.ASYNCPG: "ssl", Dialect.PSYCOPG: "sslmode"}
"""Each driver's keyword for the same thing."""

_WEAK = frozenset({None, TlsMode.DISABLE.value, TlsMode.ALLOW.value, TlsMode.PREFER.value})
"""Where a peer may choose to go without TLS; None is nothing said."""

_SERVICE = re.compile(r"[?&]service(file)?=")

Options = dict[str, Keyword | bool | None]


def options(call: DriverCall) -> Options:
    """Keyword arguments of the driver's connect."""
    if call.dialect is Dialect.CONNECTOR:
        return _for_connector(call)
    given: Options = {name: _joined(call.dialect, value) for name, value in _handed_over(call).items()}
    # A password that a file names is the target's by now, or would be unknown to what cleans the driver's texts.
    given["passfile"] = NOWHERE
    if call.login_token is not None:
        given["password"] = call.login_token.reveal()
        _insist_on_tls(call, given)
    return given


def defaults(call: DriverCall) -> dict[str, str]:
    """What libpq and asyncpg read from the environment where a URL leaves it open: the target's own values."""
    target = call.target
    if call.dialect is Dialect.CONNECTOR:
        return {}
    values = {"PGHOST": target.host, "PGPORT": str(target.port), "PGUSER": target.user, "PGDATABASE": target.database}
    if target.password is not None:
        values["PGPASSWORD"] = target.password.reveal()
    return {name: value for name, value in values.items() if value and "\0" not in value}


def _handed_over(call: DriverCall) -> dict[str, Keyword]:
    target, dialect = call.target, call.dialect
    url = target.url.reveal() if target.url and target.dialect is dialect else ""
    if url and not _SERVICE.search(url):
        if app_url.is_plain(url):
            return {_URL[dialect]: url}
        if app_url.names(url, dialect):
            return app_url.keywords(url, _DATABASE[dialect])
    return _with_tls(call, _parts(target, _DATABASE[dialect]))


def _parts(target: Target, database: str) -> dict[str, Keyword]:
    parts: dict[str, Keyword] = {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        database: target.database,
    }
    if target.password is not None:
        parts["password"] = target.password.reveal()
    return parts


def _with_tls(call: DriverCall, parts: dict[str, Keyword]) -> dict[str, Keyword]:
    """TLS only where the settings speak of it: an app that says nothing gets the driver's default."""
    target = call.target
    spoken = (SettingName.TLS_MODE, SettingName.ROOT_CERT, SettingName.CLIENT_CERT, SettingName.CLIENT_KEY)
    if target.route is Route.SOCKET or all(target.origin(setting) == "default" for setting in spoken):
        return parts
    files = {"sslrootcert": target.root_cert, "sslcert": target.client_cert, "sslkey": target.client_key}
    said = {"sslmode": target.tls.value} | {name: path for name, path in files.items() if path}
    if call.dialect is Dialect.ASYNCPG:
        # Only in a URL certificate files can be named, and keywords come before what it says.
        return parts | {"dsn": f"postgresql://?{urlencode(said)}"}
    return parts | said


def _insist_on_tls(call: DriverCall, given: Options) -> None:
    """A token goes to nobody in the clear, whatever the app's settings leave open; a socket has no TLS either way."""
    name, mode = _TLS[call.dialect], call.target.tls.value
    if given.get(name) in _WEAK:
        given[name] = TlsMode.REQUIRE.value if mode in _WEAK else mode


def _joined(dialect: Dialect, value: Keyword) -> Keyword:
    """SQLAlchemy joins repeated parameters with commas for libpq."""
    return ",".join(value) if dialect is Dialect.PSYCOPG and isinstance(value, tuple) else value


def _for_connector(call: DriverCall) -> Options:
    """A login token is not among it: the connector asks for its own."""
    target, endpoint = call.target, call.sqladmin_endpoint
    return {
        "instance": str(target.instance or ""),
        "user": target.user,
        "password": target.password.reveal() if target.password else None,
        "db": target.database,
        "ip_type": target.ip_type.value,
        "enable_iam_auth": target.login is Login.IAM,
        "sqladmin_endpoint": "" if endpoint == DEFAULT_ENDPOINT else endpoint,
        "passfile": NOWHERE,
    }
