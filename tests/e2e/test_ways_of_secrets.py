"""Every way in which somebody may hold a secret, on every surface of the command line: none of them shows it.

The server asks for the password in clear text, and repeats in its error all that it was ever sent, in every form in
which the secret might still be read.
"""

import base64
import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import pytest

from diagnostics.app.main import services
from diagnostics.surfaces import cli
from diagnostics.surfaces.screen import World
from tests.adapters.authority import server_authority
from tests.e2e.program import environment

SECRET = "Qx7ZvKw9JkVw%3XqWz"
"""No text has its pieces by accident."""

FORMS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda s: quote(s, safe=""),
    lambda s: base64.b64encode(s.encode()).decode(),
    lambda s: base64.urlsafe_b64encode(f"user:{s}".encode()).decode(),
    lambda s: base64.b32encode(s.encode()).decode(),
    lambda s: s.encode().hex(),
    lambda s: s.encode().hex(":"),
    lambda s: s[::-1],
    lambda s: "".join(f"&#{ord(c)};" for c in s),
    "-".join,
)

GIVES_AWAY = {form(SECRET) for form in FORMS} | {"Qx7ZvKw9", "JkVw", "3XqWz"}


@dataclass
class Way:
    """Variables, what is typed, and files by name; ``{secret}``, ``{port}`` and ``{folder}`` are filled in."""

    variables: dict[str, str] = field(default_factory=dict)
    typed: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


URL = "postgresql://api:{quoted}@127.0.0.1:{port}/orders?sslmode=disable"
BARE = "postgresql://api@127.0.0.1:{port}/orders?sslmode=disable"
PARTS = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "{port}", "POSTGRES_DB": "orders", "POSTGRES_USER": "api"}
PG = {"PGHOST": "127.0.0.1", "PGPORT": "{port}", "PGDATABASE": "orders", "PGUSER": "api", "PGSSLMODE": "disable"}
PASSFILE = "127.0.0.1:{port}:*:*:{secret}\n"
SERVICE = "[orders]\nhost=127.0.0.1\nport={port}\ndbname=orders\nuser=api\npassword={secret}\nsslmode=disable\n"
TABLE = '[targets.orders]\nhost = "127.0.0.1"\nport = {port}\ndatabase = "orders"\nuser = "api"\n'
KEY = "-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"

WAYS: dict[str, Way] = (
    {
        "userinfo": Way({"DATABASE_URL": URL}),
        "userinfo, raw": Way({"DATABASE_URL": "postgresql://api:{secret}@127.0.0.1:{port}/orders"}),
        "userinfo, asyncpg": Way({"DATABASE_URL": URL.replace("postgresql", "postgresql+asyncpg").partition("?")[0]}),
        "userinfo, psycopg": Way({"DATABASE_URL": URL.replace("postgresql", "postgresql+psycopg")}),
        "userinfo, postgres": Way({"DATABASE_URL": URL.replace("postgresql", "postgres")}),
        "query": Way({"DATABASE_URL": BARE + "&password={quoted}"}),
        "query, user and password": Way(
            {"DATABASE_URL": "postgresql://127.0.0.1:{port}/orders?user=api&password={quoted}"}
        ),
        "sslpassword": Way({"DATABASE_URL": BARE + "&sslpassword={quoted}", "POSTGRES_PASSWORD": "{secret}"}),
        "passfile of the URL": Way({"DATABASE_URL": BARE + "&passfile={folder}/pass"}, files={"pass": PASSFILE}),
        "fragment": Way({"DATABASE_URL": BARE + "#{quoted}"}),
        "in quotation marks": Way({"DATABASE_URL": f'"{URL}"'}),
        "with a line break": Way({"DATABASE_URL": URL + "\n"}),
        "of another scheme": Way({"DATABASE_URL": "mysql://api:{secret}@127.0.0.1:{port}/orders"}),
        "own URL": Way({"CLOUDSQL_DIAG_DATABASE_URL": URL}),
        "parts": Way(PARTS | {"POSTGRES_PASSWORD": "{secret}"}),
        "parts, line break": Way(PARTS | {"POSTGRES_PASSWORD": "{secret}\n"}),
        "parts, blanks": Way(PARTS | {"POSTGRES_PASSWORD": "  {secret}  "}),
        "parts, in quotation marks": Way(PARTS | {"POSTGRES_PASSWORD": '"{secret}"'}),
        "parts, from a file": Way(PARTS | {"POSTGRES_PASSWORD_FILE": "{folder}/pw"}, files={"pw": "{secret}\n"}),
        "DB_": Way(
            {"DB_HOST": "127.0.0.1", "DB_PORT": "{port}", "DB_NAME": "o", "DB_USER": "api", "DB_PASS": "{secret}"}
        ),
        "DB_PASSWORD": Way(
            {"DB_HOST": "127.0.0.1", "DB_PORT": "{port}", "DB_NAME": "o", "DB_USER": "a", "DB_PASSWORD": "{secret}"}
        ),
        "PGPASSWORD": Way(PG | {"PGPASSWORD": "{secret}"}),
        "PGPASSWORD beside a URL": Way({"DATABASE_URL": BARE, "PGPASSWORD": "{secret}"}),
        "PGPASSFILE": Way(PG | {"PGPASSFILE": "{folder}/pass"}, files={"pass": PASSFILE}),
        "PGPASSFILE beside a URL": Way({"DATABASE_URL": BARE, "PGPASSFILE": "{folder}/pass"}, files={"pass": PASSFILE}),
        "~/.pgpass": Way(PG | {"HOME": "{folder}"}, files={".pgpass": PASSFILE}),
        "service file": Way({"PGSERVICE": "orders", "PGSERVICEFILE": "{folder}/services"}, files={"services": SERVICE}),
        "service file beside a URL": Way(
            {"DATABASE_URL": BARE, "PGSERVICE": "orders", "PGSERVICEFILE": "{folder}/services"},
            files={"services": SERVICE},
        ),
        "PGOPTIONS": Way(PG | {"PGOPTIONS": "-c x.y={secret}", "PGPASSWORD": "{secret}"}),
        "proxy": Way({"DATABASE_URL": URL, "HTTPS_PROXY": "http://me:{quoted}@127.0.0.1:1"}),
        "proxy, small letters": Way({"DATABASE_URL": URL, "http_proxy": "http://me:{quoted}@127.0.0.1:1"}),
        "proxy of all": Way({"DATABASE_URL": URL, "ALL_PROXY": "socks5://me:{quoted}@127.0.0.1:1"}),
        "metadata host": Way({"DATABASE_URL": URL, "GCE_METADATA_HOST": "me:{secret}@127.0.0.1:1"}),
        "metadata root": Way({"DATABASE_URL": URL, "GCE_METADATA_ROOT": "me:{secret}@127.0.0.1:1"}),
        "key=value": Way({"DATABASE_URL": "host=127.0.0.1 port={port} user=api password={secret} dbname=orders"}),
        "JDBC": Way({"DATABASE_URL": "jdbc:postgresql://127.0.0.1:{port}/orders?user=api&password={quoted}"}),
        "JDBC, Spring": Way(
            {
                "SPRING_DATASOURCE_URL": "jdbc:postgresql://127.0.0.1:{port}/orders",
                "SPRING_DATASOURCE_PASSWORD": "{secret}",
            }
        ),
        "ADO.NET": Way({"DATABASE_URL": "Host=127.0.0.1;Port={port};Username=api;Password={secret};Database=orders"}),
        "ADO.NET, ConnectionStrings": Way(
            {"ConnectionStrings__Default": "Host=127.0.0.1;Port={port};Username=api;Password={secret};Database=orders"}
        ),
        "certificate files": Way(
            {"DATABASE_URL": BARE + "&sslcert={folder}/c.pem&sslkey={folder}/k.pem"},
            files={"c.pem": "{certificate}", "k.pem": KEY},
        ),
        "credentials file": Way(
            {"DATABASE_URL": URL, "GOOGLE_APPLICATION_CREDENTIALS": "{folder}/key.json"},
            files={"key.json": '{"type": "authorized_user", "client_secret": "{secret}", "refresh_token": "{secret}"}'},
        ),
    }
    | {
        f"Redis {number}": Way({"DATABASE_URL": URL, name: text})
        for number, (name, text) in enumerate(
            (
                ("REDIS_URL", "redis://:{quoted}@127.0.0.1:1/0"),
                ("REDIS_URL", "redis://me:{quoted}@127.0.0.1:1"),
                ("REDIS_URL", "rediss://me:{secret}@127.0.0.1:1/0"),
                ("REDIS_URL", "redis://127.0.0.1:1/0?password={quoted}"),
                ("REDIS_URL", "127.0.0.1:1,password={secret}"),
                ("REDIS_URL", "{secret}@127.0.0.1"),
                ("REDIS_HOST", "me:{secret}@127.0.0.1"),
                ("REDIS_PASSWORD", "{secret}"),
            )
        )
    }
    | {
        f"typed {words[0]}": Way(PARTS, typed=words)
        for words in (
            ("--url", URL),
            ("--host", URL),
            ("--database", URL),
            ("--bind", "{secret}"),
            ("--control-private", "{secret}"),
            ("--instance", "p:r:i:{secret}@x"),
            ("--sslmode", "{secret}"),
            ("--dialect", "{secret}"),
            ("--login", "{secret}"),
            ("--ip-type", "{secret}"),
            ("--output", "{secret}"),
            ("--depth", "{secret}"),
            ("--drivers", "{secret}"),
            ("--skip", "{secret}"),
            ("--timeout", "{secret}"),
            ("--db-port", "{secret}"),
            ("--fail-on", "{secret}"),
            ("--target", "{secret}"),
            ("--google-vip", "{secret}"),
            ("--sqladmin-endpoint", "https://me:{secret}@127.0.0.1"),
            ("--password", "{secret}"),
        )
    }
    | {
        f"TOML: {name}": Way({"CLOUDSQL_DIAG_CONFIG": "{folder}/c.toml"}, files={"c.toml": text, "pw": "{secret}\n"})
        for name, text in (
            ("url", '[targets.orders]\nurl = "' + URL + '"\n'),
            ("url_file", '[targets.orders]\nurl_file = "{folder}/pw"\n'),
            ("url_env", '[targets.orders]\nurl_env = "NONE"\n'),
            ("password_file", TABLE + 'password_file = "{folder}/pw"\n'),
            ("password", TABLE + 'password = "{secret}"\n'),
            ("no TOML", TABLE + "password = {secret}\n"),
            ("unknown key", TABLE + '"{secret}" = 1\n'),
            ("name of a target", '[targets."{secret}"]\nhost = "127.0.0.1"\n'),
            ("an option", TABLE + '[options]\ndepth = "{secret}"\n'),
            ("an unknown table", '["{secret}"]\nx = 1\n'),
            ("host", '[targets.orders]\nhost = "api:{secret}@127.0.0.1"\n'),
        )
    }
)


class Parrot:
    """PostgreSQL that asks for the password in clear text, and repeats all that it hears."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        heard = connection.recv(4096)
        if heard[4:8] == bytes.fromhex("04d2162f"):
            connection.sendall(b"N")
            heard += connection.recv(4096)
        connection.sendall(b"R\0\0\0\x08\0\0\0\x03")
        heard += connection.recv(4096)
        told = " ".join(form(SECRET) for form in FORMS) + heard.decode("latin-1").replace("\0", " ")
        fields = b"SFATAL\0VFATAL\0C28P01\0Mno entry for " + told.encode() + b"\0\0"
        connection.sendall(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)


@pytest.fixture(scope="module")
def parrot() -> Iterator[Parrot]:
    server = Parrot()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()
    thread.join(5)


def filled(text: str, port: int, folder: Path) -> str:
    given = {
        "{secret}": SECRET,
        "{quoted}": quote(SECRET, safe=""),
        "{port}": str(port),
        "{folder}": str(folder),
        "{certificate}": server_authority().issue("client").certificate,
    }
    for place, value in given.items():
        text = text.replace(place, value)
    return text


@contextmanager
def nowhere_else() -> Iterator[None]:
    """A name is a piece of something, and must not leave the machine."""

    def look_up(host: object, *arguments: object, **options: object) -> object:
        if str(host).replace(".", "").isdigit():
            return original(host, *arguments, **options)  # type: ignore[arg-type]
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    original = socket.getaddrinfo
    with mock.patch.object(socket, "getaddrinfo", look_up):
        yield


def shown(environ: dict[str, str], typed: list[str], folder: Path) -> str:
    out, err, word = io.StringIO(), io.StringIO(), folder / "termination-log"
    word.touch()
    world = World(environ=environ, stdout=out, stderr=err, termination_log=word)
    with mock.patch.dict(os.environ, environ, clear=True), nowhere_else():
        cli.run(services(), typed, world)
    return out.getvalue() + err.getvalue() + word.read_text()


SURFACES = (
    ("check", "-o", "json"),
    ("check", "-o", "text"),
    ("check", "-o", "log"),
    ("config", "-o", "json"),
    ("config",),
)


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_shown_on_no_surface(way: str, parrot: Parrot, tmp_path: Path) -> None:
    given = WAYS[way]
    for name, text in given.files.items():
        (tmp_path / name).write_text(filled(text, parrot.port, tmp_path))
        (tmp_path / name).chmod(0o600)
    variables = {name: filled(text, parrot.port, tmp_path) for name, text in given.variables.items()}
    typed = [filled(word, parrot.port, tmp_path) for word in given.typed]
    environ = {**environment(), "CLOUDSQL_DIAG_TIMEOUT": "5", **variables}
    for surface in SURFACES:
        text = shown(environ, [*surface, *typed], tmp_path)
        assert text
        assert "Traceback" not in text
        assert not {form for form in GIVES_AWAY if form in text}, " ".join(surface)


def test_the_table_is_as_long_as_the_list() -> None:
    assert len(WAYS) >= 80
