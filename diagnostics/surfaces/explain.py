"""``explain``: the page of a cause, the list of causes, or a saved report diagnosed again."""

import sys
from pathlib import Path

import msgspec

from diagnostics.core.report import Report
from diagnostics.surfaces.document import decode
from diagnostics.surfaces.output import Output, choose, render
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services, UsageError
from diagnostics.surfaces.streams import Documents


def explain(code: str | None, line: CommandLine, services: Services, world: World) -> int:
    """Print what was asked for; the exit code of the report, or 0."""
    saved = line.get("report")
    if saved is None:
        raise UsageError("explain takes --report FILE")
    if code is not None:
        raise UsageError("explain takes a CODE or --report FILE, not both")
    output = choose(line.get("output"), world.environ, Output.TEXT)
    report = services.rediagnose(_read(saved))
    Documents(world.stdout).write(render(report, output, screen_of(world.stdout, world.environ)))
    return report.exit_code


def _read(path: str) -> Report:
    """A report of ``-o json``, or the last line of ``-o jsonl``."""
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"--report: {error.strerror}", hint="cloudsql-diag check -o json > report.json") from None
    lines = content.strip().splitlines() or [b""]
    try:
        return decode(lines[-1] if lines[-1].startswith(b"{") else content)
    except msgspec.DecodeError:
        raise UsageError("--report: no report", hint="cloudsql-diag check -o json > report.json") from None
