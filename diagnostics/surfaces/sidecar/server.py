"""Bind, answer, watch, and end on a signal."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

from aiohttp import web

from diagnostics.surfaces.sidecar.endpoints import Sidecar

GRACE = 1.0
"""Seconds that open requests get after SIGTERM: half of the two within which the process promises to be gone."""


class PortTaken(Exception):
    """The one thing besides SIGTERM that ends ``serve``."""


async def serve_until_signalled(
    sidecar: Sidecar, host: str, port: int, watch: Callable[[], Awaitable[None]], bound: Callable[[int], None]
) -> None:
    """Answer on the port and run ``watch`` beside it, until SIGTERM or SIGINT.

    ``bound`` is told the port that was taken; PortTaken where there is none to take.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(sidecar.application(), access_log=None, shutdown_timeout=GRACE, handle_signals=False)
    await runner.setup()
    try:
        await _bind(runner, host, port)
        bound(runner.addresses[0][1])
        await _until(ended, watch)
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise PortTaken(f"{host}:{port}") from error


async def _until(ended: asyncio.Event, watch: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_watching(watch))
        await ended.wait()
        watching.cancel()


async def _watching(watch: Callable[[], Awaitable[None]]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await watch()
