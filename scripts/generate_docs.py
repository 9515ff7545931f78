"""Writes docs/reference from the code.

`make docs` writes; `tests/test_docs.py` holds that what is committed is what would be written.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from diagnostics.app.main import services
from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause
from diagnostics.core.exit_codes import MEANINGS
from diagnostics.lab.fault import Expected, Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.keys import KEYS, Key
from diagnostics.surfaces.cli import command_line as commands
from diagnostics.surfaces.codebook import of_cause
from diagnostics.surfaces.codepage import markdown_page
from diagnostics.surfaces.document import schema_document
from diagnostics.surfaces.listing import CheckView, check_view, edge_text
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.settings_reference import reference as settings
from diagnostics.surfaces.sidecar.families import FAMILIES
from diagnostics.surfaces.sidecar.reference import reference as http

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def page(title: str, intro: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown page that is one table."""
    return "\n".join([f"# {title}", "", intro, "", *_table(head, rows), "", "This page is made by `make docs`.", ""])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _row(head)
    yield _row(tuple("---" for _ in head))
    yield from map(_row, rows)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def checks() -> str:
    """Every check, in the order of the path."""
    return page(
        "Checks",
        "In the order of the path. *Requires* is hard: without it the check is skipped. *After* is order only.",
        ("check", "asserts", "deadline", "a deadline that expires means", "requires", "after"),
        (_check(check_view(each)) for each in CHECKS),
    )


def _check(view: CheckView) -> tuple[str, ...]:
    return (
        f"`{view.id}`",
        view.title,
        f"{view.timeout_seconds:g} s",
        f"`{view.on_timeout}`" if view.on_timeout else "unknown",
        ", ".join(map(edge_text, view.requires)),
        ", ".join(map(edge_text, view.after)),
    )


def command_line() -> str:
    """The help of every verb, as the command prints it."""
    root = commands(services(), World(environ={}, stdout=io.StringIO(), stderr=io.StringIO()))
    parts = ["# Command line", _help(root, None, "cloudsql-diag")]
    with click.Context(root, info_name="cloudsql-diag") as context:
        for name in root.list_commands(context):
            command = root.get_command(context, name)
            parts += [f"## {name}\n\n{_help(command, context, name)}"] if command else []
    return "\n\n".join([*parts, "This page is made by `make docs`.\n"])


def _help(command: click.Command, parent: click.Context | None, name: str) -> str:
    context = click.Context(command, parent, name, max_content_width=HELP_WIDTH, terminal_width=HELP_WIDTH)
    return f"```\n{command.get_help(context)}\n```"


HELP_WIDTH = 100
"""Columns of the help in the page: what fits beside a table of contents."""


def metrics() -> str:
    """Every family of the sidecar's exposition."""
    return page(
        "Metrics",
        "What `/metrics` of `cloudsql-diag serve` exposes, beside `process_*` of the agent itself. Labels are closed "
        "sets and the short name of the target; none holds an address, a user or a message. A target has at most "
        "130 series.",
        ("series", "type", "labels", "meaning"),
        ((f"`{each.series}`", each.kind, ", ".join(each.labels), each.meaning) for each in FAMILIES),
    )


def causes() -> str:
    """Every cause with its page, under a heading that never changes."""
    intro = (
        "What a diagnosis may name, in the order of the path: `layer.slug`. Names are stable; a retired one is never "
        "used again. `cloudsql-diag explain CODE` prints one of these offline."
    )
    pages = (markdown_page(of_cause(cause), "##") for cause in Cause)
    return "\n".join(["# Causes", "", intro, "", *pages, "This page is made by `make docs`.", ""])


def exit_codes() -> str:
    """What `check` and `wait` exit with."""
    return page(
        "Exit codes",
        "The same for every output format. 10 to 21 follow from the layer of the first cause. 3 is never used.",
        ("code", "meaning"),
        ((str(code), meaning) for code, meaning in MEANINGS.items()),
    )


def faults() -> str:
    """What the lab can break, and the diagnosis that is right."""
    return page(
        "Faults of the lab",
        "`cloudsql-diag lab run --fault NAME [--route ROUTE] -- cloudsql-diag check`. The first route is the default.",
        ("fault", "what is wrong", "route, login", "cause", "exit"),
        (row for fault in FAULTS for row in _fault(fault)),
    )


def _fault(fault: Fault) -> Iterator[tuple[str, ...]]:
    name = f"`{fault.name}`"
    title = f"{fault.title} (needs `--isolation netns`)" if fault.needs_network else fault.title
    for expected in fault.expected:
        yield name, title, f"{expected.route}, {expected.login}", _cause(expected), str(expected.exit)
        name = title = ""


def worlds() -> str:
    """What can be asked of a world."""
    return page(
        "Worlds of the lab",
        "`cloudsql-diag lab run --isolation netns --world KEY=VALUE [--world ...] -- cloudsql-diag check`. "
        "The first value is the default; the default world is healthy.",
        ("key", "values", "meaning", "on loopback, too"),
        ((f"`{key.name}`", _values(key), key.meaning, "yes" if key.on_loopback else "") for key in KEYS),
    )


def _values(key: Key) -> str:
    return ", ".join(f"`{value}`" for value in key.values) or "a number"


def _cause(expected: Expected) -> str:
    return f"`{expected.cause}`" if expected.cause else "none"


PAGES: dict[str, Callable[[], str]] = {
    "report.schema.json": schema_document,
    "checks.md": checks,
    "cli.md": command_line,
    "settings.md": settings,
    "causes.md": causes,
    "exit-codes.md": exit_codes,
    "lab-faults.md": faults,
    "lab-worlds.md": worlds,
    "metrics.md": metrics,
    "http.md": http,
}


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, content in PAGES.items():
        (REFERENCE / name).write_text(content())


if __name__ == "__main__":
    main()
