"""The sidecar as ``serve`` puts it together, on a clock that another process turns: a line in, a cycle, a line out.

Everything is the product's own but two things. A pause ends when a line arrives on standard input, and its time has
passed then, so that hours of cycles take minutes. And a line may name a check that is to have a deadline of 50 ms in
this cycle, because silence is being waited for and nothing would be learned by waiting longer.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import psutil

from diagnostics import __version__
from diagnostics.adapters.clock import SystemClock
from diagnostics.app.sidecar import leave_loaded_alone
from diagnostics.app.source import ServedSettings, SettingsSource
from diagnostics.check import Check
from diagnostics.checks import CHECKS
from diagnostics.core.model import Value
from diagnostics.monitor import Monitor, Pace
from diagnostics.surfaces.services import CommandLine, Verb
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from diagnostics.surfaces.sidecar.journal import Journal
from diagnostics.surfaces.sidecar.server import bind, runner_of

INTERVAL = 30.0
"""Seconds of a pause, as by default; they pass when the other side says so."""

NAMES = 30_000
"""Strings that are interned, and dropped again, before the first cycle. Python's own table of them grows at some moment
from 32,768 places to twice as many, by 0.9 MiB at once; that is no leak, and had better be behind us."""

UNHURRIED = "go"
"""The line of a cycle in which every deadline is as it should be."""

SILENCE = 0.05
"""Seconds of a deadline where silence is expected: twenty times what an answer takes on loopback."""


class Done(Value, frozen=True, kw_only=True):
    """What one cycle came to, and what the process holds after it."""

    status: str
    """Of the last run of the cycle."""
    causes: tuple[str, ...]
    crashes: int
    """So far."""
    resident: int
    """Bytes."""
    descriptors: int
    tasks: int
    port: int


class TurnedClock(SystemClock):
    """A clock of which every long pause is over at once when the next line comes, and has passed."""

    def __init__(self, lines: asyncio.StreamReader) -> None:
        self._lines = lines
        self._turned = 0.0
        self.line = ""
        self.over: Callable[[], None] = lambda: None
        """Called when a cycle is over: the loop is about to pause."""

    def now(self) -> datetime:
        """Part of Clock."""
        return super().now() + timedelta(seconds=self._turned)

    def monotonic(self) -> float:
        """Part of Clock."""
        return super().monotonic() + self._turned

    async def sleep(self, seconds: float) -> None:
        """Part of Clock: until the next line."""
        self.over()
        self.line = (await self._lines.readline()).decode().strip()
        if not self.line:
            raise SystemExit(0)
        self._turned += seconds


class ClockOfRuns(SystemClock):
    """The same time for what a run looks at; what a run itself waits for really passes."""

    def __init__(self, turned: TurnedClock) -> None:
        self._turned = turned

    def now(self) -> datetime:
        """Part of Clock."""
        return self._turned.now()

    def monotonic(self) -> float:
        """Part of Clock."""
        return self._turned.monotonic()


class HastySource:
    """Settings whose checks have the deadlines that the last line asks for."""

    def __init__(self, line: CommandLine, clock: TurnedClock) -> None:
        self.checks = CHECKS
        self._clock = clock
        self._line = line
        self._sources: dict[str, SettingsSource] = {}

    def read(self) -> ServedSettings:
        """Part of Source."""
        # What one source remembers of refusals another does not know: most cycles share one.
        hasty = self._clock.line.removeprefix(UNHURRIED)
        if hasty not in self._sources:
            self._sources[hasty] = SettingsSource(
                self._line, os.environ, _note, tuple(map(self._in_haste, CHECKS)), ClockOfRuns(self._clock)
            )
        return self._sources[hasty].read()

    def _in_haste(self, check: Check) -> Check:
        return msgspec.structs.replace(check, timeout=SILENCE) if check.id == self._clock.line else check


class Answers:
    """Tells the other side what each cycle came to."""

    def __init__(self, monitor: Monitor, port: int) -> None:
        self._monitor = monitor
        self._port = port
        self._process = psutil.Process()

    def tell(self) -> None:
        """One line on standard output."""
        (target,) = self._monitor.targets
        summary = target.watch.summary
        done = Done(
            status=summary.status if summary else "",
            causes=summary.causes if summary else (),
            crashes=target.tally.crashes,
            resident=self._process.memory_info().rss,
            descriptors=self._process.num_fds(),
            tasks=len(asyncio.all_tasks()),
            port=self._port,
        )
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
        sys.stdout.flush()


async def main() -> None:
    """Until standard input ends."""
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    clock = TurnedClock(lines)
    sidecar = Sidecar(clock, __version__, Access(), _note)
    runner = runner_of(sidecar)
    await runner.setup()
    server = await bind(runner, "127.0.0.1", 0)
    source = HastySource(CommandLine(verb=Verb.SERVE), clock)
    listeners = (Journal(lambda _line: None, _note), sidecar.rooms.events)
    monitor = Monitor(source, clock, Pace(interval=INTERVAL), lambda: 0.0, listeners)
    sidecar.rooms.attach(monitor)
    for number in range(NAMES):
        sys.intern(f"name-{number}")
    leave_loaded_alone()
    clock.over = Answers(monitor, server.sockets[0].getsockname()[1]).tell
    await monitor.run_for_ever()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    asyncio.run(main())
