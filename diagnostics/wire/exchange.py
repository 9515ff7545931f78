"""The form every stage of a session has, and the loop that runs one over a transport."""

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Exchange: TypeAlias = Generator[bytes, bytes, T]
"""A conversation: yields what to send, is sent what was received, returns its result."""


async def drive(
    exchange: Exchange[T],
    send: Callable[[bytes], Awaitable[None]],
    receive: Callable[[], Awaitable[bytes]],
    lost: type[Exception] = OSError,
) -> T:
    """Run a stage over a transport.

    A peer that says why and closes makes our next write fail before we have read its reason. So a failed write is
    kept, what the peer said is read first, and only if that ends the stage in nothing is the failure raised.

    Args:
        exchange: a stage of a `Session`, not started.
        send: writes all of the bytes.
        receive: the next bytes, at least one; empty when the peer has closed.
        lost: what `send` raises when the peer is gone.
    """
    failure: Exception | None = None
    try:
        outgoing = next(exchange)
        while True:
            if outgoing and failure is None:
                try:
                    await send(outgoing)
                except lost as error:
                    failure = error
            received = await receive()
            if failure is not None and not received:
                raise failure
            outgoing = exchange.send(received)
    except StopIteration as stop:
        result: T = stop.value
        return result
