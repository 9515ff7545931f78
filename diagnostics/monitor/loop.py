"""The sidecar's loop: one task a target, one cycle after another, for ever.

Nothing that a run meets ends it. A run that breaks through our own fault is counted, told by type, and tried again at
the next interval. Settings are read once a cycle for all targets; targets that are new are watched from then on, those
that are gone are forgotten.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from diagnostics.core.model import Damping, Value
from diagnostics.monitor.cycle import RECENT, Runs
from diagnostics.monitor.history import Sizes, sizes_for
from diagnostics.monitor.listener import Listener
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.source import Source
from diagnostics.monitor.target import TargetWatch
from diagnostics.monitor.turn import Asked, TooSoon, Turn
from diagnostics.ports import Clock

AT_ONCE = 4
"""Targets that climb at the same time: enough to hide the waiting, few enough not to disturb what is measured."""

JITTER = 0.1
"""Share of an interval by which a pause may differ, so that instances started together do not climb together."""

FROZEN_AFTER = 2.0
"""Seconds by which a cycle that is due may begin late before we say that the process stood still: the same gap in our
own clock that ``runtime.freeze`` calls one."""

SHORTEST = 5.0
"""Seconds between two cycles of a target, however short the interval is set, and while silence may still end by itself:
twelve connections a minute are what a probe of a platform makes."""

SPREAD = 1.0
"""Seconds over which first cycles are spread, so that instances started together do not climb together. More would cost
those who wait for the first verdict more than it saves the server, since the pauses after it are spread far wider."""

FIRST_PAUSE = 0.5
"""Share of an interval that the pause after the first cycle lasts at least, each instance another one."""

HURRY_AFTER_FAILURE = 5.0
"""Seconds since the last run after which a question at the gate brings the next one, where that one failed."""

HURRY_AFTER_SUCCESS = 1.0
"""The same where the path was proven and is to be proven once more: the pause with which ``wait`` begins."""


class Pace(Value, frozen=True, kw_only=True):
    """How often, and when a change counts."""

    interval: float
    """Seconds between two cycles of a target; SHORTEST where less is asked for."""
    damping: Damping = Damping()
    spread: float = SPREAD
    """Seconds over which first cycles are spread, 0 where nobody else starts."""

    @property
    def seconds(self) -> float:
        """The interval that is kept."""
        return max(self.interval, SHORTEST)


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
        self._made = 0
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
        """Somebody waits for these to be proven: one run more of each, as often as a run may be asked for."""
        now = self._clock.monotonic()
        for target in targets:
            soon = HURRY_AFTER_FAILURE if target.broken else HURRY_AFTER_SUCCESS
            if target.watch.report is not None and now - target.watch.reported_at >= soon:
                with contextlib.suppress(TooSoon):
                    target.turn.ask(Asked.SOMEBODY)

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
        self._tell(target, lambda listener: listener.gone(target))

    def _new(self, name: str, sizes: Sizes) -> TargetWatch:
        self._made += 1
        alias = "default" if self._made == 1 else f"target-{self._made}"
        return TargetWatch(name, Turn(self._clock, self._pace.seconds), self._pace.damping, sizes, alias)

    async def _watch(self, target: TargetWatch) -> None:
        share = await self._first_turn(target)
        while True:
            async with self._turns:
                await self._cycle(target)
            late = await target.turn.rest(max(SHORTEST, self._pause(target) * share))
            share = 1 + JITTER * self._jitter()
            if late >= FROZEN_AFTER:
                target.counts.frozen_seconds += late

    async def _first_turn(self, target: TargetWatch) -> float:
        """Wait for it; the share of the interval that the pause after it lasts."""
        if not self._pace.spread:
            return 1 + JITTER * self._jitter()
        chance = (1 + self._jitter()) / 2
        target.first_limit -= self._pace.spread * chance
        await target.turn.rest(self._pace.spread * chance)
        target.turn.pause = self._pace.seconds
        return FIRST_PAUSE + (1 - FIRST_PAUSE) * chance

    async def _cycle(self, target: TargetWatch) -> None:
        asked = target.turn.begin()
        try:
            self._read_again(target, at_once=asked is not Asked.NOBODY)
            if self.target(target.name) is target:
                await self._run(target, target.breadth(self._clock.monotonic()), asked)
        except Exception as error:  # noqa: BLE001 - the sidecar never ends by itself
            crash = error
            target.counts.crashes += 1
            self._tell(target, lambda listener: listener.crashed(target.name, crash))
        finally:
            target.turn.end()

    async def _run(self, target: TargetWatch, breadth: Breadth, asked: Asked) -> None:
        """One run, and where it is the first to fail a second one at once that looks everywhere and makes trials."""
        broken_before, insists = target.broken, asked is Asked.ON_THIS_MACHINE
        wide = Breadth.WIDE if insists else breadth
        await self._once(target, wide, afresh=insists, insists=insists)
        if target.broken and not broken_before:
            await self._once(target, Breadth.WIDE, afresh=wide is Breadth.NARROW)

    async def _once(self, target: TargetWatch, breadth: Breadth, *, afresh: bool, insists: bool = False) -> None:
        report = await self._runs.run(target, self._reading, breadth, afresh=afresh, insists=insists)
        change = target.take(report, breadth, self._clock.monotonic())
        self._tell(target, lambda listener: listener.reported(target))
        if change is not None:
            self._tell(target, lambda listener: listener.changed(target, change))

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
        may_still_open = report is not None and report.provisional is not None
        return SHORTEST if may_still_open else self._pace.seconds
