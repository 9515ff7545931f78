"""Blocking calls that cannot be interrupted, in daemon threads.

Never in the loop's executor: ``asyncio.run`` joins that one, so a resolver that is silent for half a minute would hold
back a verdict that was ready after two seconds. A call that hangs keeps its thread, so there are only so many of them
for each purpose: where all hang, the next call waits for its limit like those before it, and costs nothing more.
"""

import asyncio
import collections
import concurrent.futures
import contextlib
import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

Call = tuple[concurrent.futures.Future[Any], Callable[[], Any]]


class Threads:
    """At most so many threads, made when they are needed; each takes one call after another."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._begin()
        # A child that was forked has none of our threads, and perhaps a lock that one of them held.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._count = 0
        self._idle = 0
        self._calls: collections.deque[Call] = collections.deque()
        self._changed = threading.Condition()

    async def run(self, call: Callable[[], T], limit: float | None = None) -> T:
        """What the call returns or raises; TimeoutError after the limit, while the thread goes on unheard."""
        future = self.start(call)
        try:
            async with asyncio.timeout(limit):
                return await asyncio.wrap_future(future)
        finally:
            self._forget(future, call)

    def wait(self, call: Callable[[], T], limit: float) -> T:
        """The same, blocking: for what is over at once if it does not hang."""
        future = self.start(call)
        try:
            return future.result(limit)
        finally:
            self._forget(future, call)

    def start(self, call: Callable[[], T]) -> concurrent.futures.Future[T]:
        """The call, made as soon as a thread is free; for where no loop runs, or nobody waits."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._changed:
            self._calls.append((future, call))
            if len(self._calls) > self._idle and self._count < self._most:
                self._count += 1
                self._idle += 1
                threading.Thread(target=self._work, daemon=True).start()
            self._changed.notify()
        return future

    def _forget(self, future: concurrent.futures.Future[Any], call: Callable[[], Any]) -> None:
        """What nobody waits for any more and no thread has taken is not kept either."""
        if not future.done() or future.cancelled():
            with self._changed, contextlib.suppress(ValueError):
                self._calls.remove((future, call))

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._calls)
                future, call = self._calls.popleft()
                self._idle -= 1
            # From here on nobody can cancel it, so that a result may always be set.
            settle = _made(future, call) if future.set_running_or_notify_cancel() else None
            # Idle before anybody hears of the result: whoever goes on with it finds this thread for the next call.
            with self._changed:
                self._idle += 1
            if settle is not None:
                settle()
            del future, call, settle


def _made(future: concurrent.futures.Future[Any], call: Callable[[], Any]) -> Callable[[], None]:
    """What tells the outcome of the call."""
    try:
        return functools.partial(future.set_result, call())
    except Exception as error:  # noqa: BLE001 - raised again where it is awaited
        return functools.partial(future.set_exception, error)


_OURS = Threads(16)
"""For our own work and google-auth: four runs at a time make few such calls, and none of them can hang for ever."""


async def in_thread(call: Callable[[], T], limit: float | None = None) -> T:
    """What the call returns or raises; TimeoutError after the limit, while the thread goes on unheard."""
    return await _OURS.run(call, limit)


async def load(module: str) -> None:
    """Import a module so that what runs beside it goes on: a blocked loop would be measured as the network's time."""
    if module not in sys.modules:
        await in_thread(lambda: importlib.import_module(module))
