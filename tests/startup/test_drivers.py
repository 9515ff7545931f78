"""Every driver, every way to connect, every fault: what is worth another try, and which limit fired."""

import asyncio
import contextlib
import gc
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import sql

from diagnostics.startup import How, Ledger, Verdict, judge
from tests.adapters.listeners import close_at_once, listening, refused
from tests.e2e.ordinary import DATABASE, PASSWORD, Ordinary, ordinary
from tests.startup.clients import CLIENTS

# pg8000 leaves the socket of a login that failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LIMIT = 0.4
"""Seconds of the app's own limit: connecting takes a hundredth of it."""


class Wanted(NamedTuple):
    verdict: Verdict
    cause: str
    limited: bool = False
    """Whether only the app's own limit ends it."""
    or_cause: str | None = None
    """What a driver says that does not hand on what the kernel told it, or was told of a reset by a close."""


NEVER, NOT_YET = Verdict.NEVER, Verdict.NOT_YET

FAULTS: dict[str, Wanted] = {
    "wrong password": Wanted(NEVER, "pg.auth_password"),
    "no such database": Wanted(NEVER, "pg.database_missing"),
    "role may not log in": Wanted(NEVER, ""),
    "no right to connect": Wanted(NEVER, "pg.permission_denied"),
    "no slot for the role": Wanted(NOT_YET, "pg.too_many_connections"),
    "database takes no connections": Wanted(Verdict.UNKNOWN, ""),
    "server starts": Wanted(NOT_YET, "pg.not_ready"),
    "server shuts the session": Wanted(NOT_YET, "instance.maintenance_or_failover"),
    "nothing listens": Wanted(NOT_YET, "tcp.refused"),
    "no such name": Wanted(NEVER, "dns.nxdomain"),
    "closed at once": Wanted(NOT_YET, "", or_cause="tcp.reset"),
    "reset": Wanted(NOT_YET, "tcp.reset", or_cause=""),
    "silent": Wanted(NOT_YET, "tcp.timeout", limited=True),
}
"""The right answer of each, whoever connects."""

SAYS_LESS = {
    # The pool keeps the reason to itself and only says that its time was over.
    "psycopg pool": Wanted(NOT_YET, ""),
}


def error(sqlstate: str, message: str) -> Callable[[socket.socket], None]:
    """A server that answers the startup with an ErrorResponse, as PostgreSQL's postmaster does."""
    fields = b"".join(
        kind + text.encode() + b"\0"
        for kind, text in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", message))
    )
    packet = b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"

    def serve(connection: socket.socket) -> None:
        while head := connection.recv(8):
            length, code = struct.unpack("!ii", head)
            connection.recv(length - 8)
            if code == 80877103:
                connection.sendall(b"N")
                continue
            connection.sendall(packet)
            return

    return serve


def reset(connection: socket.socket) -> None:
    connection.recv(8)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hold(connection: socket.socket) -> None:
    """Silent until the client leaves, or for as long as the table allows a synchronous one."""
    connection.settimeout(2 * LIMIT)
    with contextlib.suppress(TimeoutError):
        while connection.recv(4096):
            pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordinary]:
    with ordinary(tmp_path_factory.mktemp("ca"), tls=False) as running:
        with running.administrator() as connection:
            for statement in (
                "ALTER ROLE by_md5 NOLOGIN",
                "ALTER ROLE by_password CONNECTION LIMIT 0",
                "CREATE DATABASE closed ALLOW_CONNECTIONS false",
                "CREATE DATABASE guarded",
                "REVOKE CONNECT ON DATABASE guarded FROM public",
            ):
                connection.execute(sql.SQL(statement))
        yield running


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Whatever a driver left behind is collected here, and not in somebody else's test."""
    yield
    gc.collect()


@contextlib.contextmanager
def url_for(fault: str, server: Ordinary) -> Iterator[str]:
    def at(port: int, *, user: str = "by_scram", password: str = PASSWORD, database: str = DATABASE) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable"

    serving = {
        "server starts": error("57P03", "the database system is starting up"),
        "server shuts the session": error("57P01", "terminating connection due to administrator command"),
        "closed at once": close_at_once,
        "reset": reset,
        "silent": hold,
    }
    settings = {
        "wrong password": {"password": "not-it"},
        "no such database": {"database": "missing"},
        "role may not log in": {"user": "by_md5"},
        "no right to connect": {"database": "guarded"},
        "no slot for the role": {"user": "by_password"},
        "database takes no connections": {"database": "closed"},
    }
    if fault in serving:
        with listening(serving[fault]) as peer:
            yield at(peer.port)
    elif fault == "nothing listens":
        with refused() as peer:
            yield at(peer.port)
    elif fault == "no such name":
        yield at(server.port).replace("127.0.0.1", "nobody.invalid")
    else:
        yield at(server.port, **settings[fault])


def wanted(client: str, fault: str) -> Wanted:
    right = FAULTS[fault]
    return SAYS_LESS[client] if client in SAYS_LESS and not right.limited else right


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("client", CLIENTS)
async def test_verdict_cause_and_the_limit_that_fired(
    client: str, fault: str, server: Ordinary, tmp_path: Path
) -> None:
    ledger = Ledger()
    with url_for(fault, server) as url, pytest.raises(Exception) as info:  # noqa: PT011 - whatever it raises is judged
        async with ledger.limit("init", 20 * LIMIT), ledger.limit("connect", LIMIT if fault == "silent" else None):
            await CLIENTS[client](url)
    right, found, fired = wanted(client, fault), judge(info.value, on_cloud_run=True), ledger.fired(info.value)
    assert found.verdict is right.verdict
    assert found.cause in {right.cause, right.or_cause}
    if right.limited:
        assert fired is not None
        assert (fired.names, fired.how) == (("connect",), How.LIMIT)
    elif client in SAYS_LESS:
        assert fired is not None
        assert fired.how is How.DRIVER
    else:
        assert fired is None


def test_the_table_has_as_many_rows_as_was_promised() -> None:
    assert len(CLIENTS) * len(FAULTS) >= 120


async def test_a_healthy_server_is_reached_by_every_client(server: Ordinary) -> None:
    url = f"postgresql://by_scram:{PASSWORD}@127.0.0.1:{server.port}/{DATABASE}?sslmode=disable"
    await asyncio.gather(*(client(url) for client in CLIENTS.values()))
