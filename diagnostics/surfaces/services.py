"""What the command line needs from the rest of the program: values and callables that ``app`` hands over.

The command line parses no value. It passes on what was typed, and what the settings make of it comes back as a Session.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Candidate, Route, Value
from diagnostics.core.report import CheckEntry, Report, Setting, TargetInfo

if TYPE_CHECKING:
    import click

    from diagnostics.check import Check
    from diagnostics.ports import Clock


class Verb(StrEnum):
    """The words after ``cloudsql-diag``."""

    CHECK = "check"
    WAIT = "wait"
    SERVE = "serve"
    EXPLAIN = "explain"
    CONFIG = "config"
    CHECKS = "checks"
    SCHEMA = "schema"
    LAB = "lab"


class GivenFlag(Value, frozen=True, kw_only=True):
    """One flag as it was typed: the name without dashes, a switch with the value ``true``."""

    name: str
    value: str


class CommandLine(Value, frozen=True, kw_only=True):
    """What was typed. ``command`` is what ``wait`` starts afterwards."""

    verb: Verb
    flags: tuple[GivenFlag, ...] = ()
    command: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        """The last value of a flag, None where it was not given."""
        return next((flag.value for flag in reversed(self.flags) if flag.name == name), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a flag that may be repeated."""
        return tuple(flag.value for flag in self.flags if flag.name == name)


class UsageError(Exception):
    """Our own flags, variables or config file are wrong: exit 2. Sentences name flag, variable or key, no secret."""

    def __init__(self, *problems: str, hint: str = "") -> None:
        super().__init__(*problems)
        self.problems = problems
        self.hint = hint


class Watcher(Protocol):
    """Told of runs while they go on, in the thread of the event loop."""

    def started(self, target: str, check: CheckId) -> None:
        """A check is being evaluated."""

    def finished(self, target: str, entry: CheckEntry) -> None:
        """A check is done, or will not be evaluated; the entry is the one of the report."""


class Session(Protocol):
    """The settings have been read and are right; runs can be made."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the selected targets, in the order of the configuration."""

    @property
    def wait_timeout(self) -> float:
        """Seconds that ``wait`` may take in all."""

    @property
    def wait_interval(self) -> float:
        """Seconds of the first pause between two tries of ``wait``."""

    @property
    def strict(self) -> bool:
        """Whether ``wait`` holds the app back until the path is proven, and not only while it is known to be broken."""

    @property
    def repeat(self) -> int:
        """Rounds that ``check`` makes."""

    @property
    def pause(self) -> float:
        """Seconds between two rounds of ``check``."""

    @property
    def passes(self) -> int:
        """Rounds in which every path works that ``wait`` needs."""

    async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
        """One run for each selected target; every report is emitted once, in the order of ``targets``.

        ``limit`` bounds the deadline of each run, in seconds. Called again and again, in one event loop,
        by ``wait`` and ``check --repeat``.
        """


class TargetConfig(Value, frozen=True, kw_only=True):
    """What the settings of one target came to."""

    info: TargetInfo
    problems: tuple[str, ...] = ()
    """Why nothing can be dialled with them; sentences of the catalogue."""
    remarks: tuple[str, ...] = ()
    """What looks odd in them."""
    candidates: tuple[Candidate, ...] = ()
    """Every way in which the settings name a database, the one that was taken first."""
    nearest: tuple[str, ...] = ()
    """Where there is none: names of variables that come near."""
    also: tuple[Route, ...] = ()
    """Other routes that are open."""
    exit_code: int = 0
    """What ``check`` would exit with for this alone: 0, 10 or 22."""


class ConfigView(Value, frozen=True, kw_only=True):
    """Answer of ``config``: the effective targets, and our own options with their sources."""

    targets: tuple[TargetConfig, ...]
    options: tuple[Setting, ...] = ()


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What ``app`` hands over. Each callable imports what it needs when it is called: other verbs stay light."""

    open: Callable[[CommandLine], Session]
    """Settings and adapters for ``check`` and ``wait``; UsageError."""
    describe: Callable[[CommandLine], ConfigView]
    """For ``config``; UsageError."""
    rediagnose: Callable[[Report], Report]
    """For ``explain --report``: the same run, diagnosed by today's rules."""
    checks: "Callable[[], tuple[Check, ...]]"
    """For ``checks``: every check there is, in the order of the path."""
    serve: Callable[[CommandLine], int]
    """The sidecar; returns the exit code. UsageError where its port or address cannot be."""
    lab: "Callable[[], click.Command]"
    """The stand-in cloud's own commands."""
    clock: "Callable[[], Clock]"
    """Time for ``wait``."""
