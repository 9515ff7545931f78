"""The Climb: the one owner of the connection that the rungs of the ladder share.

A rung asks it to dial, to shake hands and to converse; the runner closes it, whatever happened. Closing says goodbye
where PostgreSQL expects it, sends close_notify and waits for nothing: that keeps the server's log free of lines from
climbs that end early.
"""

import asyncio
import secrets
from collections.abc import Coroutine
from typing import Any, TypeVar

from diagnostics.core.outcome import Outcome
from diagnostics.ports import Endpoint, Network, Stream, StreamFailed, TlsPeer, TlsRequest
from diagnostics.wire import Answered, Exchange, ProtocolError, Session, drive

T = TypeVar("T")

NONCE_BYTES = 18
"""Randomness of a SCRAM exchange, as many bytes as libpq takes."""


async def bounded(look: Coroutine[Any, Any, T], limit: float) -> T | None:
    """What a second look came to, None where ``limit`` (seconds) ran out: it must not cost a rung what it knows."""
    try:
        async with asyncio.timeout(limit):
            return await look
    except TimeoutError:
        return None


async def one_row(climb: "Climb", sql: str) -> tuple[str, ...] | None:
    """The one row of a statement, None where there is none: whoever answers so is no PostgreSQL of our kind."""
    try:
        answer = await climb.converse(climb.session.query(sql))
    except (StreamFailed, ProtocolError):
        return None
    if not isinstance(answer, Answered) or len(answer.rows) != 1:
        return None
    return tuple((value or b"").decode("utf-8", "replace") for value in answer.rows[0])


class Climb:
    """At most one open connection at a time."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stream: Stream | None = None
        self.endpoint: Endpoint | None = None
        """Where the connection leads, None before the first one."""
        self.request: TlsRequest | None = None
        """How hands were shaken, None where they were not."""
        self.peer: TlsPeer | None = None
        """What the handshake agreed on, None without TLS."""
        self.session = Session()
        """The PostgreSQL conversation on this connection."""
        self.refused: Outcome | None = None
        """How the login ended in an earlier run, where it is not to be made again, and so was not begun."""

    @property
    def stream(self) -> Stream:
        """The open connection; LookupError where no rung has dialled."""
        if self._stream is None:
            raise LookupError("no rung has dialled yet")
        return self._stream

    async def dial(self, endpoint: Endpoint, limit: float) -> None:
        """Replace the connection by a new one; ConnectFailed."""
        self.close()
        self._stream = await self._network.connect(endpoint, limit)
        self.endpoint = endpoint

    async def redial(self, limit: float) -> None:
        """The same endpoint once more, in plain; ConnectFailed."""
        if self.endpoint is None:
            raise LookupError("no rung has dialled yet")
        await self.dial(self.endpoint, limit)

    async def secure(self, request: TlsRequest) -> TlsPeer:
        """Shake hands on the open connection; TlsFailed."""
        self.peer = await self.stream.start_tls(request)
        self.request = request
        return self.peer

    async def converse(self, exchange: Exchange[T]) -> T:
        """Run one stage of the session over the connection; StreamFailed, ProtocolError."""
        return await drive(exchange, self.stream.send, self.stream.recv, lost=StreamFailed)

    def nonce(self) -> str:
        """Fresh randomness for SCRAM."""
        return secrets.token_urlsafe(NONCE_BYTES)

    def close(self) -> None:
        """End the connection where there is one."""
        stream, self._stream = self._stream, None
        farewell = self.session.goodbye()
        self.session, self.peer, self.request = Session(), None, None
        if stream is not None:
            stream.close(farewell)
