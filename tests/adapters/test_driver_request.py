"""What a driver is handed, and what it cannot find by itself: real servers look at what arrives."""

import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from diagnostics.adapters.driver_environment import environment
from diagnostics.adapters.driver_request import defaults, options
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Dialect, InstanceName, Login, Origin, Route, Secret, SettingName, Target, TlsMode
from diagnostics.ports import DriverCall, DriverEnd, DriverResult
from tests.adapters import listeners

LIMIT = 5.0
BOTH = pytest.mark.parametrize("dialect", [Dialect.ASYNCPG, Dialect.PSYCOPG])

HIDDEN = "hidden-s3cret-77"
"""A password that nobody gave us."""
TOKEN = "ya29.login-token-of-the-app"

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
CLEARTEXT = b"R" + struct.pack("!II", 8, 3)


def message(connection: socket.socket) -> bytes:
    """What arrives at once: drivers send a message in one piece."""
    return connection.recv(65536)


def asks_in_the_clear(heard: list[bytes]) -> listeners.Serve:
    """A server without TLS that asks for the password as it is."""

    def serve(connection: socket.socket) -> None:
        said = message(connection)
        while said and (said == SSL_REQUEST or said[4:8] == SSL_REQUEST[4:8]):
            connection.sendall(b"N")
            said = message(connection)
        heard.append(said)
        if said:
            connection.sendall(CLEARTEXT)
            heard.append(message(connection))

    return serve


@contextmanager
def plain_server() -> Iterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []
    with listeners.listening(asks_in_the_clear(heard)) as endpoint:
        yield endpoint.port, heard


def target_of(dialect: Dialect, port: int, **changes: object) -> Target:
    settings: dict[str, object] = {
        "name": "orders",
        "route": Route.DIRECT,
        "dialect": dialect,
        "host": "127.0.0.1",
        "port": port,
        "database": "orders",
        "user": "api",
    }
    return Target(**(settings | changes))  # type: ignore[arg-type]


async def connect(target: Target, environ: Mapping[str, str], **more: object) -> DriverResult:
    call = DriverCall(dialect=target.dialect, target=target, limit=LIMIT, load_limit=30.0, **more)  # type: ignore[arg-type]
    return await AppDrivers(environ).connect(call)


# --- a secret that a driver would find by itself ----------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder full of passwords, in every file that libpq or asyncpg looks for."""
    (tmp_path / ".pgpass").write_text(f"*:*:*:*:{HIDDEN}\n")
    (tmp_path / ".pgpass").chmod(0o600)
    (tmp_path / ".pg_service.conf").write_text(f"[mine]\npassword={HIDDEN}\n")
    (tmp_path / "pg_service.conf").write_text(f"[mine]\npassword={HIDDEN}\n")
    return tmp_path


EVERYWHERE = {
    "PGPASSWORD": HIDDEN,
    "PGPASSFILE": "{home}/.pgpass",
    "PGSERVICE": "mine",
    "PGSERVICEFILE": "{home}/.pg_service.conf",
    "PGSYSCONFDIR": "{home}",
    "HOME": "{home}",
}


@BOTH
@pytest.mark.parametrize(
    "scheme, query",
    [
        ("", ""),
        ("postgresql", ""),
        ("postgresql", "?passfile={home}/.pgpass"),
        ("postgresql", "?service=mine"),
        ("postgresql", "?servicefile={home}/.pg_service.conf&service=mine"),
        ("postgresql+", ""),
        ("postgresql+", "?passfile={home}/.pgpass"),
        ("postgresql+", "?service=mine"),
    ],
)
async def test_a_driver_sends_no_password_that_the_settings_do_not_name(
    dialect: Dialect, scheme: str, query: str, home: Path
) -> None:
    """Its texts could not be cleaned of it. What the settings find in these places is the target's: that is sent."""
    environ = {name: value.format(home=home) for name, value in EVERYWHERE.items()}
    with plain_server() as (port, heard):
        url = (
            f"{scheme}{dialect if scheme.endswith('+') else ''}://api@127.0.0.1:{port}/orders{query.format(home=home)}"
        )
        unset = target_of(dialect, port, url=Secret(url) if scheme else None)
        await connect(unset, environ)
        assert not [said for said in heard if HIDDEN.encode() in said]
        heard.clear()
        resolved = target_of(dialect, port, url=Secret(url) if scheme else None, password=Secret("named-s3cret"))
        result = await connect(resolved, environ)
        assert b"named-s3cret" in heard[-1], result


def test_the_environment_is_a_list_of_names() -> None:
    """Whatever else an app has in its own stays there."""
    environ = dict(os.environ) | {
        "PATH": "/bin",
        "SSL_CERT_FILE": "/ca.pem",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c app.key=s3cret",
        "PGPASSWORD": "s3cret",
        "DATABASE_URL": "postgresql://u:s3cret@h/d",
        "STRIPE_API_KEY": "s3cret",
        "GOOGLE_API_KEY": "s3cret",
        "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
        "HTTPS_PROXY": "http://proxy:3128",
        "HOME": "/home/app",
        "PYTHONPATH": "/app",
        "PYTHONSTARTUP": "/app/start.py",
    }
    for dialect in (Dialect.ASYNCPG, Dialect.PSYCOPG, Dialect.CONNECTOR):
        given = environment(dialect, environ)
        assert "s3cret" not in " ".join(given.values())
        assert not [name for name in given if name.startswith("PYTHON")]
        assert (given["PATH"], given["SSL_CERT_FILE"]) == ("/bin", "/ca.pem")
        google = {"GOOGLE_APPLICATION_CREDENTIALS", "HTTPS_PROXY"} & given.keys()
        assert bool(google) is (dialect is Dialect.CONNECTOR)
        assert given.get("PGSSLMODE") == (None if dialect is Dialect.CONNECTOR else "require")


def test_certificates_of_the_home_folder_are_named(tmp_path: Path) -> None:
    """What is no secret of a text is found as the app's driver would find it."""
    folder = tmp_path / ".postgresql"
    folder.mkdir()
    (folder / "root.crt").write_text("")
    given = environment(Dialect.PSYCOPG, {"HOME": str(tmp_path)})
    assert (given["PGSSLROOTCERT"], "PGSSLCERT" in given) == (str(folder / "root.crt"), False)
    given = environment(Dialect.PSYCOPG, {"HOME": str(tmp_path), "PGSSLROOTCERT": "/other.crt"})
    assert given["PGSSLROOTCERT"] == "/other.crt"


def test_the_connector_gets_no_password_file(tmp_path: Path) -> None:
    target = target_of(Dialect.CONNECTOR, 0, route=Route.CONNECTOR, instance=InstanceName.parse("p:r:i"))
    call = DriverCall(dialect=Dialect.CONNECTOR, target=target, limit=LIMIT, load_limit=LIMIT)
    assert not Path(str(options(call)["passfile"])).exists()
    assert defaults(call) == {}


# --- a token and TLS --------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("mode", [TlsMode.DISABLE, TlsMode.PREFER])
@pytest.mark.parametrize("form", ["parts", "parts with sslmode", "url", "url with sslmode", "sqlalchemy url"])
async def test_a_token_does_not_go_to_a_peer_without_tls(dialect: Dialect, mode: TlsMode, form: str) -> None:
    """One that shook hands with us may decline it to the driver, which would then go on in the clear."""
    with plain_server() as (port, heard):
        url = {
            "url": f"postgresql://api@127.0.0.1:{port}/orders",
            "url with sslmode": f"postgresql://api@127.0.0.1:{port}/orders?sslmode={mode.value}",
            "sqlalchemy url": f"postgresql+{dialect}://api@127.0.0.1:{port}/orders"
            f"?{'ssl' if dialect is Dialect.ASYNCPG else 'sslmode'}={mode.value}",
        }.get(form)
        origins = (Origin(setting=SettingName.TLS_MODE, source="PGSSLMODE"),) if form == "parts with sslmode" else ()
        target = target_of(dialect, port, login=Login.IAM, tls=mode, origins=origins, url=Secret(url) if url else None)
        result = await connect(target, {"PGSSLMODE": mode.value}, login_token=Secret(TOKEN))
    assert result.end is DriverEnd.FAILED
    assert b"".join(heard) == b""


@BOTH
@pytest.mark.parametrize("mode", [TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL])
def test_insisting_on_tls_asks_for_no_less_than_the_app(dialect: Dialect, mode: TlsMode) -> None:
    name = "ssl" if dialect is Dialect.ASYNCPG else "sslmode"
    for url in ("", "postgresql://h/d", f"postgresql+{dialect}://h/d?{name}={mode.value}"):
        target = target_of(dialect, 1, login=Login.IAM, tls=mode, url=Secret(url) if url else None)
        call = DriverCall(dialect=dialect, target=target, limit=LIMIT, load_limit=LIMIT, login_token=Secret(TOKEN))
        assert options(call)[name] == mode.value


@BOTH
async def test_a_token_goes_into_the_socket(dialect: Dialect, tmp_path: Path) -> None:
    """There is no TLS, and nobody between: what is mounted there is Google's proxy."""
    heard: list[bytes] = []
    with listeners.listening_at(tmp_path / ".s.PGSQL.5432", asks_in_the_clear(heard)):
        target = target_of(dialect, 5432, host=str(tmp_path), route=Route.SOCKET, login=Login.IAM)
        await connect(target, {}, login_token=Secret(TOKEN))
    assert TOKEN.encode() in heard[-1]


@BOTH
def test_where_a_url_leaves_something_open_the_targets_values_stand_in(dialect: Dialect) -> None:
    target = target_of(dialect, 6432, url=Secret("postgresql:///"), password=Secret("named-s3cret"))
    call = DriverCall(dialect=dialect, target=target, limit=LIMIT, load_limit=LIMIT)
    assert defaults(call) == {
        "PGHOST": "127.0.0.1",
        "PGPORT": "6432",
        "PGUSER": "api",
        "PGDATABASE": "orders",
        "PGPASSWORD": "named-s3cret",
    }
