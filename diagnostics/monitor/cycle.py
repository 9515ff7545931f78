"""One run of one target: what is due is evaluated, the rest is taken over, and what was found is kept for the next."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Options
from diagnostics.core.outcome import CheckResult
from diagnostics.core.report import Report
from diagnostics.monitor.common import Common
from diagnostics.monitor.schedule import COMMON, Breadth, Kept, due
from diagnostics.monitor.source import Reading, Source
from diagnostics.monitor.target import TargetWatch
from diagnostics.ports import Clock
from diagnostics.runner import Coming, needed_by_route

RECENT = 0.85
"""Share of the pause between two cycles for which an outcome of another target's run will do: less than the shortest
pause, so that no cycle takes over what the one before it found."""


class Runs:
    """Makes runs. ``spread`` is a factor about 1 by which the life of what is kept differs."""

    def __init__(self, source: Source, clock: Clock, spread: Callable[[], float]) -> None:
        self._checks = source.checks
        self._clock = clock
        self._spread = spread
        self._common = Common()

    async def run(
        self, target: TargetWatch, reading: Reading, breadth: Breadth, *, afresh: bool, insists: bool
    ) -> Report:
        """One run; ``afresh`` takes nothing over, and who ``insists`` has even a refused login made again.

        Raises what is a bug of ours.

        Trials are made only after a failure that has been reported: they prove what is already said, or another cause
        for it, and take as long again as the run that failed.
        """
        env = reading.env(target.name)
        target.settle_into(env)
        if target.watch.report is None:
            env = msgspec.structs.replace(env, options=_in_time(env.options, target.first_limit))
        if insists:
            env = msgspec.structs.replace(env, refused_logins=env.refused_logins.insisting())
        now = self._clock.monotonic()
        kept = {} if afresh else target.kept
        wanted = due(self._checks, needed_by_route(self._checks, env), kept, now, breadth)
        since = now if afresh else now - RECENT * target.turn.pause
        shared = self._common.known(wanted & COMMON, since)
        lead = self._common.lead((wanted & COMMON) - shared.keys(), now)
        evaluated = _Evaluated()
        try:
            carried = _there(kept, wanted) | shared
            report = await reading.run(env, (evaluated, lead), carried, trials=target.broken)
        finally:
            lead.close()
        target.keep((*evaluated.results, *_arrived(shared.values())), self._clock.monotonic(), self._spread())
        return report


def _in_time(options: Options, limit: float) -> Options:
    return msgspec.structs.replace(options, timeout=min(options.timeout, limit))


class _Evaluated:
    """Observes what a run evaluates."""

    def __init__(self) -> None:
        self.results: list[CheckResult] = []

    def started(self, check: CheckId) -> None:
        """Part of Observer."""

    def finished(self, result: CheckResult) -> None:
        """Part of Observer."""
        self.results.append(result)


def _there(kept: dict[CheckId, Kept], wanted: frozenset[CheckId]) -> dict[CheckId, Coming]:
    create = asyncio.get_running_loop().create_future
    carried = {}
    for check, earlier in kept.items():
        if check not in wanted:
            carried[check] = create()
            carried[check].set_result(earlier.result)
    return carried


def _arrived(shared: Iterable[Coming]) -> list[CheckResult]:
    """What another run found for us, and this one took over."""
    done = (coming.result() for coming in shared if coming.done())
    return [result for result in done if result is not None]
