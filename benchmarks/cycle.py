"""Row ``cycle``: CPU of a healthy narrow cycle of ``serve``, against the least that asks the same question."""

import asyncio
import time

import asyncpg

from benchmarks.measure import Comparison
from benchmarks.place import Effort, Place
from benchmarks.row import Row, ratio_row
from diagnostics.adapters.clock import SystemClock
from diagnostics.app.source import SettingsSource
from diagnostics.core.model import Damping
from diagnostics.monitor import Breadth, TargetWatch, proven
from diagnostics.monitor.cycle import Runs
from diagnostics.monitor.history import Sizes
from diagnostics.monitor.turn import Turn
from diagnostics.surfaces.services import CommandLine, Verb

GOAL = 1.5
"""A sidecar shares the CPU of the app; an app that opened a connection for a health check would pay half of this."""

TLS = {"PGSSLMODE": "prefer"}
"""What asyncpg does by itself, and what the server offers."""

INTERVAL = 30.0
"""Seconds, as by default; nothing waits for it here."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Both in one process that has everything loaded, CPU seconds of the process."""
    comparison = asyncio.run(_compare(place, effort.climbs))
    return (
        ratio_row(
            "cycle",
            "CPU of a healthy narrow cycle: settings read, ladder, report, history",
            "CPU of asyncpg: connect, SELECT 1, close; same TLS and login",
            GOAL,
            comparison,
        ),
    )


async def _compare(place: Place, rounds: int) -> Comparison:
    cycles = Cycles(place)
    await cycles.once(Breadth.WIDE)
    ours, peer = [], []
    for number in range(rounds + 1):
        pair = (cycles.cpu(), _asyncpg(place)) if number % 2 else (_asyncpg(place), cycles.cpu())
        first, second = await pair[0], await pair[1]
        if number:
            ours.append(first if number % 2 else second)
            peer.append(second if number % 2 else first)
    return Comparison(ours=tuple(ours), peer=tuple(peer))


class Cycles:
    """What the loop of ``serve`` does in one cycle, without its pauses."""

    def __init__(self, place: Place) -> None:
        clock = SystemClock()
        self._clock = clock
        self._source = SettingsSource(CommandLine(verb=Verb.SERVE), place.database | TLS, print)
        self._runs = Runs(self._source, clock, lambda: 1.0)
        (name,) = self._source.read().names
        self._target = TargetWatch(name, Turn(clock, INTERVAL), Damping(), Sizes())

    async def once(self, breadth: Breadth) -> None:
        """Settings read, checks run, report assembled and remembered."""
        report = await self._runs.run(self._target, self._source.read(), breadth, afresh=False, insists=False)
        assert proven(report), report.diagnoses
        self._target.take(report, breadth, self._clock.monotonic())

    async def cpu(self) -> float:
        """CPU seconds of a narrow one."""
        started = time.process_time()
        await self.once(Breadth.NARROW)
        return time.process_time() - started


async def _asyncpg(place: Place) -> float:
    variables = place.database
    started = time.process_time()
    connection = await asyncpg.connect(
        host=variables["POSTGRES_HOST"],
        port=int(variables["POSTGRES_PORT"]),
        user=variables["POSTGRES_USER"],
        password=variables["POSTGRES_PASSWORD"],
        database=variables["POSTGRES_DB"],
    )
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    return time.process_time() - started
