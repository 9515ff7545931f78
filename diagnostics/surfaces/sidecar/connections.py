"""How many connections there may be, and which one goes when there is one more.

Requests themselves are bounded by aiohttp: size of a line, of a header and of a body, and how long a connection may
take until its next request is whole. What it does not bound is their number.
"""

import asyncio
from collections.abc import Callable

MOST = 128
"""Connections at once. Probes, a collector, some people with the page open: tens. Each costs some 20 KiB."""


class Connections:
    """Makes protocols like the factory it wraps, and hangs up on the oldest where there are too many.

    A newcomer always gets in: a probe that finds no place among those who only hold theirs would restart the container.
    It is answered in a few turns of the loop, long before it is the oldest itself.
    """

    def __init__(self, factory: Callable[[], asyncio.Protocol], most: int = MOST) -> None:
        self._factory = factory
        self._most = most
        self._open: dict[Counted, asyncio.Transport] = {}

    def __call__(self) -> "Counted":
        """The protocol of one more connection."""
        return Counted(self._factory(), self)

    def opened(self, protocol: "Counted", transport: asyncio.Transport) -> None:
        """A connection was made."""
        while len(self._open) >= self._most:
            oldest = next(iter(self._open))
            self._open.pop(oldest).abort()
        self._open[protocol] = transport

    def closed(self, protocol: "Counted") -> None:
        """A connection is gone."""
        self._open.pop(protocol, None)


class Counted(asyncio.Protocol):
    """Hands everything on to the protocol that does the work."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        if isinstance(transport, asyncio.Transport):
            self._connections.opened(self, transport)
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._connections.closed(self)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Part of asyncio.Protocol."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._inner.resume_writing()
