"""A voice that anybody can make us raise: one line a second at most, and a count of those that were left out."""

from collections.abc import Callable

from diagnostics.ports import Clock

EVERY = 1.0
"""Seconds between two lines: enough to see that something goes on, too little to fill a disk or a bill."""


class Sparing:
    """Says a line unless it said one just now. ``say`` takes it without its end."""

    def __init__(self, say: Callable[[str], None], clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._next_at = float("-inf")
        self._left_out = 0

    def __call__(self, text: str) -> None:
        """Say it, or count it."""
        now = self._clock.monotonic()
        if now < self._next_at:
            self._left_out += 1
            return
        more = f" ({self._left_out} lines like it were left out before)" if self._left_out else ""
        self._next_at, self._left_out = now + EVERY, 0
        self._say(f"{text}{more}")
