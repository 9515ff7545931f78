"""The HTTP port under abuse: slow, many and endless clients, while a probe is answered."""

import asyncio
import contextlib
import socket
import statistics
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from diagnostics.surfaces.sidecar import server
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.connections import MOST
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from tests.sidecar.scripted import HeldClock, until

CLIENTS = 200

ANSWER = 0.05
"""Seconds within which a probe is answered whatever others do."""

PATIENCE = 20.0


@contextlib.asynccontextmanager
async def listening(sidecar: Sidecar | None = None) -> AsyncIterator[int]:
    """The server as ``serve`` starts it; its port."""
    runner = server.runner_of(sidecar or Sidecar(HeldClock(), "0", Access(), lambda _: None))
    await runner.setup()
    bound = await server.bind(runner, "127.0.0.1", 0)
    try:
        yield bound.sockets[0].getsockname()[1]
    finally:
        bound.close()
        await runner.cleanup()


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer):
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()


async def probe(port: int) -> float:
    """Seconds of one liveness probe."""
    started = time.perf_counter()
    answer = await ask(port, b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    return time.perf_counter() - started


@contextlib.asynccontextmanager
async def crowd(port: int, said: bytes) -> AsyncIterator[list[socket.socket]]:
    """Clients that said something, and now only hold their connection."""
    clients: list[socket.socket] = []
    loop = asyncio.get_running_loop()
    try:
        for _ in range(CLIENTS):
            client = socket.socket()
            client.settimeout(0)
            clients.append(client)
            await loop.sock_connect(client, ("127.0.0.1", port))
            with contextlib.suppress(OSError):
                await loop.sock_sendall(client, said)
        yield clients
    finally:
        for client in clients:
            client.close()


SLOW = {
    "nothing": b"",
    "half a line": b"GET /li",
    "half a header": b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "a body that never comes": b"POST /api/v1/run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{",
    "requests without reading": b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 8,
}


@pytest.mark.serial
@pytest.mark.parametrize("said", SLOW.values(), ids=SLOW)
async def test_two_hundred_slow_clients_do_not_hold_up_a_probe(said: bytes) -> None:
    async with listening() as port, crowd(port, said):
        assert statistics.median([await probe(port) for _ in range(9)]) < ANSWER


async def test_there_are_never_more_connections_than_the_limit() -> None:
    async with listening() as port, crowd(port, b"GET /li") as clients:
        await probe(port)
        gone = [client for client in clients if await closed(client)]
    assert CLIENTS - len(gone) <= MOST
    assert gone == clients[: len(gone)], "the oldest go first"


async def test_a_page_that_is_closed_makes_room_at_once_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Without anything that happens to be written to it."""
    sidecar = Sidecar(HeldClock(), "0", Access(), lambda _: None)
    async with listening(sidecar) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await reader.readuntil(b"retry: ")
            assert sidecar.rooms.events.clients == 1
        await until(lambda: sidecar.rooms.events.clients == 0)
    assert caplog.records == []


async def closed(client: socket.socket) -> bool:
    """Whether the server hung up on it."""
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def test_a_request_that_does_not_get_whole_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE", 0.05)
    async with listening() as port:
        assert await ask(port, b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n") == b""


@pytest.mark.parametrize(
    "request_head, status",
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"400"),
        (b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: " + b"a" * 9000 + b"\r\n", b"400"),
        (b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: a\r\n" * 200, b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
    ids=["line", "header", "headers", "TLS"],
)
async def test_a_request_that_is_too_large_or_no_request_is_refused(request_head: bytes, status: bytes) -> None:
    async with listening() as port:
        answer = await ask(port, request_head + b"Connection: close\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 " + status, b"HTTP/1.1 " + status))
    assert b"Traceback" not in answer


async def test_the_next_request_on_a_connection_is_answered_too() -> None:
    async with listening() as port:
        one = b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        answers = await ask(port, one + b"\r\n" + one + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200") == 2


async def test_a_port_that_is_taken_is_said() -> None:
    async with listening() as port:
        runner = web.AppRunner(web.Application())
        await runner.setup()
        with pytest.raises(server.PortTaken):
            await server.bind(runner, "127.0.0.1", port)
        await runner.cleanup()
