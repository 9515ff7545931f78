"""``explain``: the page of a code, the list of causes, a saved report diagnosed again, or what a text can come from."""

import re
import select
import sys
from pathlib import Path

from diagnostics.core.report import Report
from diagnostics.core.serialize import NotAReport, decode
from diagnostics.surfaces import failures
from diagnostics.surfaces.codebook import page
from diagnostics.surfaces.output import Output, choose, render
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services, UsageError
from diagnostics.surfaces.streams import Documents, Notes, piped

LARGEST = 16 * 1024 * 1024
"""Bytes of a saved report: 64 times what one may have, for those that stand behind the lines of their checks."""
PAGES = (Output.TEXT, Output.JSON, Output.MARKDOWN)
"""Formats of what is no report."""
SAVE = "cloudsql-diag check -o json > report.json"
_LIKE_A_CODE = re.compile(r"\s*[a-z_]+(?:\.[a-z_]+)+\s*")
"""Words with points between them. What else is no code of ours is a text, or somebody's code: ``28P01``, ``ENOENT``."""
LIST = "cloudsql-diag explain </dev/null"
_PATIENCE = 2.0
"""Seconds without a byte after which we say what we wait for: a pipe that nobody writes to looks like a hang."""
SOURCES = ("report", "text", "jsonl")
"""Flags that say what is explained, in place of a code."""


def explain(wanted: str | None, given: CommandLine, services: Services, world: World) -> int:
    """Print what was asked for; the exit code of the report, or 0."""
    sources = {flag: value for flag in SOURCES if (value := given.get(flag)) is not None}
    if len(sources) + (wanted is not None) > 1:
        raise UsageError("explain takes one of CODE, --report, --text and --jsonl")
    match sources:
        case {"report": path}:
            return _explain_report(path, given, services, world)
        case {"text": path}:
            from diagnostics.surfaces.judging import explain_text

            return explain_text(path, given, world)
        case {"jsonl": path}:
            from diagnostics.surfaces.judging import explain_lines

            return explain_lines(path, given, world)
        case _ if wanted is None and piped():
            return _explain_piped(given, world)
        case _:
            return _explain_code(wanted, given, world)


def _explain_piped(given: CommandLine, world: World) -> int:
    """``... | cloudsql-diag explain``; nothing in the pipe means what nothing on the command line does."""
    from diagnostics.surfaces.judging import explain_stream

    if not select.select([sys.stdin], [], [], _PATIENCE)[0]:
        Notes(world.stderr).line(f"{failures.COMMAND}: reading a text from standard input; without one: {LIST}")
    code = explain_stream(sys.stdin.buffer, given, world)
    return _explain_code(None, given, world) if code is None else code


def _explain_report(path: str, given: CommandLine, services: Services, world: World) -> int:
    output = choose(given.get("output"), world.environ, Output.TEXT)
    report = services.rediagnose(_read(path))
    Documents(world.stdout).write(render(report, output, screen_of(world.stdout, world.environ)))
    return report.exit_code


def _explain_code(wanted: str | None, given: CommandLine, world: World) -> int:
    from diagnostics.surfaces.codepage import show

    if wanted is not None and not _LIKE_A_CODE.fullmatch(wanted) and page(wanted.strip().lower()) is None:
        from diagnostics.surfaces.judging import explain_words

        code = explain_words(wanted, given, world)
        if code is not None:
            return code
    output = choose(given.get("output"), world.environ, Output.TEXT, PAGES)
    Documents(world.stdout).write(show(wanted, output, screen_of(world.stdout, world.environ)))
    return 0


def _read(path: str) -> Report:
    """A report of ``-o json``, or the last line of ``-o jsonl``."""
    try:
        content = sys.stdin.buffer.read(LARGEST) if path == "-" else _beginning(Path(path))
    except OSError as error:
        raise UsageError(f"--report: {error.strerror}", hint=SAVE) from None
    last = (content.strip().splitlines() or [b""])[-1]
    try:
        return decode(last if last.startswith(b"{") else content)
    except NotAReport as error:
        raise UsageError(f"--report: no report, {error}", hint=SAVE) from None


def _beginning(path: Path) -> bytes:
    """Also of a pipe, which a shell puts in the place of a file; a device that never ends is no report either."""
    with path.open("rb") as file:
        return file.read(LARGEST)
