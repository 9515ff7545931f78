"""Around an app's start-up: nothing while all is well, one log line where it fails, the exception unchanged."""

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO, TypeVar

from diagnostics.startup.ledger import Ledger

if TYPE_CHECKING:
    from diagnostics.startup.line import Report

F = TypeVar("F", bound=Callable[..., Any])

SWITCH = "CLOUDSQL_DIAG_STARTUP"
"""``off`` leaves only the ledger and the retries."""
BUDGET = 10.0
"""Seconds for a diagnosis: a path that is silent is known after 9, and Cloud Run gives a start 240."""


MODES = ("auto", "agent", "child", "text", "off")


class State:
    """What an app may show of its start: ``health`` for a status page, never for a liveness probe."""

    def __init__(self) -> None:
        self.ready = False
        self.last: Report | None = None

    def health(self) -> dict[str, Any]:
        """In the form of health+json; before the start is done it is ``warn``, and unknown is not called failed."""
        status = "pass" if self.ready else "fail" if self.last else "warn"
        checks = {"cloudsql-diag:startup": [{"status": status, "output": self.last.message if self.last else ""}]}
        return {"status": status, "checks": checks}


class guard:  # noqa: N801 - used like a function, as contextlib's own are
    """Around start-up: ``with``, ``async with`` or a decorator of either kind of function.

    An exception that leaves it is reported in one line on standard error and goes on as it was. ``diagnose``: who is
    asked for the cause; ``budget``: seconds for that.
    """

    def __init__(
        self,
        name: str = "startup",
        *,
        ledger: Ledger | None = None,
        diagnose: str = "auto",
        budget: float = BUDGET,
        state: State | None = None,
    ) -> None:
        self._mode = _mode(diagnose)
        self._given, self._name, self._budget = ledger, name, budget
        self.ledger = ledger or Ledger(name=name)
        self.state = state or State()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if exc is None:
            self.state.ready = True
        elif _counts(exc):
            self.state.last = report(exc, ledger=self.ledger, diagnose=self._mode, budget=self._budget)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if exc is None or not _counts(exc):
            self.__exit__(kind, exc, trace)
            return
        await _in_thread(lambda: self.__exit__(kind, exc, trace))

    def __call__(self, function: F) -> F:
        """Guard every call of a function, each with a ledger of its own unless one was given."""
        import inspect

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def guarded(*args: Any, **kwargs: Any) -> Any:
                async with self._again():
                    return await function(*args, **kwargs)

            return guarded  # type: ignore[return-value]

        @functools.wraps(function)
        def guarded_sync(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return guarded_sync  # type: ignore[return-value]

    def _again(self) -> "guard":
        return guard(self._name, ledger=self._given, diagnose=self._mode, budget=self._budget, state=self.state)


def report(
    exc: BaseException,
    *,
    ledger: Ledger | None = None,
    diagnose: str = "auto",
    budget: float = BUDGET,
    environ: Mapping[str, str] | None = None,
    stream: TextIO | None = None,
) -> "Report | None":
    """Say once why a start-up failed: what ``guard`` calls, for hooks of servers. None where it is switched off.

    A fault of our own is told in one line and swallowed: the app's exception is what counts.
    """
    found_environ = os.environ if environ is None else environ
    if found_environ.get(SWITCH, "").strip().lower() == "off" or diagnose == "off":
        return None
    try:
        from diagnostics.startup.reporting import Diagnose, made

        return made(exc, ledger or Ledger(), Diagnose(diagnose), budget, found_environ, stream)
    except Exception as fault:  # noqa: BLE001 - nothing of ours may hide the app's own failure
        _swallow(fault, stream)
        return None


def _mode(text: str) -> str:
    if text not in MODES:
        raise ValueError(f"diagnose is one of {', '.join(MODES)}")
    return text


def _counts(exc: BaseException) -> bool:
    """Whether it is a failure: SystemExit and GeneratorExit are somebody's decision."""
    return isinstance(exc, Exception) or type(exc).__name__ == "CancelledError"


async def _in_thread(work: Callable[[], None]) -> None:
    """Run it beside the loop, in a thread that ends with the process: the loop's own executor would be waited for."""
    import asyncio

    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def run() -> None:
        try:
            work()
        finally:
            loop.call_soon_threadsafe(done.set_result, None)

    threading.Thread(target=run, name="cloudsql-diag", daemon=True).start()
    await done


def _swallow(fault: Exception, stream: TextIO | None) -> None:
    """Our own fault: its type and place, never its message."""
    out = stream or sys.stderr
    if out is None:
        return
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}" if trace else ""
    try:
        out.write(f"cloudsql-diag: a fault of its own, {type(fault).__name__} at {place}; the app goes on\n")
    except (OSError, ValueError):
        return
