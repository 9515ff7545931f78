"""``wait``: try until the path works or the time is over, and start the application only after that.

The application is held back only for a path that is known to be broken (``core.stance``). What no further try would
tell is decided at once. It says one line whenever what it sees changes, not one a try: Cloud Run keeps and bills every
line.
"""

import contextlib
import os
import random
import signal
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from errno import EACCES, ENOENT
from pathlib import Path
from typing import NoReturn, Protocol

from diagnostics.core.findings import Code
from diagnostics.core.model import Value
from diagnostics.core.report import Report
from diagnostics.core.stance import Stance, settled_by_settings, stance_of
from diagnostics.core.trials import Changed, Verdict
from diagnostics.ports import Clock
from diagnostics.surfaces import short
from diagnostics.surfaces.services import Session, Watcher
from diagnostics.surfaces.words import doubt, verdict

EXIT_TIMED_OUT = 124
"""As ``timeout`` of coreutils."""
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127
"""Both as in POSIX shells."""

_ANY_MAY_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
"""Whether we may is the kernel's to say: access(2), and so shutil.which, passes over capabilities that exec has."""

LONGEST_PAUSE = 15.0
"""Seconds: a path that has just opened is noticed soon, and an instance that refuses is not hammered."""
JITTER = 0.2
"""Share of a pause that is random, so that many containers starting together do not knock together."""
SHORTEST_TRY = 0.5
"""Seconds kept for the last try: enough to find a path open, too little to learn more about one that is not."""

TIME_TO_LEARN = 1.0
"""Seconds a try has to have for a what-if trial: half is kept for the report, and a trial gets as much at least."""


class PatientWatcher(Watcher, Protocol):
    """Sees the pauses, too."""

    def resting(self, pause: float, left: float, seen: str) -> AbstractContextManager[None]:
        """Around a pause: its seconds, those until the wait is given up, and what the last try found."""


class Waited(Value, frozen=True, kw_only=True):
    """How it ended. ``reports`` are those of the last try that had time to see something."""

    reports: tuple[Report, ...]
    tries: int
    seconds: float
    strict: bool = False
    passes: int = 1
    """Rounds in which every path worked. They need not follow each other: a name that alternates between an address
    that works and a dead one never gives two in a row, and the app gets through all the same."""
    needed: int = 1

    @property
    def works(self) -> bool:
        """Every target's path works, and did so often enough."""
        return _works(self.reports) and self.passes >= self.needed

    @property
    def lets_start(self) -> bool:
        """Nothing is known to be broken; with ``--strict``, the path works. Too few good rounds are no reason to."""
        if _works(self.reports) and not self.works:
            return False
        broken = any(stance_of(report) is Stance.BROKEN for report in self.reports)
        return self.works or not (self.strict or broken or not self.reports)

    @property
    def exit_code(self) -> int:
        """0 where nothing holds the app back, what ``check`` exits with where it was decided at once, else 124."""
        if self.lets_start:
            return 0
        if _works(self.reports):
            return EXIT_TIMED_OUT
        codes = (report.exit_code for report in self.reports if stance_of(report) is not Stance.WORKS)
        return next(codes, EXIT_TIMED_OUT) if _decided(self.reports) else EXIT_TIMED_OUT

    @property
    def seen(self) -> str:
        """What stands in the way, or is not known."""
        return _seen(self.reports) or f"{self.passes} good runs of {self.needed}"


def pauses(first: float, rand: random.Random) -> Iterator[float]:
    """Doubling from the first pause to the longest, each up to a fifth shorter or longer."""
    pause = first
    while True:
        yield pause * rand.uniform(1 - JITTER, 1 + JITTER)
        pause = min(pause * 2, max(first, LONGEST_PAUSE))


async def wait(
    session: Session, watcher: PatientWatcher, clock: Clock, rand: random.Random, say: Callable[[str], None]
) -> Waited:
    """Runs until it is decided, often enough, or the session's time is over. ``say`` gets a line for each change."""
    began = clock.monotonic()
    left = session.wait_timeout
    last: tuple[Report, ...] = ()
    tries = 0
    passes = 0
    for pause in pauses(session.wait_interval, rand):
        tries += 1
        seen: list[Report] = []
        await session.run(watcher, seen.append, left)
        if not (last and _adds_nothing(last, tuple(seen), left)):
            for line in _news(last, tuple(seen)):
                say(line)
            last = tuple(seen)
            passes += _works(last)
        left = session.wait_timeout - (clock.monotonic() - began)
        lacking = _works(last) and passes < session.passes
        if (_decided(last) and not lacking) or left <= SHORTEST_TRY:
            break
        rest = _rest(last, session.wait_interval if lacking else pause, left)
        with watcher.resting(rest, left, _seen(last)):
            await clock.sleep(rest)
        left = session.wait_timeout - (clock.monotonic() - began)
    return Waited(
        reports=last,
        tries=tries,
        seconds=clock.monotonic() - began,
        strict=session.strict,
        passes=passes,
        needed=session.passes,
    )


def _rest(last: tuple[Report, ...], pause: float, left: float) -> float:
    return 0.0 if _opened(last) else min(pause, left - SHORTEST_TRY)


def _works(reports: tuple[Report, ...]) -> bool:
    return bool(reports) and all(stance_of(report) is Stance.WORKS for report in reports)


def _decided(reports: tuple[Report, ...]) -> bool:
    """Whether another try could change nothing: each path works, or cannot be known, or its settings stay as bad."""
    return bool(reports) and all(
        stance_of(report) in (Stance.WORKS, Stance.UNKNOWABLE) or settled_by_settings(report) for report in reports
    )


def _opened(reports: tuple[Report, ...]) -> bool:
    """Whether a try saw the way open while it went on: the next one will find it so."""
    flipped = (trial for report in reports for trial in report.trials if trial.verdict is Verdict.FLIPPED)
    return any(trial.changed is Changed.WAITED for trial in flipped)


def _adds_nothing(before: tuple[Report, ...], now: tuple[Report, ...], limit: float) -> bool:
    """Whether the try before knows more: the end of our time ended a run, or left no time to prove the same causes."""
    if any(entry.code == Code.AGENT_RUN_DEADLINE for report in now for entry in report.checks):
        return True
    return limit < TIME_TO_LEARN and not _works(now) and _causes(before) == _causes(now)


def _causes(reports: tuple[Report, ...]) -> dict[str, tuple[str, ...]]:
    return {report.target.name: tuple(each.cause for each in report.diagnoses) for report in reports}


def _news(before: tuple[Report, ...], now: tuple[Report, ...]) -> Iterator[str]:
    known = {report.target.name: _state(report) for report in before}
    for report in now:
        if known.get(report.target.name) != _state(report):
            yield next(short.lines(report))


def _seen(reports: tuple[Report, ...]) -> str:
    """Of each target that does not work the first cause, or what keeps it from being proven."""
    waited_for = (report for report in reports if stance_of(report) is not Stance.WORKS)
    return ", ".join(dict.fromkeys(map(_stands_in_the_way, waited_for)))


def _stands_in_the_way(report: Report) -> str:
    return report.diagnoses[0].cause if report.diagnoses else doubt(report) or verdict(report)


def _state(report: Report) -> tuple[object, ...]:
    return (report.status, report.exit_code, tuple((each.cause, each.confidence) for each in report.diagnoses))


def missing(command: tuple[str, ...], environ: Mapping[str, str]) -> OSError | None:
    """Why the command could not be started, as far as that can be seen before; in the environment's own PATH."""
    name = command[0]
    folders = ["."] if "/" in name else environ.get("PATH", os.defpath).split(os.pathsep)
    modes = [mode for folder in folders if (mode := _mode(Path(folder, name)))]
    if any(stat.S_ISREG(mode) and mode & _ANY_MAY_EXECUTE for mode in modes):
        return None
    error = EACCES if modes else ENOENT
    return OSError(error, os.strerror(error))


def _mode(path: Path) -> int:
    """Of the file; 0 where there is none."""
    with contextlib.suppress(OSError, ValueError):
        return path.stat().st_mode
    return 0


def execute(command: tuple[str, ...], environ: Mapping[bytes, bytes] | Mapping[str, str]) -> NoReturn:
    """Become the command. OSError where that cannot be; signal dispositions are the default ones again before."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM):
        # Python ignores the first two, and what is ignored stays ignored in the new program.
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(command[0], command, dict(environ))  # noqa: S606 - no shell is the point


def exit_code_of(error: OSError) -> int:
    """What a shell would exit with where a command cannot be started."""
    return EXIT_NOT_FOUND if isinstance(error, FileNotFoundError | NotADirectoryError) else EXIT_NOT_EXECUTABLE
