"""Blocking calls that cannot be interrupted, each in a daemon thread of its own.

Never in the loop's executor: ``asyncio.run`` joins that one, so a resolver that is silent for half a minute would hold
back a verdict that was ready after two seconds.
"""

import asyncio
import concurrent.futures
import importlib
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T], limit: float | None = None) -> T:
    """What the call returns or raises; TimeoutError after the limit, while the thread goes on unheard."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        # From here on nobody can cancel it, so that a result may always be set.
        future.set_running_or_notify_cancel()
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    async with asyncio.timeout(limit):
        return await asyncio.wrap_future(future)


async def load(module: str) -> None:
    """Import a module so that what runs beside it goes on: a blocked loop would be measured as the network's time."""
    if module not in sys.modules:
        await in_thread(lambda: importlib.import_module(module))
