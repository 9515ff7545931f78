"""Connect with bounded retries: only what passes by itself, with jitter, and the driver's own exception at the end."""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from diagnostics.startup.ledger import Ledger

if TYPE_CHECKING:
    import random

    from diagnostics.startup.plan import Plan, Retry

T = TypeVar("T")

TOTAL = 30.0
"""Seconds for all tries: a cold connector needs up to 10, and Cloud Run's own probe gives a start 240."""
ATTEMPTS = 10
"""With pauses of up to 5 s, as many as fit into that."""


class Budget(NamedTuple):
    """How much may be spent."""

    total: float
    """Seconds for all tries."""
    attempts: int
    began: float
    """On the ledger's clock."""


def budget_of(ledger: Ledger, total: float | None, attempts: int) -> Budget:
    """The caller's total, else the ledger's, else 30 s. ValueError for what is no budget."""
    seconds = TOTAL if total is None and ledger.total is None else total if total is not None else ledger.total
    if seconds is None or not seconds > 0 or attempts < 1:
        raise ValueError("total is seconds above 0, and attempts at least 1")
    return Budget(seconds, attempts, ledger.now())


class _Tries:
    """The tries of one connect. What decides is loaded at the first failure: most starts have none."""

    def __init__(
        self,
        ledger: Ledger,
        budget: Budget,
        on_retry: "Callable[[Retry], None] | None",
        rand: "random.Random | None",
    ) -> None:
        self._ledger, self.budget, self._on_retry, self._rand = ledger, budget, on_retry, rand
        self._plan: Plan | None = None

    def pause_after(self, exc: BaseException) -> float | None:
        """Seconds until the next try; None, and the history below the exception, where there is none."""
        from diagnostics.startup.plan import Plan

        self._plan = self._plan or Plan(self.budget, self._ledger.now, self._rand)
        step = self._plan.next(exc)
        if step is None:
            self._plan.note(exc)
            return None
        if self._on_retry is not None:
            self._on_retry(step)
        return step.pause


async def connect(
    factory: Callable[[], Awaitable[T]],
    *,
    ledger: Ledger | None = None,
    total: float | None = None,
    attempts: int = ATTEMPTS,
    on_retry: "Callable[[Retry], None] | None" = None,
    rand: "random.Random | None" = None,
) -> T:
    """What ``factory`` makes, a connection, pool or engine, tried again while what is wrong passes by itself.

    ``total``: seconds for all tries, by default the ledger's total, else 30; ``attempts``: tries at most. A failure
    that a person has to mend goes on at once. Raises the last exception of ``factory`` itself, with the history as a
    note, or LimitExceeded where a try was still waiting when the total was over.
    """
    import asyncio

    book = ledger or Ledger()
    tries = _Tries(book, budget_of(book, total, attempts), on_retry, rand)
    async with book.limit("connect", tries.budget.total, source="startup.connect"):
        while True:
            book.attempts += 1
            try:
                return await factory()
            except Exception as exc:
                pause = tries.pause_after(exc)
                if pause is None:
                    raise
            await asyncio.sleep(pause)


def connect_sync(  # noqa: PLR0913 - the options of connect, and how to sleep
    factory: Callable[[], T],
    *,
    ledger: Ledger | None = None,
    total: float | None = None,
    attempts: int = ATTEMPTS,
    on_retry: "Callable[[Retry], None] | None" = None,
    rand: "random.Random | None" = None,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """The same for synchronous code. A try that hangs cannot be interrupted: give the driver a timeout of its own."""
    book = ledger or Ledger()
    tries = _Tries(book, budget_of(book, total, attempts), on_retry, rand)
    with book.limit("connect", tries.budget.total, source="startup.connect"):
        while True:
            book.attempts += 1
            try:
                return factory()
            except Exception as exc:
                pause = tries.pause_after(exc)
                if pause is None:
                    raise
            sleep(pause)
