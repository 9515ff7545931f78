"""Connect with bounded retries: only what passes by itself, with jitter, and the driver's own exception at the end."""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from diagnostics.startup.judging import Judgement, judge
from diagnostics.startup.ledger import Ledger
from diagnostics.startup.table import Verdict

if TYPE_CHECKING:
    import random

T = TypeVar("T")

TOTAL = 30.0
"""Seconds for all tries: a cold connector needs up to 10, and Cloud Run's own probe gives a start 240."""
ATTEMPTS = 10
FEW = 5
"""Tries where the failure asks to be left alone for a while: a server that is full, an API over its quota."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. The pause doubles from the first to the longest, and each is drawn at random up to it (full jitter), so that
instances that start together do not knock together."""
SHARE = 0.5
"""Of a pause that the failure asks for, so much more is drawn at random on top of it."""


class Retry(NamedTuple):
    """One try that failed and will be made again."""

    attempt: int
    """From 1."""
    judgement: Judgement
    pause: float
    """Seconds until the next."""
    elapsed: float
    """Seconds since the first."""


class Plan:
    """How often, how long and after which pause; it decides and never sleeps."""

    def __init__(self, total: float, attempts: int, now: Callable[[], float], rand: "random.Random | None") -> None:
        if not total > 0 or attempts < 1:
            raise ValueError("total is seconds above 0, and attempts at least 1")
        import random

        self.total, self._attempts, self._now = total, attempts, now
        self._rand = rand or random.Random()  # noqa: S311 - a pause is no secret
        self._began = now()
        self.made: list[Retry] = []

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return self._now() - self._began

    def next(self, exc: BaseException) -> Retry | None:
        """What to do after a failure: the pause, or None where another try is of no use or over the budget."""
        found = judge(exc)
        attempt = len(self.made) + 1
        pause = self._pause(found, attempt)
        if not self._worth(found, attempt) or self.elapsed + pause >= self.total:
            return None
        self.made.append(Retry(attempt, found, pause, self.elapsed))
        return self.made[-1]

    def note(self, exc: BaseException) -> None:
        """Write the history below the exception, which is otherwise the driver's own."""
        if self.made:
            tried = "; ".join(f"{each.elapsed:.1f} s: {each.judgement.reason}" for each in self.made)
            tries = f"{len(self.made) + 1} tries in {self.elapsed:.1f} s"
            exc.add_note(f"cloudsql-diag: {tries}. Before this one, {tried}")

    def _worth(self, found: Judgement, attempt: int) -> bool:
        if found.verdict is Verdict.UNKNOWN:
            # Once more: a second failure of the same kind is an answer.
            return not any(each.judgement.verdict is Verdict.UNKNOWN for each in self.made)
        late = found.within is not None and self.elapsed > found.within
        allowed = min(FEW, self._attempts) if found.wait else self._attempts
        return found.verdict is Verdict.NOT_YET and attempt < allowed and not late

    def _pause(self, found: Judgement, attempt: int) -> float:
        if found.wait:
            return min(LONGEST_PAUSE, found.wait * 2.0 ** (attempt - 1)) * (1 + SHARE * self._rand.random())
        return self._rand.uniform(0.0, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt))


async def connect(
    factory: Callable[[], Awaitable[T]],
    *,
    ledger: Ledger | None = None,
    total: float | None = None,
    attempts: int = ATTEMPTS,
    on_retry: Callable[[Retry], None] | None = None,
    rand: "random.Random | None" = None,
) -> T:
    """What ``factory`` makes, a connection, pool or engine, tried again while what is wrong passes by itself.

    ``total``: seconds for all tries, by default the ledger's total, else 30; ``attempts``: tries at most. A failure
    that a person has to mend goes on at once. Raises the last exception of ``factory`` itself, with the history as a
    note, or LimitExceeded where a try was still waiting when the total was over.
    """
    import asyncio

    book = ledger or Ledger()
    plan = Plan(total or book.total or TOTAL, attempts, book.now, rand)
    async with book.limit("connect", plan.total, source="startup.connect"):
        while True:
            book.attempts += 1
            try:
                return await factory()
            except Exception as exc:
                step = plan.next(exc)
                if step is None:
                    plan.note(exc)
                    raise
                _tell(on_retry, step)
            await asyncio.sleep(step.pause)


def connect_sync(  # noqa: PLR0913 - the options of connect, and how to sleep
    factory: Callable[[], T],
    *,
    ledger: Ledger | None = None,
    total: float | None = None,
    attempts: int = ATTEMPTS,
    on_retry: Callable[[Retry], None] | None = None,
    rand: "random.Random | None" = None,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """The same for synchronous code. A try that hangs cannot be interrupted: give the driver a timeout of its own."""
    book = ledger or Ledger()
    plan = Plan(total or book.total or TOTAL, attempts, book.now, rand)
    with book.limit("connect", plan.total, source="startup.connect"):
        while True:
            book.attempts += 1
            try:
                return factory()
            except Exception as exc:
                step = plan.next(exc)
                if step is None:
                    plan.note(exc)
                    raise
                _tell(on_retry, step)
            sleep(step.pause)


def _tell(on_retry: Callable[[Retry], None] | None, step: Retry) -> None:
    if on_retry is not None:
        on_retry(step)
