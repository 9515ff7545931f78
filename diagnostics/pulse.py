"""Our own pulse: a clock that ticks in the background, so that a process without CPU notices that it stood still."""

from diagnostics.ports import Clock

TICK = 0.1
"""Seconds between ticks: a tenth of the shortest deadline of a check (1 s), at no measurable cost."""


class Pulse:
    """Counts ticks and remembers the longest gap between two."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Forget what was counted: a run begins."""
        self._last = self._clock.monotonic()
        self._ticks = 0
        self._longest = 0.0

    async def beat(self) -> None:
        """Tick until cancelled."""
        while True:
            await self._clock.sleep(TICK)
            self._tick()

    def read(self) -> tuple[int, float]:
        """Ticks so far and the longest gap in seconds, the running one included."""
        self._tick()
        return self._ticks, self._longest

    def _tick(self) -> None:
        now = self._clock.monotonic()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        self._ticks += 1
