"""When the next cycle of a target is due, who asked for it, and who waits for its end."""

import asyncio

from diagnostics.ports import Clock

REQUEST_PAUSE = 10.0
"""Seconds between two runs of a target that were asked for. A person who mends something asks less often; a script that
asks all the time gets a fresh report six times a minute, and the server six connections."""


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
        self._asked = False
        self._asked_at = float("-inf")
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.due_at = clock.monotonic()
        self.pause = pause
        """Seconds planned between the last cycle and the next; before the first, what is usual."""
        self.running = False
        self.hurried_until = float("-inf")
        """Until when somebody waits for the next cycles."""

    @property
    def over(self) -> "asyncio.Future[None]":
        """Done when the cycle that goes on ends, or the next one where none does. Never cancel it."""
        return self._over

    @property
    def busy(self) -> bool:
        """Whether a cycle goes on or is due."""
        return self.running or self._asked or self.due_at <= self._clock.monotonic()

    def ask(self) -> None:
        """A cycle is wanted now. One that goes on will do; TooSoon where the last one asked for was just now."""
        now = self._clock.monotonic()
        left = self._asked_at + REQUEST_PAUSE - now
        if self.running or self._asked:
            return
        if left > 0:
            raise TooSoon(left)
        self._asked, self._asked_at = True, now
        self._wake.set()

    def wake(self) -> None:
        """Begin the next cycle without waiting for its time."""
        self._wake.set()

    def begin(self) -> bool:
        """A cycle begins; whether it was asked for."""
        asked, self._asked, self.running = self._asked, False, True
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
