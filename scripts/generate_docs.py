"""Writes docs/reference from the code: the schema, the checks, the flags, the exit codes, the faults of the lab.

`make docs` writes; `tests/test_docs.py` holds that what is committed is what would be written.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from diagnostics.checks import CHECKS
from diagnostics.core.exit_codes import MEANINGS
from diagnostics.lab.fault import Expected, Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.surfaces.document import schema_document
from diagnostics.surfaces.flags import FLAGS, Flag
from diagnostics.surfaces.listing import CheckView, check_view, edge_text

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def page(title: str, intro: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown page that is one table."""
    lines = [f"# {title}", "", intro, "", _row(head), _row(tuple("---" for _ in head)), *map(_row, rows)]
    return "\n".join([*lines, "", "This page is made by `make docs`.", ""])


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


def flags() -> str:
    """Every flag and the variable that means the same."""
    return page(
        "Flags and variables",
        "A flag wins over its variable. A switch is on with the value `true`.",
        ("flag", "variable", "verbs", "meaning"),
        map(_flag, FLAGS),
    )


def _flag(flag: Flag) -> tuple[str, ...]:
    spelled = f"`--{flag.name} {flag.metavar}`" if flag.metavar else f"`--{flag.name}`"
    return spelled, f"`{flag.variable}`", ", ".join(flag.verbs), flag.help


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
    name, title = f"`{fault.name}`", fault.title
    for expected in fault.expected:
        yield name, title, f"{expected.route}, {expected.login}", _cause(expected), str(expected.exit)
        name = title = ""


def _cause(expected: Expected) -> str:
    return f"`{expected.cause}`" if expected.cause else "none"


PAGES: dict[str, Callable[[], str]] = {
    "report.schema.json": schema_document,
    "checks.md": checks,
    "flags.md": flags,
    "exit-codes.md": exit_codes,
    "lab-faults.md": faults,
}


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, content in PAGES.items():
        (REFERENCE / name).write_text(content())


if __name__ == "__main__":
    main()
