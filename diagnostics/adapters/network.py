"""Connections over ``loop.sock_*``: the floor of the ladder."""

import asyncio
import errno
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from diagnostics.adapters import addresses
from diagnostics.adapters.errors import REACH
from diagnostics.adapters.pipe import Pipe
from diagnostics.adapters.tls import TlsLayer, context_for
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.ports import ConnectFailed, Endpoint, TlsPeer, TlsRequest

_LONGEST_PATH = 107
"""Bytes of a unix socket's path without its final NUL, unix(7)."""

_BACKLOG_POLL = 0.02
"""Seconds between two tries at a unix socket whose queue is full: Linux tells nobody when there is room again."""


class SocketNetwork:
    """Network by real sockets."""

    async def connect(self, endpoint: Endpoint, limit: float) -> "SocketStream":
        """One attempt; ConnectFailed, with SILENT when the limit ran out."""
        return SocketStream(await self._dial(endpoint, limit))

    async def connect_all(self, endpoints: Sequence[Endpoint], limit: float) -> tuple[Attempt, ...]:
        """One attempt each, in parallel, closed at once, nothing sent."""
        async with asyncio.TaskGroup() as group:
            attempts = [group.create_task(self._attempt(endpoint, limit)) for endpoint in endpoints]
        return tuple(attempt.result() for attempt in attempts)

    def address_class(self, address: str) -> AddressClass:
        """What an IP literal is to Cloud Run's egress setting."""
        return addresses.address_class(address)

    async def _attempt(self, endpoint: Endpoint, limit: float) -> Attempt:
        started, reach = time.monotonic(), Reach.OPEN
        try:
            (await self._dial(endpoint, limit)).close()
        except ConnectFailed as failure:
            reach = failure.reach
        return Attempt(
            address=endpoint.address,
            port=endpoint.port,
            address_class=self.address_class(endpoint.address),
            reach=reach,
            seconds=time.monotonic() - started,
        )

    async def _dial(self, endpoint: Endpoint, limit: float) -> socket.socket:
        """A connected socket; none is left behind by a failure or a cancellation."""
        deadline = asyncio.timeout(limit)
        try:
            async with deadline:
                return await (_dial_path(endpoint.address) if endpoint.is_socket else _dial_address(endpoint))
        except OSError as error:  # TimeoutError is one, from the deadline or as ETIMEDOUT
            reach = Reach.SILENT if deadline.expired() else _reach(error, endpoint)
        raise ConnectFailed(reach)


async def _dial_address(endpoint: Endpoint) -> socket.socket:
    family, address = addresses.socket_address(endpoint.address, endpoint.port)
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # Each message of a climb waits for an answer: a delay for small packets would be measured as the server's.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _dial_path(path: str) -> socket.socket:
    """Connects by hand: asyncio takes the EAGAIN of a full queue for a connection that is under way."""
    if len(os.fsencode(path)) > _LONGEST_PATH or "\0" in path:
        raise OSError(errno.ENAMETOOLONG, "not a path that a unix socket can have")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        while True:
            try:
                sock.connect(path)
            except BlockingIOError:
                await asyncio.sleep(_BACKLOG_POLL)
            else:
                return sock
    except BaseException:
        sock.close()
        raise


def _reach(error: OSError, endpoint: Endpoint) -> Reach:
    reach = REACH.get(error.errno or 0)
    if reach is None:
        raise error
    # Linux refuses a connection to a file that is no socket just like one to a socket without a listener.
    if reach is Reach.REFUSED and endpoint.is_socket and not _is_socket(endpoint.address):
        return Reach.NOT_A_SOCKET
    return reach


def _is_socket(path: str) -> bool:
    try:
        return Path(path).is_socket()
    except OSError:
        return True


class SocketStream:
    """Stream over a socket, with TLS on it once hands were shaken."""

    def __init__(self, sock: socket.socket) -> None:
        self._pipe = Pipe(sock)
        self._tls: TlsLayer | None = None

    async def send(self, data: bytes) -> None:
        """Write all of it. StreamFailed when the peer is gone without a word; its last word comes from ``recv``."""
        await (self._tls or self._pipe).write(data)

    async def recv(self) -> bytes:
        """Some bytes, or b"" at the end: a FIN without TLS, close_notify with it."""
        return await (self._tls or self._pipe).read()

    async def start_tls(self, request: TlsRequest) -> TlsPeer:
        """Shake hands on this connection; TlsFailed, after which the connection is of no use."""
        self._tls = TlsLayer(self._pipe, await context_for(request), request.server_name)
        return await self._tls.handshake()

    def close(self, last: bytes = b"") -> None:
        """Send ``last``, then close_notify where TLS is on, and close; waits for nothing."""
        self._pipe.close(self._tls.farewell(last) if self._tls else last)
