"""What goes to standard error beside the documents: usage, our own failures, interruptions, what happens next."""

import traceback
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Protocol

from diagnostics.surfaces.reticence import reticent
from diagnostics.surfaces.streams import Notes
from diagnostics.surfaces.visible import visible

COMMAND = "cloudsql-diag"
OURS = PurePath(__file__).parents[1]
EXIT_OWN_FAILURE = 1
EXIT_USAGE = 2


def usage(notes: Notes, problems: Iterable[str], hint: str) -> int:
    """Every problem on its line, then what to do; the exit code."""
    for problem in problems:
        notes.line(f"{COMMAND}: {visible(reticent(problem))}")
    notes.line(f"{COMMAND}: hint: {visible(hint)}")
    return EXIT_USAGE


def own_failure(notes: Notes, error: BaseException) -> int:
    """Type and places only, since the text of an exception may hold what must not be shown; the exit code."""
    notes.line(f"{COMMAND}: this is a fault of cloudsql-diag, not of what it looks at: {fault(error)}")
    return EXIT_OWN_FAILURE


def fault(error: BaseException) -> str:
    """Type and places."""
    first = root(error)
    return f"{type(first).__name__} at {' > '.join(_places(first))}"


def root(error: BaseException) -> BaseException:
    """The first of those that a task group collected."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _places(error: BaseException) -> Iterator[str]:
    """Where it went through our own files, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        path = PurePath(frame.filename)
        if path.is_relative_to(OURS) or frame is frames[-1]:
            yield f"{path.parent.name}/{path.name}:{frame.lineno}"


def no_output(notes: Notes, error: OSError) -> int:
    """Standard output takes nothing, a full disk for example; the exit code."""
    cannot(notes, "write the output", error)
    return EXIT_OWN_FAILURE


def interrupted(notes: Notes, signal_name: str, under_way: str) -> None:
    """What was going on when the signal came."""
    notes.line(f"{COMMAND}: {signal_name}" + (f" while under way: {under_way}" if under_way else ""))


class Ended(Protocol):
    """How a wait ended."""

    @property
    def seconds(self) -> float:
        """It took."""

    @property
    def tries(self) -> int:
        """Runs that were made."""

    @property
    def seen(self) -> str:
        """What stands in the way, or is not known."""

    @property
    def exit_code(self) -> int:
        """0 where nothing holds the app back."""


def path_works(notes: Notes, waited: Ended, command: str) -> None:
    """The last word of ``wait`` before the command takes over."""
    done = f"; starting {visible(reticent(command))}" if command else ""
    notes.line(f"{COMMAND}: path works after {_spent(waited)}{done}")


def path_unknown(notes: Notes, waited: Ended, command: str) -> None:
    """The last word where nothing holds the app back, though nothing is proven."""
    done = f"; starting {visible(reticent(command))} all the same" if command else ""
    notes.line(
        f"{COMMAND}: nothing is known to be broken after {_spent(waited)}: {visible(waited.seen)}{done}; "
        "--strict would wait for proof"
    )


def held_back(notes: Notes, waited: Ended, command: str) -> None:
    """The last word where the app is held back."""
    done = f"; {visible(reticent(command))} was not started" if command else ""
    notes.line(f"{COMMAND}: given up after {_spent(waited)}: {visible(waited.seen)}{done}; exit {waited.exit_code}")


def _spent(waited: Ended) -> str:
    return f"{waited.seconds:.1f} s, tries: {waited.tries}"


def cannot(notes: Notes, what: str, error: OSError) -> None:
    """Something beside the documents did not work."""
    notes.line(f"{COMMAND}: cannot {visible(reticent(what))}: {error.strerror}")
