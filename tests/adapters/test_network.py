"""Connections on real sockets: what one attempt meets."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from diagnostics.adapters.network import SocketNetwork
from diagnostics.core.observed import Reach
from diagnostics.ports import ConnectFailed, Endpoint, StreamEnd, StreamFailed
from tests.adapters import listeners

LIMIT = 5.0
"""Seconds that no test waits for."""

SHORT = 0.15
"""Seconds a test waits for silence."""


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def reach(endpoint: Endpoint, limit: float = LIMIT) -> Reach:
    try:
        stream = await SocketNetwork().connect(endpoint, limit)
    except ConnectFailed as failure:
        return failure.reach
    stream.close()
    return Reach.OPEN


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::1%lo"])
async def test_bytes_travel_both_ways_over_both_families(address: str) -> None:
    with listeners.listening(listeners.echo, address.partition("%")[0]) as endpoint:
        stream = await SocketNetwork().connect(Endpoint(address=address, port=endpoint.port), LIMIT)
        await stream.send(b"hello")
        assert await stream.recv() == b"hello"
        stream.close()


async def test_small_messages_are_not_held_back() -> None:
    """Nagle's delay would be measured as the server's time."""
    with listeners.listening(listeners.echo) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        assert stream._pipe._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # noqa: SLF001
        stream.close()


async def test_refusal_is_not_a_timeout() -> None:
    with listeners.refused() as endpoint:
        assert await reach(endpoint) is Reach.REFUSED


async def test_dropped_syns_are_silence_at_the_limit() -> None:
    with listeners.deaf() as endpoint:
        started = asyncio.get_running_loop().time()
        assert await reach(endpoint, SHORT) is Reach.SILENT
        assert asyncio.get_running_loop().time() - started < 1.0


async def test_a_cancelled_connect_leaves_no_socket() -> None:
    with listeners.deaf() as endpoint:
        before = open_descriptors()
        attempt = asyncio.create_task(SocketNetwork().connect(endpoint, LIMIT))
        await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert open_descriptors() == before


async def test_a_failed_connect_leaves_no_socket() -> None:
    with listeners.refused() as endpoint, listeners.deaf() as silent:
        before = open_descriptors()
        await reach(endpoint)
        await reach(silent, SHORT)
        assert open_descriptors() == before


@pytest.mark.parametrize("address", ["fe80::1", "fe80::1%nonesuch0", "ff0e::1%lo"])
async def test_an_address_without_a_way_there_is_unreachable(address: str) -> None:
    assert await reach(Endpoint(address=address, port=9), SHORT) is Reach.UNREACHABLE


async def test_parallel_attempts_answer_in_the_order_of_the_endpoints() -> None:
    with listeners.deaf() as silent, listeners.refused() as closed, listeners.listening(listeners.echo) as ready:
        attempts = await SocketNetwork().connect_all([silent, closed, ready], SHORT)
    assert [(a.port, a.reach) for a in attempts] == [
        (silent.port, Reach.SILENT),
        (closed.port, Reach.REFUSED),
        (ready.port, Reach.OPEN),
    ]
    assert attempts[0].seconds >= SHORT > attempts[1].seconds


async def test_a_unix_socket_carries_bytes(tmp_path: Path) -> None:
    with listeners.listening_at(tmp_path / "s", listeners.echo) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"hello")
        assert await stream.recv() == b"hello"
        stream.close()


async def test_a_missing_unix_socket_is_missing(tmp_path: Path) -> None:
    assert await reach(Endpoint(address=str(tmp_path / "s"))) is Reach.MISSING
    (tmp_path / "file").touch()
    assert await reach(Endpoint(address=str(tmp_path / "file" / "s"))) is Reach.MISSING


@pytest.mark.parametrize("path", ["/" + "x" * 200, "/with\0nul"])
async def test_a_path_that_no_socket_can_have_is_missing(path: str) -> None:
    assert await reach(Endpoint(address=path)) is Reach.MISSING


async def test_a_unix_socket_without_listener_refuses(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(tmp_path / "s"))
    assert await reach(Endpoint(address=str(tmp_path / "s"))) is Reach.REFUSED


async def test_a_file_or_directory_is_not_a_socket(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert await reach(Endpoint(address=str(tmp_path / "file"))) is Reach.NOT_A_SOCKET
    assert await reach(Endpoint(address=str(tmp_path))) is Reach.NOT_A_SOCKET


async def test_a_datagram_socket_is_not_a_socket_we_can_use(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(str(tmp_path / "s"))
        assert await reach(Endpoint(address=str(tmp_path / "s"))) is Reach.NOT_A_SOCKET


def test_a_socket_without_permission_is_not_a_missing_one(tmp_path: Path) -> None:
    """Root may connect to anything, so a child that is nobody asks."""
    with listeners.listening_at(tmp_path / "s", listeners.echo) as endpoint:
        (tmp_path / "s").chmod(0o600)
        for directory in (tmp_path, *tmp_path.parents[:-2]):
            directory.chmod(0o755)
        child = os.fork()
        if child == 0:
            os.setgid(65534)
            os.setuid(65534)
            met = asyncio.run(reach(endpoint))
            os._exit(0 if met is Reach.PERMISSION_DENIED else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


async def test_a_full_queue_of_a_unix_socket_is_silence(tmp_path: Path) -> None:
    """The kernel says EAGAIN at once, and asyncio would take that for a connection."""
    with listeners.deaf_at(tmp_path / "s") as endpoint:
        before = open_descriptors()
        assert await reach(endpoint, SHORT) is Reach.SILENT
        assert open_descriptors() == before


async def test_a_unix_socket_whose_queue_empties_in_time_is_open(tmp_path: Path) -> None:
    """A blocking connect, which is what a driver does, waits for room in the queue."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as filler:
        listener.bind(str(tmp_path / "s"))
        listener.listen(0)
        filler.connect(str(tmp_path / "s"))
        attempt = asyncio.create_task(reach(Endpoint(address=str(tmp_path / "s"))))
        await asyncio.sleep(0)
        assert not attempt.done()
        listener.accept()[0].close()
        assert await attempt is Reach.OPEN


async def test_a_close_is_the_end_of_the_stream() -> None:
    with listeners.listening(listeners.close_after_first) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"hello")
        assert await stream.recv() == b""
        stream.close()


async def test_a_half_closed_peer_ended_the_stream_and_still_reads() -> None:
    with listeners.listening(listeners.half_closed) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        assert await stream.recv() == b""
        await stream.send(b"hello")
        stream.close()


async def test_a_reset_is_not_an_end() -> None:
    with listeners.listening(listeners.reset_after_first) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"hello")
        with pytest.raises(StreamFailed) as failure:
            await stream.recv()
        assert failure.value.end is StreamEnd.RESET
        stream.close()


async def test_the_last_word_of_a_peer_outlives_its_reset() -> None:
    """A server that refuses us writes why and leaves; our next write then fails, and the reason must not be lost."""
    with listeners.listening(listeners.last_word_then_reset(b"go away")) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"x")
        await _until_gone(stream)
        await stream.send(b"more")
        assert await stream.recv() == b"go away"
        with pytest.raises(StreamFailed) as failure:
            await stream.recv()
        assert failure.value.end is StreamEnd.RESET
        stream.close()


async def _until_gone(stream: object) -> None:
    """Poll the kernel until the reset has arrived, without reading."""
    sock = stream._pipe._socket  # type: ignore[attr-defined]  # noqa: SLF001
    established = 1
    for _ in range(500):
        if sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the reset never arrived")


async def test_a_peer_that_is_gone_without_a_word_fails_the_write() -> None:
    with listeners.listening(listeners.reset_after_first) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"x")
        await _until_gone(stream)
        with pytest.raises(StreamFailed) as failure:
            await stream.send(b"hello")
        assert failure.value.end is StreamEnd.RESET
        stream.close()


async def test_closing_over_unread_bytes_is_a_clean_end_for_the_server() -> None:
    """Unread bytes turn a close into a reset, and PostgreSQL logs resets."""
    ends: list[bytes | OSError] = []

    def talk_first(connection: socket.socket) -> None:
        connection.sendall(b"banner")
        try:
            ends.append(connection.recv(10))
            ends.append(connection.recv(10))
        except OSError as error:
            ends.append(error)

    with listeners.listening(talk_first) as endpoint:
        stream = await SocketNetwork().connect(endpoint, LIMIT)
        await stream.send(b"?")
        await asyncio.get_running_loop().run_in_executor(None, _wait_readable, stream)
        stream.close(b"!")
    assert ends in ([b"?", b"!"], [b"?!", b""])


def _wait_readable(stream: object) -> None:
    import select

    sock = stream._pipe._socket  # type: ignore[attr-defined]  # noqa: SLF001
    assert select.select([sock], [], [], listeners.PATIENCE)[0]
