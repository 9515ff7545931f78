"""What the verbs that make runs share: where they write, and how a signal ends them."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.report import CheckEntry, Report
from diagnostics.surfaces import failures, interrupt
from diagnostics.surfaces.foreign import foreign_log
from diagnostics.surfaces.output import Output, choose, render
from diagnostics.surfaces.progress import Progress
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services, Session
from diagnostics.surfaces.streams import Documents, Notes

T = TypeVar("T")


class Desk(msgspec.Struct, kw_only=True):
    """Where one invocation writes: documents to one stream, everything else to the other."""

    world: World
    output: Output
    documents: Documents
    notes: Notes
    progress: Progress
    codes: list[int] = msgspec.field(default_factory=list)

    def started(self, target: str, check: CheckId) -> None:
        """Part of Watcher."""
        self.progress.started(target, check)

    def finished(self, target: str, entry: CheckEntry) -> None:
        """Part of Watcher: in ``jsonl`` a check is told as soon as it is done."""
        self.progress.finished(target, entry)
        if self.output is Output.JSONL:
            from diagnostics.surfaces.document import check_line

            self._write(check_line(target, entry))

    def streamed(self, report: Report) -> None:
        """A report whose checks were told already."""
        if self.output is Output.JSONL:
            from diagnostics.surfaces.document import json_line

            self._write(json_line(report))
            self._done(report)
        else:
            self.whole(report)

    def one_of_several(self, report: Report) -> None:
        """A report that another one will stand for: only ``jsonl`` tells it."""
        if self.output is Output.JSONL:
            from diagnostics.surfaces.document import json_line

            self._write(json_line(report))

    def whole(self, report: Report) -> None:
        """A report of which nothing was told yet."""
        self._write(render(report, self.output, screen_of(self.world.stdout, self.world.environ)))
        self._done(report)

    @property
    def exit_code(self) -> int:
        """The first that is not 0."""
        return next((code for code in self.codes if code), 0)

    def say(self, text: str) -> None:
        """A line beside the documents."""
        self.progress.clear()
        self.notes.line(text)

    def _done(self, report: Report) -> None:
        word = self.world.termination_log
        # Of several, the one that decides the exit code is what the platform shows beside it.
        if word is not None and self.exit_code == 0 and word.exists():
            self._leave(word, report)
        self.codes.append(report.exit_code)

    def _leave(self, word: Path, report: Report) -> None:
        from diagnostics.surfaces import termination

        try:
            termination.write(word, report)
        except OSError as error:
            failures.cannot(self.notes, f"write {word}", error)

    def _write(self, document: str) -> None:
        self.progress.clear()
        self.documents.write(document)


def desk(line: CommandLine, session: Session, services: Services, world: World) -> Desk:
    """The desk for a command line; UsageError for a format there is not."""
    notes = Notes(world.stderr)
    several = line.get("all") is not None or len(session.targets) > 1
    default = Output.JSONL if several else Output.TEXT
    return Desk(
        world=world,
        output=choose(line.get("output"), world.environ, default, _SEVERAL if several else tuple(Output)),
        documents=Documents(world.stdout),
        notes=notes,
        progress=Progress(notes, screen_of(world.stderr, world.environ), services.clock().monotonic),
    )


_SEVERAL = tuple(each for each in Output if each is not Output.JSON)
"""Several reports are not one JSON document."""


def interruptible(at: Desk, work: Callable[[], Coroutine[None, None, T]]) -> T:
    """Run it in an event loop, with progress shown; Interrupted after a signal, with a word on what was under way."""
    try:
        with interrupt.signals_interrupt(), foreign_log(at.say), at.progress:
            return interrupt.run(work)
    except interrupt.Interrupted as signal:
        failures.interrupted(at.notes, signal.number.name, at.progress.under_way())
        raise
