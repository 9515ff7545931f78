"""The sidecar's loop: one task a target, one cycle after another, for ever.

Nothing that a run meets ends it. A run that breaks through our own fault is counted, told by type, and tried again at
the next interval. Settings are read once a cycle for all targets; targets that are new are watched from then on, those
that are gone are forgotten.
"""

import asyncio
from collections.abc import Callable, Iterable

from diagnostics.core.model import Damping, Value
from diagnostics.monitor.cycle import RECENT, Runs
from diagnostics.monitor.history import Sizes, sizes_for
from diagnostics.monitor.listener import Listener
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.source import Source
from diagnostics.monitor.state import proven
from diagnostics.monitor.target import TargetWatch
from diagnostics.monitor.turn import Turn
from diagnostics.ports import Clock

AT_ONCE = 4
"""Targets that climb at the same time: enough to hide the waiting, few enough not to disturb what is measured."""

JITTER = 0.1
"""Share of an interval by which a pause may differ, so that instances started together do not climb together."""

FROZEN_AFTER = 2.0
"""Seconds by which a cycle that is due may begin late before we say that the process stood still: the same gap in our
own clock that ``runtime.freeze`` calls one."""

HURRY_AFTER_FAILURE = 5.0
"""Seconds between two cycles while somebody waits for the path, or silence may still end by itself. Each one may be a
login that the server refuses; twelve a minute lock out nobody."""

HURRY_AFTER_SUCCESS = 1.0
"""Seconds while somebody waits for the path to be proven once more: the pause with which ``wait`` begins."""

PATIENCE = 30.0
"""Seconds after which a question at the gate no longer hurries us: three times the longest usual period of a probe."""


class Pace(Value, frozen=True, kw_only=True):
    """How often, and when a change counts."""

    interval: float
    """Seconds between two cycles of a target."""
    damping: Damping = Damping()


class Monitor:
    """Watches every target. ``jitter`` gives a number from -1 to 1. Made inside a running event loop."""

    def __init__(
        self,
        source: Source,
        clock: Clock,
        pace: Pace,
        jitter: Callable[[], float],
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self.checks = source.checks
        self._source = source
        self._clock = clock
        self._pace = pace
        self._jitter = jitter
        self._listeners = listeners
        self._runs = Runs(source, clock, lambda: 1 + JITTER * jitter())
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._reading = source.read()
        self._read_at = clock.monotonic()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._targets: dict[str, TargetWatch] = {}
        self._reconcile()

    @property
    def targets(self) -> tuple[TargetWatch, ...]:
        """Those that are watched now, in the order of the settings."""
        return tuple(self._targets.values())

    def target(self, name: str) -> TargetWatch | None:
        """The one of this name."""
        return self._targets.get(name)

    async def run_for_ever(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            for target in self.targets:
                self._start(target)

    def hurry(self, targets: Iterable[TargetWatch]) -> None:
        """Somebody waits for these to be proven: their cycles follow each other sooner for a while."""
        now = self._clock.monotonic()
        for target in targets:
            target.turn.hurried_until = now + PATIENCE
            if not target.turn.running and now - target.watch.reported_at >= self._pause(target):
                target.turn.wake()

    async def work(self, limit: float) -> None:
        """Until the cycles that go on or are due have ended, for ``limit`` seconds at most."""
        busy = [target.turn.over for target in self.targets if target.turn.busy]
        if busy:
            await asyncio.wait(busy, timeout=limit)

    def _start(self, target: TargetWatch) -> None:
        if self._group is not None:
            self._tasks[target.name] = self._group.create_task(self._watch(target))

    def _reconcile(self) -> None:
        """Watch the targets that the settings name, and no others."""
        for name in [name for name in self._targets if name not in self._reading.names]:
            self._forget(name)
        known, sizes = self._targets, sizes_for(len(self._reading.names))
        self._targets = {name: known.get(name) or self._new(name, sizes) for name in self._reading.names}
        for name, target in self._targets.items():
            if name not in known:
                self._start(target)

    def _forget(self, name: str) -> None:
        target = self._targets.pop(name)
        self._tasks.pop(name).cancel()
        self._tell(target, lambda listener: listener.gone(name))

    def _new(self, name: str, sizes: Sizes) -> TargetWatch:
        return TargetWatch(name, Turn(self._clock, self._pace.interval), self._pace.damping, sizes)

    async def _watch(self, target: TargetWatch) -> None:
        while True:
            async with self._turns:
                await self._cycle(target)
            late = await target.turn.rest(self._pause(target) * (1 + JITTER * self._jitter()))
            if late >= FROZEN_AFTER:
                target.counts.frozen_seconds += late

    async def _cycle(self, target: TargetWatch) -> None:
        asked = target.turn.begin()
        try:
            self._read_again(target, at_once=asked)
            if self.target(target.name) is target:
                await self._run(target, target.breadth(self._clock.monotonic()), afresh=asked)
        except Exception as error:  # noqa: BLE001 - the sidecar never ends by itself
            crash = error
            target.counts.crashes += 1
            self._tell(target, lambda listener: listener.crashed(target.name, crash))
        finally:
            target.turn.end()

    async def _run(self, target: TargetWatch, breadth: Breadth, *, afresh: bool) -> None:
        """One run, and where it is the first to fail a second one at once that looks everywhere and makes trials."""
        broken_before, wide = target.broken, Breadth.WIDE if afresh else breadth
        report = await self._runs.run(target, self._reading, wide, afresh=afresh)
        change = target.take(report, wide, self._clock.monotonic())
        self._tell(target, lambda listener: listener.reported(target))
        if change is not None:
            self._tell(target, lambda listener: listener.changed(target, change))
        if target.broken and not broken_before:
            await self._run(target, Breadth.WIDE, afresh=wide is Breadth.NARROW)

    def _tell(self, target: TargetWatch, act: Callable[[Listener], None]) -> None:
        """One of them that breaks keeps nothing from the others, nor ends the cycle."""
        for listener in self._listeners:
            try:
                act(listener)
            except Exception:  # noqa: BLE001 - counted like any other fault of ours
                target.counts.crashes += 1

    def _read_again(self, target: TargetWatch, *, at_once: bool) -> None:
        """Once a cycle for all targets, so that many of them do not read all their settings many times."""
        now = self._clock.monotonic()
        if at_once or now - self._read_at >= RECENT * target.turn.pause:
            self._reading, self._read_at = self._source.read(), now
            self._reconcile()

    def _pause(self, target: TargetWatch) -> float:
        """Seconds to the next cycle."""
        report = target.watch.report
        good = report is not None and proven(report)
        hurried = self._clock.monotonic() < target.turn.hurried_until
        soon = HURRY_AFTER_SUCCESS if good else HURRY_AFTER_FAILURE
        may_still_open = report is not None and report.provisional is not None
        return min(self._pace.interval, soon) if hurried or may_still_open else self._pace.interval
