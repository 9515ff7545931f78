"""One real PostgreSQL and its poolers for all rows: each row has a role, a database and lines of its own."""

import asyncio
import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from diagnostics.app.session import open_session
from diagnostics.core.codes import CheckId
from diagnostics.core.report import CheckEntry, Report
from diagnostics.surfaces.services import CommandLine, GivenFlag, Verb
from tests.e2e import authority
from tests.ports import free_port
from tests.refusals.row import PASSWORD, Login, Row
from tests.wire.postgres import UNPRIVILEGED, Postgres, debian, server
from tests.wire.transport import DEADLINE

ADMIN = "postgres"
POLL_SECONDS = 0.01
ALWAYS = ("local all postgres trust", "host all asker all trust")
"""Rules for the administrator, and for a pooler that looks its users up."""
Connection = psycopg.Connection[tuple[object, ...]]

POOLERS = {
    "scram": "auth_type = scram-sha-256",
    "md5": "auth_type = md5",
    "trust": "auth_type = trust",
    "few": "auth_type = scram-sha-256\nmax_client_conn = 2",
    "rules": "auth_type = hba\nauth_hba_file = {directory}/hba",
    "tls": "auth_type = md5\nclient_tls_sslmode = require\n"
    "client_tls_key_file = {directory}/server.key\nclient_tls_cert_file = {directory}/server.crt",
    "asks": "auth_type = md5\nauth_user = asker\nauth_query = SELECT nothing FROM nowhere WHERE usename = $1",
}
"""By name: what its configuration has of its own."""

CONFIGURATION = """
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_file = {directory}/users
admin_users = console
logfile = {directory}/{name}.log
pidfile = {directory}/{name}.pid
query_wait_timeout = 0.3
server_login_retry = 0.1
server_tls_sslmode = disable
"""


class Watching:
    """Nobody looks at the progress."""

    def started(self, target: str, check: CheckId) -> None:
        pass

    def finished(self, target: str, check: CheckEntry) -> None:
        pass


def diagnosed(settings: dict[str, str]) -> Report:
    """What the program says of these variables, in this process: its own takes longer than the run."""
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", **settings}
    line = CommandLine(verb=Verb.CHECK, flags=(GivenFlag(name="drivers", value="none"),))
    reports: list[Report] = []
    asyncio.run(open_session(line, environ).run(Watching(), reports.append, DEADLINE))
    return reports[0]


class Pooler:
    """One PgBouncer."""

    def __init__(self, name: str, directory: Path, program: str) -> None:
        self.port = free_port()
        self._path = directory / f"{name}.ini"
        self._own = CONFIGURATION + POOLERS[name]
        self._names = {"name": name, "directory": directory, "port": self.port}
        self._entries: dict[str, str] = {}
        self._write()
        self._process = subprocess.Popen(
            ["setpriv", f"--reuid={UNPRIVILEGED}", "--clear-groups", "--regid=nogroup", program, "-q", str(self._path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )

    def _write(self) -> None:
        lines = [f"{name} = {entry}" for name, entry in self._entries.items() if entry]
        self._path.write_text("[databases]\n" + "\n".join(lines) + self._own.format(**self._names))

    def enter(self, name: str, entry: str) -> None:
        """Have this entry for a database, or none, and reload."""
        self._entries[name] = entry
        self._write()
        self.say("RELOAD")
        self.say("RECONNECT")

    def say(self, statement: str) -> None:
        """One statement on its console."""
        with contextlib.closing(awaited(make_conninfo("", **self._console))) as console:
            console.execute(statement.encode())

    @property
    def _console(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": "console",
            "password": PASSWORD,
            "dbname": "pgbouncer",
        }

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)


def awaited(conninfo: str) -> Connection:
    """A connection, as soon as there is one: a reload takes a moment."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)


class Real:
    """The server, the poolers, and an administrator."""

    def __init__(self, postgres: Postgres, poolers: dict[str, Pooler], users: Path) -> None:
        self._postgres = postgres
        self._poolers = poolers
        self._users = users
        self._rules: dict[str, tuple[str, ...]] = {}
        self._closed = free_port()
        self._admin: Connection = psycopg.connect(
            host=str(postgres.directory), port=postgres.port, user=ADMIN, dbname=ADMIN, autocommit=True
        )
        self._admin.execute("CREATE ROLE asker LOGIN")

    def close(self) -> None:
        self._admin.close()

    def filled(self, row: Row, template: str) -> str:
        return template.format(me=row.me, password=PASSWORD, port=self._postgres.port, closed=self._closed)

    # --- the row's world ----------------------------------------------------------------------------------------------

    def prepare(self, row: Row) -> None:
        """Roles, databases, rules and entries as the row wants them."""
        self.run_sql(row, row.before)
        self.set_rules(row, row.rules)
        if row.login.pooler:
            with self._users.open("a") as users:
                users.write(f'"{row.me}" "{PASSWORD}"\n')
            for name in {row.login.pooler, "scram"} & set(self._poolers):
                self._poolers[name].enter(row.me, self.filled(row, row.entry))
        if row.console:
            self.say(row, row.console)

    def run_sql(self, row: Row, statements: Sequence[str]) -> None:
        for statement in statements:
            self._admin.execute(self.filled(row, statement).encode())

    def set_rules(self, row: Row, lines: Sequence[str]) -> None:
        """These lines of pg_hba.conf for the row, and only its own are looked at."""
        self._rules = {"": ALWAYS, row.me: tuple(self.filled(row, line) for line in lines)}
        text = "\n".join(line for block in self._rules.values() for line in block)
        (self._postgres.directory / "data" / "pg_hba.conf").write_text(text + "\n")
        # Reloaded when the postmaster has read it: its own time of it is later than the one before.
        before = self._loaded()
        self._admin.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + DEADLINE
        while self._loaded() == before:
            assert time.monotonic() < deadline, "the server did not reload"
            time.sleep(POLL_SECONDS)

    def _loaded(self) -> object:
        with contextlib.closing(self._superuser()) as fresh:
            row = fresh.execute("SELECT pg_conf_load_time()").fetchone()
        assert row is not None
        return row[0]

    def _superuser(self) -> Connection:
        return psycopg.connect(
            host=str(self._postgres.directory), port=self._postgres.port, user=ADMIN, dbname=ADMIN, autocommit=True
        )

    def say(self, row: Row, statement: str) -> None:
        self._poolers[row.login.pooler].say(self.filled(row, statement))

    def enter(self, row: Row, entry: str) -> None:
        self._poolers[row.login.pooler].enter(row.me, self.filled(row, entry))

    # --- sessions -----------------------------------------------------------------------------------------------------

    def conninfo(self, row: Row, login: Login) -> str:
        pooler = self._poolers.get(login.pooler)
        over_socket = login.over == "socket"
        return make_conninfo(
            "",
            host=str(self._postgres.directory) if over_socket else "127.0.0.1",
            port=str(pooler.port if pooler else self._postgres.port),
            user=self.filled(row, login.user),
            password=login.password,
            dbname=self.filled(row, login.database),
            sslmode=login.tls,
        )

    @contextmanager
    def held(self, row: Row) -> Iterator[None]:
        """Sessions that others have open."""
        with ExitStack() as stack:
            for login in row.holds:
                held = stack.enter_context(contextlib.closing(psycopg.connect(self.conninfo(row, login))))
                held.execute("SELECT 1")
            if row.fills:
                self._fill(row, stack)
            yield

    def _fill(self, row: Row, stack: ExitStack) -> None:
        """As the row's own role up to the reserved slots, then as a superuser."""
        takers: list[Callable[[], Connection]] = [lambda: psycopg.connect(self.conninfo(row, row.login))]
        if row.fills == "everything":
            takers.append(self._superuser)
        for take in takers:
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    stack.enter_context(contextlib.closing(take()))

    def diagnosed(self, row: Row) -> Report:
        """What the program says, as it runs on a machine of one's own."""
        login, variables = row.login, psycopg.conninfo.conninfo_to_dict(self.conninfo(row, row.login))
        return diagnosed(
            {
                "PGHOST": str(variables["host"]),
                "PGPORT": str(variables["port"]),
                "PGUSER": str(variables["user"]),
                "PGPASSWORD": login.password,
                "PGDATABASE": str(variables["dbname"]),
                "PGSSLMODE": login.tls,
            }
        )

    def lets_in(self, row: Row, login: Login) -> bool:
        """Whether libpq gets in and is answered."""
        with contextlib.closing(awaited(self.conninfo(row, login))) as session:
            return session.execute("SELECT 1").fetchone() == (1,)

    def carry_out(self, command: str) -> None:
        """A remedy's command in an administrator's shell."""
        variables = {"PGHOST": str(self._postgres.directory), "PGPORT": str(self._postgres.port), "PGUSER": ADMIN}
        subprocess.run(
            shlex.split(command),
            env={"PATH": os.environ.get("PATH", os.defpath), "PGDATABASE": ADMIN, **variables},
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE,
        )


@contextmanager
def real() -> Iterator[Real]:
    """The server with TLS, and every pooler before it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert program, "Debian's pgbouncer is missing: scripts/install-tools installs it"
    certificate, files = authority.make()
    settings = "ssl_ca_file = 'ca.crt'\n"
    with ExitStack() as stack:
        postgres = stack.enter_context(
            server(
                debian(), hba="local all postgres trust\n", files={**files, "ca.crt": certificate}, settings=settings
            )
        )
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pgb", dir="/tmp")))
        users = directory / "users"
        users.write_text(f'"console" "{PASSWORD}"\n')
        (directory / "hba").write_text("host pgbouncer console 127.0.0.1/32 md5\nhost all all 127.0.0.1/32 reject\n")
        for name, content in files.items():
            (directory / name).write_bytes(content)
        poolers = {}
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, UNPRIVILEGED)
        for name in POOLERS:
            poolers[name] = Pooler(name, directory, program)
            stack.callback(poolers[name].stop)
        running = Real(postgres, poolers, users)
        stack.callback(running.close)
        yield running
