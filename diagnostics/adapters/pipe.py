"""Raw bytes on one connected socket, without asyncio's streams.

Streams wait half a minute for a silent peer's close_notify, and a reset that follows a TLS alert makes them lose the
alert. Here a failed write first looks at what the peer had said before it left: that is the evidence.
"""

import asyncio
import contextlib
import socket

from diagnostics.ports import StreamEnd, StreamFailed

CHUNK = 65536
"""Bytes asked of one read: the largest TLS record is 16 KiB, so nothing on this path is cut by it."""

_MOST_READS = 16
"""Reads that empty a receive buffer before a close: 1 MiB, more than any peer of ours leaves unread."""


class Pipe:
    """One socket in non-blocking mode."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._left = bytearray()
        self._broken = False
        self._busy = False

    async def write(self, data: bytes) -> None:
        """Send all of it. StreamFailed(RESET) when the peer is gone, unless it left a message: then ``read`` has it."""
        try:
            await self._loop.sock_sendall(self._socket, data)
        except OSError:
            self._broken = True
            self._left += self._unread()
            if not self._left:
                raise StreamFailed(StreamEnd.RESET) from None

    async def read(self) -> bytes:
        """Some bytes, b"" after the peer's FIN; StreamFailed(RESET)."""
        if self._left:
            data, self._left = bytes(self._left), bytearray()
            return data
        if self._broken:
            raise StreamFailed(StreamEnd.RESET)
        try:
            return await self._received()
        except OSError:
            raise StreamFailed(StreamEnd.RESET) from None

    async def _received(self) -> bytes:
        """What is there, or comes.

        ``sock_recv`` alone never waits while a peer sends faster than we read: neither a deadline nor anything else in
        the loop would have its turn.
        """
        if self._busy:
            await asyncio.sleep(0)
        try:
            data = self._socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            self._busy = False
            return await self._loop.sock_recv(self._socket, CHUNK)
        self._busy = True
        return data

    def close(self, last: bytes) -> None:
        """Send what fits of ``last`` and close.

        What the peer sent and nobody read is taken first: the kernel answers a close over unread bytes with a reset,
        which servers log.
        """
        self._unread()
        with contextlib.suppress(OSError):
            if last:
                self._socket.send(last, socket.MSG_NOSIGNAL)
        self._socket.close()

    def _unread(self) -> bytes:
        """What is in the receive buffer."""
        found = bytearray()
        with contextlib.suppress(OSError):
            for _ in range(_MOST_READS):
                data = self._socket.recv(CHUNK)
                if not data:
                    break
                found += data
        return bytes(found)
