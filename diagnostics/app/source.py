"""The settings of ``serve``, read again and again: a secret in a file, or the config file, may have been replaced."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from diagnostics.adapters.files import PatientReader
from diagnostics.adapters.threads import Threads
from diagnostics.app.inputs import load_leniently
from diagnostics.app.noted import NotedFiles
from diagnostics.app.world import Outside
from diagnostics.check import Check, Env
from diagnostics.checks import CHECKS
from diagnostics.core.model import Resolution
from diagnostics.core.outcome import Mode
from diagnostics.core.report import Report
from diagnostics.ports import Clock
from diagnostics.runner import Carried, Observer
from diagnostics.settings import Loaded
from diagnostics.surfaces.services import CommandLine

_Read = tuple[Loaded, list[str]]

_THREADS = Threads(1)

TURN = 0.05
"""Seconds for which the loop may stand still: ten times what a look at the settings takes, half of what a probe of
liveness may have to wait."""


class ServedSettings:
    """The settings as they were read once."""

    def __init__(self, loaded: Loaded, outside: Outside) -> None:
        self._loaded = loaded
        self._outside = outside
        self._resolutions: dict[str, Resolution] = {each.name: each for each in loaded.resolutions}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the targets."""
        return tuple(self._resolutions)

    def env(self, name: str) -> Env:
        """What the checks of one run get."""
        return self._outside.env(self._resolutions[name], self._loaded.platform, self._loaded.options)

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        """One run."""
        return await self._outside.run(self._loaded, env, Mode.SERVE, observers, carried, trials=trials)


class SettingsSource:
    """Reads flags, environment and files. ``say`` is told of each mistake once."""

    def __init__(
        self,
        line: CommandLine,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        checks: tuple[Check, ...] = CHECKS,
        clock: Clock | None = None,
    ) -> None:
        self.checks = checks
        self._line = line
        self._environ = dict(environ)
        self._noted = NotedFiles(PatientReader())
        self._came_to: _Read | None = None
        self._say = say
        self._said: frozenset[str] = frozenset()
        self._outside = Outside(environ, checks, clock=clock)
        self._last: ServedSettings | None = None
        self._reading: Future[_Read] | None = None

    async def prepare(self) -> None:
        """Read for the first time, without holding up the loop; a file that hangs is given up after some seconds."""
        self._reading = _THREADS.start(self._load)
        await asyncio.wrap_future(self._reading)

    def read(self) -> ServedSettings:
        """The settings as they are now; those of the last time where a mistake would cost us a target.

        A file that somebody is just writing is such a mistake: its targets are not gone. And those of the last time
        where a volume is slow: what it says is there for the next cycle.
        """
        self._reading = self._reading or _THREADS.start(self._load)
        try:
            loaded, problems = self._reading.result(None if self._last is None else TURN)
        except TimeoutError:
            if self._last is not None:
                return self._last
            raise
        self._reading = None
        self._tell(problems)
        read = ServedSettings(loaded, self._outside)
        if problems and self._last is not None and not set(self._last.names) <= set(read.names):
            return self._last
        self._last = read
        return read

    def _load(self) -> "_Read":
        """Variables of a process stay what they are: only where a file says something else there is anything to do."""
        if self._came_to is None or not self._noted.say_the_same(PatientReader()):
            problems: list[str] = []
            self._noted = NotedFiles(PatientReader())
            self._came_to = load_leniently(self._line, self._environ, problems.append, self._noted), problems
        return self._came_to

    def _tell(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self._said:
                self._say(problem)
        self._said = frozenset(problems)
