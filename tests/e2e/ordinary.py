"""An ordinary PostgreSQL: Debian's, with a certificate, one role for each way to log in, and its log as it ships."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.e2e import authority
from tests.wire.postgres import Postgres, debian, server

PASSWORD = "Qz7-Vx9_Kp3.Wm5"
DATABASE = "postgres"
ROLES = {"by_scram": "scram-sha-256", "by_md5": "md5", "by_password": "password", "by_trust": "trust"}
"""Each role is named after the method by which it logs in."""

METHODS = {"by_scram": "scram-sha-256", "by_md5": "md5", "by_password": "cleartext", "by_trust": "none"}
"""The same in the words of the report."""


def _rules() -> str:
    lines = ["local all postgres trust"]
    for role, method in ROLES.items():
        lines += [f"local all {role} {method}", f"host all {role} all {method}"]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Ordinary:
    """A running server, and how an app would be told of it."""

    postgres: Postgres
    directory: Path
    ca_file: Path

    @property
    def port(self) -> int:
        return self.postgres.port

    def url(self, host: str = "127.0.0.1", user: str = "by_scram", scheme: str = "postgresql", **query: str) -> str:
        """DATABASE_URL; a host that begins with a slash is the directory of the socket."""
        if host.startswith("/"):
            query, place = {"host": host, **query}, f":{self.port}"
        else:
            place = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        options = "&".join(f"{name}={value}" for name, value in query.items())
        password = quote(PASSWORD, safe="")
        return f"{scheme}://{user}:{password}@{place}/{DATABASE}{'?' if options else ''}{options}"

    def variables(self, user: str = "by_scram", password: str = PASSWORD) -> dict[str, str]:
        return {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.port),
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": DATABASE,
        }

    def log_lines(self) -> list[str]:
        """All it has logged, when the backends of past clients have ended."""
        self.postgres.await_quiet()
        return self.postgres.log.splitlines()

    @contextmanager
    def password_of(self, role: str, password: str) -> Iterator[None]:
        """Another password for a role meanwhile."""
        with self.administrator() as connection:
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(change.format(sql.Identifier(role), password))
            try:
                yield
            finally:
                connection.execute(change.format(sql.Identifier(role), PASSWORD))

    def administrator(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.directory), port=self.port, user="postgres", dbname=DATABASE, autocommit=True
        )


@contextmanager
def ordinary(directory: Path, *, tls: bool = True, enter: Sequence[str] = ()) -> Iterator[Ordinary]:
    """A new server on 127.0.0.1, ::1 and a unix socket; `directory` is for its certificate authority."""
    certificate, files = authority.make()
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(certificate)
    settings = f"listen_addresses = '127.0.0.1,::1'\nssl = {'on' if tls else 'off'}\n"
    with server(debian(), hba=_rules(), files=files, settings=settings, enter=enter) as postgres:
        running = Ordinary(postgres=postgres, directory=postgres.directory, ca_file=ca_file)
        with running.administrator() as connection:
            for role, method in ROLES.items():
                encryption = "md5" if method == "md5" else "scram-sha-256"
                connection.execute(sql.SQL("SET password_encryption = {}").format(encryption))
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), PASSWORD))
        yield running
