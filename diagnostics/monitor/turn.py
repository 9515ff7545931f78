"""When the next cycle of a target is due, who asked for it, and who waits for its end."""

import asyncio
from enum import Enum

from diagnostics.ports import Clock

REQUEST_PAUSE = 30.0
"""Seconds between two runs of a target that somebody asked for, at the gate or by hand, whoever it was: as many runs
come from outside as the default interval makes by itself, and no more."""


class Asked(Enum):
    """Who asked for a cycle."""

    NOBODY = "nobody"
    SOMEBODY = "somebody"
    """Gets a run like any other, only sooner."""
    ON_THIS_MACHINE = "on this machine"
    """Gets everything afresh, a login that was refused included."""


class TooSoon(Exception):
    """A run was asked for again before its time; ``seconds`` until it may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Turn:
    """The clock of one target. All times are monotonic seconds."""

    def __init__(self, clock: Clock, pause: float) -> None:
        self._clock = clock
        self._wake = asyncio.Event()
        self._asked = Asked.NOBODY
        self._next_request_at = float("-inf")
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.due_at = clock.monotonic()
        self.pause = pause
        """Seconds planned between the last cycle and the next; before the first, what is usual."""
        self.running = False

    @property
    def over(self) -> "asyncio.Future[None]":
        """Done when the cycle that goes on ends, or the next one where none does. Never cancel it."""
        return self._over

    @property
    def busy(self) -> bool:
        """Whether a cycle goes on or is due."""
        return self.running or self._asked is not Asked.NOBODY or self.due_at <= self._clock.monotonic()

    def ask(self, who: Asked) -> None:
        """A cycle is wanted now. One that goes on will do; TooSoon where the last one asked for was just now."""
        if self.running or self._asked is not Asked.NOBODY:
            return
        now = self._clock.monotonic()
        if now < self._next_request_at:
            raise TooSoon(self._next_request_at - now)
        self._asked, self._next_request_at = who, now + REQUEST_PAUSE
        self._wake.set()

    def begin(self) -> Asked:
        """A cycle begins; who asked for it."""
        asked, self._asked, self.running = self._asked, Asked.NOBODY, True
        self._wake.clear()
        return asked

    def end(self) -> None:
        """It ended, however: whoever waited goes on."""
        self.running = False
        self._over.set_result(None)
        self._over = asyncio.get_running_loop().create_future()

    async def rest(self, seconds: float) -> float:
        """Until it is time, or somebody wakes us; the seconds by which we are late."""
        self.pause, self.due_at = seconds, self._clock.monotonic() + seconds
        nap, call = asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((nap, call), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            call.cancel()
        return self._clock.monotonic() - self.due_at
