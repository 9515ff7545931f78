"""The runs of ``check`` and ``wait``, a round of all targets at a time, and what they tell the surfaces."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from diagnostics.adapters.drivers import AppDrivers
from diagnostics.app.inputs import load
from diagnostics.app.world import TITLES, Outside
from diagnostics.core.assemble import check_entry
from diagnostics.core.codes import CheckId
from diagnostics.core.model import Resolution
from diagnostics.core.outcome import CheckResult, Mode
from diagnostics.core.report import CheckEntry, Report
from diagnostics.settings import Loaded
from diagnostics.surfaces.services import CommandLine, Watcher

AT_ONCE = 4
"""Targets that climb at the same time: enough to hide the waiting, few enough not to disturb what is measured."""


class RunSession:
    """Reads the settings again for each round: a secret in a file may have been replaced."""

    def __init__(self, line: CommandLine, environ: Mapping[str, str], first: Loaded, drivers: AppDrivers) -> None:
        self._line = line
        self._environ = environ
        self._drivers = drivers
        self._outside = Outside(environ, drivers=drivers)
        self._mode = Mode(line.verb.value)
        self._first: Loaded | None = first
        self.targets = tuple(resolution.name for resolution in first.resolutions)
        self.wait_timeout = first.invocation.wait_timeout
        self.strict = first.invocation.strict
        self.repeat = first.invocation.repeat
        self.pause = first.invocation.pause
        self.passes = first.invocation.passes
        self.wait_interval = first.invocation.interval_of(self._mode)

    async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
        """One run for each target, at most four at once, reports in the order of the targets."""
        loaded, self._first = self._first or load(self._line, self._environ), None
        turns = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                turn = partial(self._turn, turns, loaded, watcher=watcher, limit=limit)
                for run in [group.create_task(turn(each)) for each in loaded.resolutions]:
                    emit(await run)
        finally:
            # What was prepared for a path that then broke; the app that 'wait' becomes would inherit it.
            self._drivers.release()

    async def _turn(
        self, turns: asyncio.Semaphore, loaded: Loaded, resolution: Resolution, watcher: Watcher, limit: float
    ) -> Report:
        async with turns:
            observer = Told(resolution.name, watcher)
            return await self._outside.one_run(loaded, resolution, self._mode, limit, (observer,))


class Told:
    """Hands the runner's events to the surface, in the report's words."""

    def __init__(self, target: str, watcher: Watcher) -> None:
        self._target = target
        self._watcher = watcher

    def started(self, check: CheckId) -> None:
        """Part of Observer."""
        self._watcher.started(self._target, check)

    def finished(self, result: CheckResult) -> None:
        """Part of Observer."""
        entry: CheckEntry = check_entry(result, TITLES[result.check])
        self._watcher.finished(self._target, entry)
