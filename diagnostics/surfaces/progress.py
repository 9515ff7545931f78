"""What is under way: a line on a terminal that is erased again, and where a run was when it was interrupted.

The line is written with two escape sequences by a thread of its own. A terminal library would do the same, but its
import takes more CPU than the whole climb, and would be paid while the steps are being timed.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Value
from diagnostics.core.report import CheckEntry
from diagnostics.surfaces import words
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.streams import Notes
from diagnostics.surfaces.timing import duration

QUIET = 0.3
"""Seconds without a line: a healthy check is over by then, and a flash is no information."""
REDRAW = 0.1
"""Seconds between two drawings: the resolution of the time shown."""
ERASE = "\r\x1b[2K"


class _Rest(Value, frozen=True, kw_only=True):
    """A pause: the moments when the next run begins and when there will be no more, and what the last one found."""

    next: float
    end: float
    seen: str


class Progress:
    """Watches runs. Use it as a context: the line is gone when that ends."""

    def __init__(self, notes: Notes, screen: Screen, monotonic: Callable[[], float]) -> None:
        self._notes = notes
        self._screen = screen
        self._monotonic = monotonic
        self._running: dict[tuple[str, CheckId], float] = {}
        self._rest: _Rest | None = None
        self._lock = threading.Lock()
        self._drawn = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw_until_over, name="progress", daemon=True)

    def started(self, target: str, check: CheckId) -> None:
        """Part of Watcher."""
        with self._lock:
            self._running[target, check] = self._monotonic()

    def finished(self, target: str, entry: CheckEntry) -> None:
        """Part of Watcher."""
        with self._lock:
            self._running.pop((target, entry.id), None)

    def under_way(self) -> str:
        """Checks being evaluated, each with how long already; the one that has been at it longest comes first."""
        with self._lock:
            now = self._monotonic()
            oldest_first = sorted(self._running.items(), key=lambda item: item[1])
        return ", ".join(f"{check} {duration(now - since)}".rstrip() for (_, check), since in oldest_first)

    @contextmanager
    def resting(self, pause: float, left: float, seen: str) -> Iterator[None]:
        """Between two runs: seconds to the next one, and until there will be no more; what the last one found."""
        now = self._monotonic()
        self._rest = _Rest(next=now + pause, end=now + left, seen=seen)
        try:
            yield
        finally:
            self._rest = None
            self.clear()

    def clear(self) -> None:
        """Take the line away, for something else to be written in its place."""
        with self._lock:
            if self._drawn:
                self._notes.raw(ERASE)
            self._drawn = False

    def __enter__(self) -> Self:
        if self._screen.interactive:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.clear()

    def _draw_until_over(self) -> None:
        pause = QUIET
        while not self._over.wait(pause):
            pause = REDRAW
            self._draw(self.under_way() or self._what_comes())

    def _what_comes(self) -> str:
        rest, now = self._rest, self._monotonic()
        if rest is None:
            return ""
        next_one, end = (max(0.0, moment - now) for moment in (rest.next, rest.end))
        times = words.NEXT_TRY.format(next=f"{next_one:.0f} s", end=duration(end))
        # Last, because a narrow terminal cuts the end off, and it stands above in a line of its own.
        return f"{times}; {words.LAST_SEEN.format(what=rest.seen)}" if rest.seen else times

    def _draw(self, text: str) -> None:
        with self._lock:
            if text or self._drawn:
                self._notes.raw(ERASE + text[: self._screen.width - 1])
            self._drawn = bool(text)
