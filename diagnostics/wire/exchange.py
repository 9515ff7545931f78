"""The form every stage of a session has, and the loop that runs one over a transport."""

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Exchange: TypeAlias = Generator[bytes, bytes, T]
"""A conversation: yields what to send, is sent what was received, returns its result."""


async def drive(
    exchange: Exchange[T], send: Callable[[bytes], Awaitable[None]], receive: Callable[[], Awaitable[bytes]]
) -> T:
    """Run a stage over a transport.

    Args:
        exchange: a stage of a `Session`, not started.
        send: writes all of the bytes.
        receive: the next bytes, at least one; empty when the peer has closed.
    """
    received: bytes | None = None
    while True:
        try:
            outgoing = next(exchange) if received is None else exchange.send(received)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if outgoing:
            await send(outgoing)
        received = await receive()
