"""``explain``: the page of a code, the list of causes, or a saved report diagnosed again."""

import sys
from pathlib import Path

from diagnostics.core.report import Report
from diagnostics.core.serialize import NotAReport, decode
from diagnostics.surfaces.output import Output, choose, render
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services, UsageError
from diagnostics.surfaces.streams import Documents

PAGES = (Output.TEXT, Output.JSON, Output.MARKDOWN)
"""Formats of what is no report."""
SAVE = "cloudsql-diag check -o json > report.json"


def explain(wanted: str | None, given: CommandLine, services: Services, world: World) -> int:
    """Print what was asked for; the exit code of the report, or 0."""
    saved = given.get("report")
    if saved is None:
        return _explain_code(wanted, given, world)
    if wanted is not None:
        raise UsageError("explain takes a CODE or --report FILE, not both")
    output = choose(given.get("output"), world.environ, Output.TEXT)
    report = services.rediagnose(_read(saved))
    Documents(world.stdout).write(render(report, output, screen_of(world.stdout, world.environ)))
    return report.exit_code


def _explain_code(wanted: str | None, given: CommandLine, world: World) -> int:
    from diagnostics.surfaces.codepage import show

    output = choose(given.get("output"), world.environ, Output.TEXT, PAGES)
    Documents(world.stdout).write(show(wanted, output, screen_of(world.stdout, world.environ)))
    return 0


def _read(path: str) -> Report:
    """A report of ``-o json``, or the last line of ``-o jsonl``."""
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"--report: {error.strerror}", hint=SAVE) from None
    last = (content.strip().splitlines() or [b""])[-1]
    try:
        return decode(last if last.startswith(b"{") else content)
    except NotAReport as error:
        raise UsageError(f"--report: no report, {error}", hint=SAVE) from None
