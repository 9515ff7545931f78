"""A monitor over runs that a test writes, and time that passes only in sleep."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Self

from msgspec.structs import replace

from diagnostics.check import Check, Env
from diagnostics.core.model import Damping
from diagnostics.core.report import Report
from diagnostics.monitor import Listener, Monitor, Pace, StateChange, TargetWatch
from diagnostics.runner import Carried, Observer
from tests.fakes import FakeClock
from tests.runner.test_runner import env
from tests.surfaces.reports import HEALTHY

ORDERS = "orders"


class HeldClock(FakeClock):
    """A clock whose sleepers wait until the test lets time pass."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        until = asyncio.Event()
        self._sleepers.append((self.seconds + seconds, until))
        await until.wait()

    async def pass_time(self, seconds: float) -> None:
        """Let everything happen that happens until then, in order."""
        await settle()
        end = self.seconds + seconds
        while due := sorted((at for at, _ in self._sleepers if at <= end)):
            self._wake(due[0])
            await settle()
        self.seconds = end
        await settle()

    def jump(self, seconds: float) -> None:
        """Stand still for so long: the time is past before anybody who slept is woken."""
        self.seconds += seconds
        self._wake(self.seconds)

    def _wake(self, now: float) -> None:
        self.seconds = max(self.seconds, now)
        for at, until in [sleeper for sleeper in self._sleepers if sleeper[0] <= now]:
            self._sleepers.remove((at, until))
            until.set()


async def settle() -> None:
    """Let every task go on until it waits for something that has not happened: a run takes a few turns of the loop."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(reached: Callable[[], bool]) -> None:
    """Let the loop turn until something holds that no event tells of."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - what is waited for is on the other side of a socket
            await asyncio.sleep(0)


Made = Report | Exception
"""What a scripted run comes to."""


class ScriptedSource:
    """Settings that name some targets, and what the runs of each come to; the last one is repeated for ever."""

    def __init__(self, *names: str, checks: tuple[Check, ...] = ()) -> None:
        self.names: tuple[str, ...] = names or (ORDERS,)
        self.checks = checks
        self.reads = 0
        self.runs: list[str] = []
        self.tried: list[bool] = []
        """Whether each run was to make trials."""
        self.going = asyncio.Event()
        self.going.set()
        self.made: dict[str, list[Made]] = {}

    def read(self) -> "ScriptedSource":
        self.reads += 1
        return self

    def script(self, name: str, *made: Made) -> None:
        self.made[name] = list(made)

    def env(self, name: str) -> Env:
        if name not in self.names:
            raise LookupError(name)
        return replace_name(env(), name)

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        name = env.resolution.name
        self.runs.append(name)
        self.tried.append(trials)
        await self.going.wait()
        script = self.made.get(name, [HEALTHY])
        made = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(made, Exception):
            raise made
        return of(made, name, len(self.runs))


def replace_name(made: Env, name: str) -> Env:
    return replace(made, resolution=replace(made.resolution, name=name))


def of(report: Report, name: str, number: int) -> Report:
    """The report as a run of its own: another id, a later time, this target."""
    return replace(
        report,
        run_id=f"run-{number}",
        started_at=HEALTHY.started_at + timedelta(seconds=number),
        target=replace(report.target, name=name),
    )


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.changes: list[StateChange] = []
        self.lost: list[str] = []
        self.errors: list[Exception] = []

    def reported(self, target: TargetWatch) -> None:
        if target.watch.report is not None:
            self.reports.append(target.watch.report)

    def changed(self, target: TargetWatch, change: StateChange) -> None:
        self.changes.append(change)

    def gone(self, target: TargetWatch) -> None:
        self.lost.append(target.name)

    def crashed(self, name: str, error: Exception) -> None:
        self.errors.append(error)


class Watched:
    """A monitor that runs, with everything a test moves and looks at. Use as an async context."""

    def __init__(
        self,
        source: ScriptedSource,
        interval: float = 30.0,
        damping: Damping | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
        listeners: Iterable[Listener] = (),
        clock: HeldClock | None = None,
        spread: float = 0.0,
    ) -> None:
        self.source = source
        self.clock = clock or HeldClock()
        self.heard = Heard()
        pace = Pace(interval=interval, damping=damping or Damping(), spread=spread)
        self.monitor = Monitor(source, self.clock, pace, jitter, (self.heard, *listeners))

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.monitor.run_for_ever())
        await settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def orders(self) -> TargetWatch:
        return self.target(ORDERS)

    def target(self, name: str) -> TargetWatch:
        found = self.monitor.target(name)
        assert found is not None
        return found

    async def cycles(self, number: int = 1) -> None:
        """So many intervals pass."""
        for _ in range(number):
            await self.clock.pass_time(30.0)
