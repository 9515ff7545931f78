"""The verbs that make runs: ``check`` and ``wait``."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from diagnostics.core.codes import CheckId
from diagnostics.core.report import CheckEntry, Report
from diagnostics.surfaces import failures, interrupt, termination, wait
from diagnostics.surfaces.output import Output, choose, render
from diagnostics.surfaces.progress import Progress
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services, Session
from diagnostics.surfaces.streams import Documents, Notes

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Desk:
    """Where one invocation writes: documents to one stream, everything else to the other."""

    world: World
    output: Output
    documents: Documents
    notes: Notes
    progress: Progress
    codes: list[int] = field(default_factory=list)

    def started(self, target: str, check: CheckId) -> None:
        """Part of Watcher."""
        self.progress.started(target, check)

    def finished(self, target: str, entry: CheckEntry) -> None:
        """Part of Watcher: in ``jsonl`` a check is told as soon as it is done."""
        from diagnostics.surfaces.document import check_line

        self.progress.finished(target, entry)
        if self.output is Output.JSONL:
            self._write(check_line(target, entry))

    def streamed(self, report: Report) -> None:
        """A report whose checks were told already."""
        from diagnostics.surfaces.document import json_line

        if self.output is Output.JSONL:
            self._write(json_line(report))
            self.codes.append(report.exit_code)
        else:
            self.whole(report)

    def whole(self, report: Report) -> None:
        """A report of which nothing was told yet."""
        self._write(render(report, self.output, screen_of(self.world.stdout, self.world.environ)))
        self.codes.append(report.exit_code)

    @property
    def exit_code(self) -> int:
        """The first that is not 0."""
        return next((code for code in self.codes if code), 0)

    def _write(self, document: str) -> None:
        self.progress.clear()
        self.documents.write(document)


def desk(line: CommandLine, services: Services, world: World) -> Desk:
    """The desk for a command line; UsageError for a format there is not."""
    notes = Notes(world.stderr)
    default = Output.JSONL if line.get("all") else Output.TEXT
    return Desk(
        world=world,
        output=choose(line.get("output"), world.environ, default, _allowed(line)),
        documents=Documents(world.stdout),
        notes=notes,
        progress=Progress(notes, screen_of(world.stderr, world.environ), services.clock().monotonic),
    )


def _allowed(line: CommandLine) -> tuple[Output, ...]:
    """Several reports are not one JSON document."""
    return tuple(each for each in Output if each is not Output.JSON) if line.get("all") else tuple(Output)


def check(line: CommandLine, services: Services, world: World) -> int:
    """One run for each target; the exit code of the first that is not healthy."""
    at = desk(line, services, world)
    session = services.open(line)

    def emit(report: Report) -> None:
        at.streamed(report)
        _leave_word(at, report)

    _interruptible(at, lambda: interrupt.run(lambda: session.run(at, emit, wait.NO_LIMIT)))
    return at.exit_code


def wait_for_path(line: CommandLine, services: Services, world: World) -> int:
    """Tries until the path works, then becomes the command; the last reports where it does not."""
    at = desk(line, services, world)
    session = services.open(line)
    waited = _interruptible(at, lambda: _waited(session, at, services))
    if waited.exit_code == 0 and line.command:
        failures.path_works(at.notes, waited.seconds, waited.tries, line.command[0])
        return _become(line.command, at)
    for report in waited.reports:
        at.whole(report)
        _leave_word(at, report)
    return waited.exit_code


def _waited(session: Session, at: Desk, services: Services) -> wait.Waited:
    def say(text: str) -> None:
        at.progress.clear()
        at.notes.line(text)

    jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
    return interrupt.run(lambda: wait.wait(session, at.progress, services.clock(), jitter, say))


def _become(command: tuple[str, ...], at: Desk) -> int:
    try:
        wait.execute(command, at.world.environ)
    except OSError as error:
        failures.cannot(at.notes, f"start {command[0]}", error)
        return wait.exit_code_of(error)


def _interruptible(at: Desk, work: Callable[[], T]) -> T:
    try:
        with interrupt.signals_interrupt(), at.progress:
            return work()
    except interrupt.Interrupted as signal:
        failures.interrupted(at.notes, signal.number.name, at.progress.under_way())
        raise


def _leave_word(at: Desk, report: Report) -> None:
    try:
        termination.write(at.world.termination_log, report)
    except OSError as error:
        failures.cannot(at.notes, f"write {at.world.termination_log}", error)
