"""``python -m benchmarks [--quick] [ROW...]``: measure and print; a full run of all rows writes the page.

Exit code 1 where a goal is missed; with ``--quick`` only where something is wrong that is no matter of time or size.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    abuse,
    blackhole,
    chaos,
    climb,
    connector,
    crowd,
    cycle,
    exporter,
    floods,
    hostile,
    many,
    noise,
    restraint,
    serve,
    soak,
    start,
    startup,
)
from benchmarks.page import page, table
from benchmarks.place import FULL, QUICK, Effort, Place
from benchmarks.row import Row, exit_code
from diagnostics.lab.lab import Lab
from diagnostics.lab.postgres import Binaries

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "measured.md"

ROWS: dict[str, Callable[[Place, Effort], tuple[Row, ...]]] = {
    "start": start.measure,
    "connector": connector.measure,
    "startup": startup.measure,
    "climb": climb.measure,
    "serve": serve.measure,
    "cycle": cycle.measure,
    "many": many.measure,
    "blackhole": blackhole.measure,
    "noise": noise.measure,
    "metrics": exporter.measure_scrapes,
    "exporter": exporter.measure_exporter,
    "soak": soak.measure,
    "chaos": chaos.measure,
    "crowd": crowd.measure,
    "restraint": restraint.measure,
    "abuse": abuse.measure,
    "floods": floods.measure,
    "drivers": hostile.measure,
}


def main() -> int:
    """Measure what the command line names; the exit code."""
    arguments = _arguments()
    names = arguments.rows or list(ROWS)
    with Lab(binaries=Binaries.DEBIAN) as lab:
        place = Place(lab)
        with lab.postgres.connect() as connection:
            server = f"PostgreSQL {connection.info.parameter_status('server_version')}"
        rows = [row for name in names for row in _measured(name, place, QUICK if arguments.quick else FULL)]
    print(table(rows))
    if not arguments.quick and not arguments.rows:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(rows, server))
        print(f"\nwritten: {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    return exit_code(rows, quick=arguments.quick)


def _measured(name: str, place: Place, effort: Effort) -> tuple[Row, ...]:
    started = time.monotonic()
    rows = ROWS[name](place, effort)
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="few rounds, nothing written: whether it still runs, and says what is true"
    )
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], metavar="ROW", help=f"one of {', '.join(ROWS)}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
