"""The ledger: every limit of a start-up, how much of each had passed, and which one fired.

``async with`` enforces a limit, ``with`` measures it: synchronous code cannot be interrupted. Timers of others are
declared. An exception that a limit raises is a TimeoutError that names it; everything else goes through unchanged.
"""

import contextvars
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import asyncio

    from diagnostics.startup.timers import Fired, Timer

MOST = 100
"""Limits that a ledger keeps: a start-up has a dozen; one that is used on and on forgets the oldest that are over."""

_inside: contextvars.ContextVar["Limit | None"] = contextvars.ContextVar("cloudsql_diag_limit", default=None)


class LimitExceeded(TimeoutError):
    """One of the app's own limits is over. ``limit`` is it, with its ledger."""

    def __init__(self, limit: "Limit") -> None:
        super().__init__(limit.sentence())
        self.limit = limit


class Limit:
    """A named limit, entered once: with ``async with`` it is enforced, with ``with`` it is only measured."""

    def __init__(self, ledger: "Ledger", name: str, seconds: float | None, source: str) -> None:
        self.ledger, self.name, self.seconds, self.source = ledger, name, seconds, source
        self.parent: Limit | None = None
        self.enforced = False
        self.expired = False
        """Whether the loop ended it; a limit that was exceeded in a held loop did not expire."""
        self.carried = 0
        """Identity of another exception that left it after it had expired: a driver may wrap the cancellation."""
        self._began: float | None = None
        self._ended: float | None = None
        self._deadline = math.inf
        self._timeout: asyncio.Timeout | None = None
        self._token: contextvars.Token[Limit | None] | None = None

    @property
    def elapsed(self) -> float | None:
        """Seconds since it was entered, until it was left; None before."""
        if self._began is None:
            return None
        return (self._ended if self._ended is not None else self.ledger.now()) - self._began

    @property
    def deadline(self) -> float:
        """When it is over, on the ledger's clock; infinite where it has no limit or was not entered."""
        return self._deadline

    @property
    def is_over(self) -> bool:
        """Whether it was left."""
        return self._ended is not None

    @property
    def exceeded(self) -> bool:
        """Whether more time than it allows has passed in it."""
        return self.seconds is not None and (self.elapsed or 0.0) > self.seconds

    def close_after(self, seconds: float) -> None:
        """Take it for one that was open until now, for so many seconds."""
        self._ended = self.ledger.now()
        self._began = self._ended - seconds

    def is_around(self, others: "list[Limit]") -> bool:
        """Whether one of the others was entered inside of this one."""
        return any(self in each.outer() for each in others)

    def outer(self) -> "list[Limit]":
        """The limits in which it was entered, nearest first."""
        return [] if self.parent is None else [self.parent, *self.parent.outer()]

    def sentence(self) -> str:
        """``table_setup: 5.0 s over after 5.0 s; inside it: connect 4.9 s``."""
        inner = [each for each in self.ledger.limits if each.parent is self and each.elapsed is not None]
        inside = "; inside it: " + ", ".join(f"{each.name} {each.elapsed:.1f} s" for each in inner) if inner else ""
        return f"{self.name}: {self.seconds or 0.0:.1f} s over after {self.elapsed or 0.0:.1f} s{inside}"

    async def __aenter__(self) -> Self:
        self._enter()
        if self.seconds is not None:
            import asyncio

            self.enforced = True
            self._timeout = asyncio.timeout(self.seconds)
            await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            if self._timeout is not None:
                await self._timeout.__aexit__(kind, exc, trace)
        except TimeoutError as over:
            self.expired = True
            self._leave()
            raise LimitExceeded(self) from over.__cause__
        self.expired = self._timeout is not None and self._timeout.expired()
        self.carried = id(exc) if self.expired and exc is not None else 0
        self._leave()
        return None

    def __enter__(self) -> Self:
        self._enter()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def _enter(self) -> None:
        if self._began is not None:
            raise ValueError(f"limit {self.name!r} was entered before: ask the ledger for a new one")
        self.ledger.check_thread()
        self._began = self.ledger.now()
        self._deadline = math.inf if self.seconds is None else self._began + self.seconds
        self.parent = _inside.get()
        self._token = _inside.set(self)

    def _leave(self) -> None:
        if self._ended is not None or self._began is None:
            raise ValueError(f"limit {self.name!r} is not open")
        self._ended = self.ledger.now()
        if self._token is not None and _inside.get() is self:
            # Left in another context than entered, as a generator fixture may do, there is nothing to take back.
            _inside.reset(self._token)


class Ledger:
    """All limits of one start-up. It belongs to one thread; a fork takes a copy along."""

    def __init__(
        self, total: float | None = None, *, name: str = "startup", now: Callable[[], float] = time.monotonic
    ) -> None:
        """``total``: seconds that ``connect`` may take in all where it is not told; ``now``: a monotonic clock."""
        _check(name, total)
        self.name, self.total, self.now = name, total, now
        self.limits: list[Limit] = []
        self.attempts = 0
        """Tries of ``connect`` so far."""
        self.declared: dict[str, tuple[float, str]] = {}
        """Seconds and source of each timer of somebody else, by its name."""
        self._began = now()
        self._thread = threading.get_ident()

    @property
    def elapsed(self) -> float:
        """Seconds since the ledger was made."""
        return self.now() - self._began

    def limit(self, name: str, seconds: float | None = None, *, source: str = "") -> Limit:
        """A limit to enter. ``seconds`` None measures only; ``source`` says where the number is set.

        ValueError for a number that is no limit, and from another thread than the ledger's.
        """
        _check(name, seconds)
        self.check_thread()
        limit = Limit(self, name, seconds, source)
        self._keep(limit)
        return limit

    def declare(self, name: str, seconds: float, *, source: str = "declared") -> None:
        """A timer of somebody else: a driver's, gunicorn's, a startup probe's. ValueError as for a limit."""
        _check(name, seconds)
        self.declared[name] = (seconds, source)

    def declare_known(self, *names: str) -> None:
        """Timers with the seconds that they have where nobody sets them; ValueError for a name that is not known."""
        from diagnostics.startup.timers import PLATFORM

        for name in names:
            if name not in PLATFORM:
                raise ValueError(f"no timer is known as {name!r}; there are: {', '.join(PLATFORM)}")
            self.declared.setdefault(name, (PLATFORM[name], "default"))

    def measured(self, name: str, seconds: float, *, source: str = "") -> None:
        """Something that took so many seconds and is over: what a hook saw, from whatever thread."""
        limit = Limit(self, name, None, source)
        limit.close_after(seconds)
        self._keep(limit)

    def fired(self, exc: BaseException | None = None) -> "Fired | None":
        """The timer that ended the start-up with this exception; None where no time was over."""
        from diagnostics.startup.fired import fired

        return fired(self, exc)

    def timers(self, exc: BaseException | None = None) -> "tuple[Timer, ...]":
        """Every limit in the order of entering, then every declared timer."""
        from diagnostics.startup.fired import rows

        return rows(self, exc)

    def lines(self, exc: BaseException | None = None) -> list[str]:
        """The same for a person, a line each."""
        from diagnostics.startup.fired import line

        return [line(timer) for timer in self.timers(exc)]

    def check_thread(self) -> None:
        """ValueError where another thread uses it: what is open is kept for one flow of control."""
        if threading.get_ident() != self._thread:
            raise ValueError(f"ledger {self.name!r} belongs to another thread: make one there")

    def _keep(self, limit: Limit) -> None:
        over = [each for each in self.limits if each.is_over]
        if len(self.limits) >= MOST and over:
            self.limits.remove(over[0])
        self.limits.append(limit)


def _check(name: str, seconds: float | None) -> None:
    if not name or not name.isprintable():
        raise ValueError("a limit has a name of printable characters")
    if seconds is not None and not (0 < seconds < math.inf):
        raise ValueError(f"limit {name!r}: seconds are a number above 0, or None where there is no limit")
