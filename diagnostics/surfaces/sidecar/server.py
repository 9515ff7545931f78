"""Bind, answer, watch, and end on a signal."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

from aiohttp import web

from diagnostics.surfaces.interrupt import SIGNALS
from diagnostics.surfaces.sidecar.connections import Connections
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from diagnostics.surfaces.sidecar.malformed import Handler

LAST_SCRAPE = 1.0
"""Seconds after SIGTERM for which we go on answering: a collector that gets the same signal scrapes once more. Half of
the two within which the process promises to be gone."""

GRACE = 0.4
"""Seconds that open requests get after that."""

IDLE = 10.0
"""Seconds a connection may take until its next request is whole. A scrape or a probe sends its request at once, and
comes again with a new connection after longer than any pause we could bridge."""

LINGER = 0.5
"""Seconds in which we read on when a request was answered before it was whole."""


class PortTaken(Exception):
    """The one thing besides SIGTERM that ends ``serve``."""


async def serve_until_signalled(
    sidecar: Sidecar, host: str, port: int, watch: Callable[[], Awaitable[None]], bound: Callable[[int], None]
) -> None:
    """Answer on the port and run ``watch`` beside it, until SIGTERM or SIGINT.

    ``bound`` is told the port that was taken; PortTaken where there is none to take. Call it with both signals blocked:
    it lets them in when it can handle them, and leaves them blocked.
    """
    ended = _Ended()
    runner = runner_of(sidecar)
    await runner.setup()
    try:
        server = await bind(runner, host, port)
        bound(server.sockets[0].getsockname()[1])
        await _until(ended, watch)
        sidecar.end()
        await ended.again(LAST_SCRAPE)
        server.close()
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        await runner.cleanup()


def runner_of(sidecar: Sidecar) -> web.AppRunner:
    """What aiohttp bounds by itself, bounded."""
    return web.AppRunner(
        sidecar.application(),
        access_log=None,
        shutdown_timeout=GRACE,
        handle_signals=False,
        # Who hung up waits for nothing: a page that is closed makes room for another stream at once.
        handler_cancellation=True,
        keepalive_timeout=IDLE,
        lingering_time=LINGER,
    )


async def bind(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Listen, with a bound on the number of connections; PortTaken where that cannot be."""
    if runner.server is None:
        raise LookupError("set up the runner first")
    loop, server = asyncio.get_running_loop(), runner.server

    def handler() -> asyncio.Protocol:
        return Handler(server, loop=loop, **server._kwargs)  # noqa: SLF001 - as the server itself makes them

    try:
        return await loop.create_server(Connections(handler), host, port, reuse_address=True)
    except OSError as error:
        raise PortTaken(f"{host}:{port}") from error


class _Ended:
    """The signals that end us. The second one, or Ctrl-C, does not wait for a last scrape."""

    def __init__(self) -> None:
        self._first, self._hurry = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._terminated)
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    async def wait(self) -> None:
        """The first one."""
        await self._first.wait()

    async def again(self, limit: float) -> None:
        """The next one, or ``limit`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._hurry.wait()

    def _terminated(self) -> None:
        if self._first.is_set():
            self._hurry.set()
        self._first.set()

    def _interrupted(self) -> None:
        self._first.set()
        self._hurry.set()


async def _until(ended: _Ended, watch: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_watching(watch))
        await ended.wait()
        watching.cancel()


async def _watching(watch: Callable[[], Awaitable[None]]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await watch()
