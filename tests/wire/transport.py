"""Carries a session's bytes for tests: over a socket, or from a script without any."""

import socket
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from diagnostics.wire import Exchange, drive

T = TypeVar("T")
# A test on loopback that waits longer than this is broken, not slow.
DEADLINE = 20.0


def run(exchange: Exchange[T], send: Callable[[bytes], object], receive: Callable[[], bytes]) -> T:
    """Drive a stage over calls that block, without an event loop: nothing in the wire waits for anything else."""

    async def send_all(data: bytes) -> None:
        send(data)

    async def receive_some() -> bytes:
        return receive()

    try:
        drive(exchange, send_all, receive_some).send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("a stage waited for something that is not its transport")


def over(sock: socket.socket, exchange: Exchange[T]) -> T:
    """Run a stage over a connected socket."""
    return run(exchange, sock.sendall, lambda: sock.recv(65536))


class Script:
    """A peer that says the same chunks whatever it hears, then closes; keeps what was sent to it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.sent: list[bytes] = []
        self._chunks: Iterator[bytes] = iter(chunks)

    def play(self, exchange: Exchange[T]) -> T:
        return run(exchange, self.sent.append, self._next)

    def _next(self) -> bytes:
        return next(self._chunks, b"")


def replay(exchange: Exchange[T], *chunks: bytes) -> T:
    """Run a stage against a script."""
    return Script(chunks).play(exchange)
