"""``/gate``: closed until the path was not found broken so many times in a row, and open from then on.

A path that cannot be known, for settings that we do not understand or through a fault of ours, keeps nobody's app back.
It never closes again: a gate that did would be a readiness probe on the database, and restart or take out what it was
to let in.
"""

from collections.abc import Callable, Iterable

from diagnostics.monitor import TargetWatch, Watch
from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar.names import Namer, real_name

SAY_EVERY = 10.0
"""Seconds between two lines about a gate that stays closed: what a person watching a deployment can follow."""


NOTHING_YET = "no report yet"


class Gate:
    """Looks at the targets when it is asked. ``say`` writes a line of the log."""

    def __init__(self, passes: int, clock: Clock, say: Callable[[str], None]) -> None:
        self._passes = passes
        self._clock = clock
        self._say = say
        self._said_at = float("-inf")

    def closed_by(self, targets: Iterable[TargetWatch]) -> tuple[TargetWatch, ...]:
        """Those that were found broken, or not looked at often enough yet."""
        return tuple(target for target in targets if target.watch.most_in_a_row < self._passes)

    def why(self, targets: Iterable[TargetWatch], name: Namer) -> str:
        """A line for each of those that keep it closed; written to the log, too, but not at every question."""
        closed = tuple(targets)
        now = self._clock.monotonic()
        if now - self._said_at >= SAY_EVERY:
            self._said_at = now
            self._say(f"the gate is closed: {'; '.join(self._reasons(closed, real_name))}")
        return "".join(f"{reason}\n" for reason in self._reasons(closed, name))

    def _reasons(self, targets: tuple[TargetWatch, ...], name: Namer) -> tuple[str, ...]:
        return tuple(f"{name(target)}: {self._reason(target.watch)}" for target in targets) or (NOTHING_YET,)

    def _reason(self, watch: Watch) -> str:
        if watch.summary is None:
            return NOTHING_YET
        if watch.unbroken_in_a_row:
            return f"not broken {watch.unbroken_in_a_row} of {self._passes} times in a row"
        return watch.summary.causes[0] if watch.summary.causes else "not proven"
