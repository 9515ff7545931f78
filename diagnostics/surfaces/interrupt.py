"""SIGINT and SIGTERM end a one-shot verb with 130 and 143, after what was begun has been closed.

asyncio is a fourth of what a check loads, and is loaded where a loop is run: until then, a driver's process is started.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import TypeVar

from diagnostics.surfaces import failures
from diagnostics.surfaces.streams import Notes

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """A signal asked for the end. No Exception, so that nothing on the way takes it for a failure of its own."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 and the number of the signal, as shells have it."""
        return 128 + self.number


@contextlib.contextmanager
def signals_interrupt(*, held: bool = False) -> Iterator[None]:
    """Inside, both signals raise Interrupted. A process that is PID 1 would ignore SIGTERM otherwise.

    They are let in if they were blocked, but not where they are to be ``held``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    hook, sys.unraisablehook = sys.unraisablehook, _end_all_the_same
    try:
        if not held:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def run(work: Callable[[], Coroutine[None, None, T]]) -> T:
    """Run a coroutine in an event loop of its own; Interrupted after a signal, when its clean-up is done."""
    import asyncio

    with _held():
        runner = asyncio.Runner()
        runner.get_loop()
    guarded = _guarded(work)
    try:
        return runner.run(guarded)
    finally:
        with _held():
            runner.close()
            # A signal may come before the loop has taken it; Python would warn that it never ran.
            guarded.close()


@contextlib.contextmanager
def _held() -> Iterator[None]:
    """Signals wait meanwhile: a loop that is half made, or half closed, says so on standard error."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _guarded(work: Callable[[], Coroutine[None, None, T]]) -> T:
    import asyncio

    task = asyncio.ensure_future(work())
    caught: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        caught.append(number)
        task.cancel()

    with _handled(stop):
        try:
            return await task
        except asyncio.CancelledError:
            if caught:
                raise Interrupted(caught[0]) from None
            raise


@contextlib.contextmanager
def _handled(stop: Callable[[signal.Signals], None]) -> Iterator[None]:
    """The loop's own handlers run in the loop, so that a cancelled task can close what it opened."""
    import asyncio

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise Interrupted(signal.Signals(number))


def _end_all_the_same(lost: "sys.UnraisableHookArgs") -> None:
    """Python drops what is raised in a finalizer or a weak reference's callback, and a signal may come just there."""
    if isinstance(lost.exc_value, Interrupted):
        os._exit(lost.exc_value.exit_code)
    if lost.exc_value is not None:
        failures.own_failure(Notes(sys.stderr), lost.exc_value)
