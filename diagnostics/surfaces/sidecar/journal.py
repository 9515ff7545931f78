"""One JSON line in Cloud Logging's structure at every change of state."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from diagnostics.core.catalog.causes import entry
from diagnostics.core.look import with_looks
from diagnostics.monitor import AnyDifference, StateChange, TargetWatch
from diagnostics.surfaces.document import json_line
from diagnostics.surfaces.log import LogLine, log_line


class ChangeLine(LogLine, frozen=True, kw_only=True):
    """The line of the run that made the change, and what the watch knows of it."""

    since: datetime
    before: str
    """Status before, empty at the first report."""
    differences: tuple[AnyDifference, ...]
    """What is different from the last good run, while an incident lasts."""
    proven_cause: str
    """Of the incident that ended, where its end proved what it was; else empty."""


class Journal:
    """Listens to the monitor. ``write`` takes a line of the log with its end, ``note`` a sentence for people."""

    def __init__(self, write: Callable[[str], None], note: Callable[[str], None]) -> None:
        self._write = write
        self._note = note

    def reported(self, target: TargetWatch) -> None:
        """Part of Listener: a run that says what was said before is no news."""

    def changed(self, target: TargetWatch, change: StateChange) -> None:  # noqa: ARG002 - a Listener's signature
        """Part of Listener."""
        proven = change.ended.proven_cause if change.ended else None
        line = ChangeLine(
            **msgspec.structs.asdict(log_line(with_looks(change.report, change.looks))),
            proven_cause=proven or "",
            since=change.after.since,
            before=change.before.status if change.before else "",
            differences=change.incident.differences if change.incident else (),
        )
        if proven:
            line = msgspec.structs.replace(line, message=f"{line.message}; before, {entry(proven).title}: {proven}")
        self._write(json_line(line))

    def gone(self, target: TargetWatch) -> None:
        """Part of Listener."""
        self._note(f"{target.name} is not watched any more: the settings do not name it")

    def crashed(self, name: str, error: Exception) -> None:
        """Part of Listener. The type only: the text of an exception may hold what must not be shown."""
        self._note(f"a run of {name} ended through a fault of cloudsql-diag: {type(error).__name__}")
