"""A command line with everything behind it played: reports by hand, time by hand, streams to look at."""

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec

from diagnostics.core.report import Report, Setting
from diagnostics.surfaces import cli
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, ConfigView, Services, TargetConfig, Watcher
from tests.surfaces.reports import DIRECT, START

Golden = Callable[[str, str], None]
"""Compares a text with the golden file of that name."""


@dataclass
class PlayedClock:
    """Time passes only where somebody sleeps or works."""

    seconds: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class PlayedSession:
    """Each run emits the reports of the next act; the last act goes on for ever."""

    acts: Sequence[Sequence[Report]]
    clock: PlayedClock = field(default_factory=PlayedClock)
    wait_timeout: float = 180.0
    wait_interval: float = 1.0
    repeat: int = 1
    pause: float = 1.0
    passes: int = 1
    run_seconds: float = 0.0
    strict: bool = False
    limits: list[float] = field(default_factory=list)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(report.target.name for report in self.acts[0])

    async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
        act = self.acts[min(len(self.limits), len(self.acts) - 1)]
        self.limits.append(limit)
        self.clock.seconds += min(self.run_seconds, limit)
        # In a group, as the real one: what goes wrong while writing comes out wrapped.
        async with asyncio.TaskGroup():
            for report in act:
                for entry in report.checks:
                    watcher.started(report.target.name, entry.id)
                    watcher.finished(report.target.name, entry)
                emit(report)


CONFIG = ConfigView(
    targets=(TargetConfig(info=DIRECT),),
    options=(Setting(name="timeout", value="60", source="default"),),
)


@click.group
def lab() -> None:
    """The lab's group."""


@lab.command
@click.argument("words", nargs=-1)
@click.option("--fault")
def say(words: tuple[str, ...], fault: str | None) -> int:
    click.echo(f"{fault} {' '.join(words)}")
    return 7


def services(session: PlayedSession, seen: list[CommandLine]) -> Services:
    def opened(line: CommandLine) -> PlayedSession:
        seen.append(line)
        return session

    def described(line: CommandLine) -> ConfigView:
        seen.append(line)
        return CONFIG

    def served(line: CommandLine) -> int:
        seen.append(line)
        return 0

    return Services(
        open=opened,
        describe=described,
        rediagnose=lambda report: report,
        checks=lambda: (),
        serve=served,
        lab=lambda: lab,
        clock=lambda: session.clock,
    )


@dataclass(frozen=True)
class Played:
    """What one invocation left."""

    code: int
    out: str
    err: str
    lines: tuple[CommandLine, ...]


def play(
    *arguments: str,
    reports: Sequence[Report] = (),
    session: PlayedSession | None = None,
    environ: dict[str, str] | None = None,
    termination_log: Path | None = None,
    opened: Callable[[CommandLine], PlayedSession] | None = None,
) -> Played:
    """Run the command line with these arguments."""
    out, err = text_stream(), text_stream()
    seen: list[CommandLine] = []
    world = World(environ=environ or {}, stdout=out, stderr=err, termination_log=termination_log)
    given = services(session or PlayedSession(acts=[reports]), seen)
    code = cli.run(given if opened is None else msgspec.structs.replace(given, open=opened), arguments, world)
    return Played(code=code, out=content(out), err=content(err), lines=tuple(seen))


def text_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def content(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
