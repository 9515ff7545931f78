"""``python -m tests.scenarios.peers``: what others say about each scenario, beside us; a full run writes the page."""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from diagnostics import __version__
from tests.scenarios.__main__ import selected
from tests.scenarios.crew import spread
from tests.scenarios.peers.ask import PATIENT, Comparison, compare
from tests.scenarios.peers.page import page
from tests.scenarios.peers.peer import Name
from tests.scenarios.scenario import Scenario
from tests.scenarios.table import SCENARIOS

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "compared.md"

LABS = 3
"""Six programs run at once in each; with more labs the times on the page would be those of a crowded machine."""


def main() -> None:
    """Ask what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.peers", description=__doc__)
    parser.add_argument("--labs", type=int, default=LABS)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="beginnings of ids; then nothing is written")
    options = parser.parse_args()
    scenarios = selected(SCENARIOS, options.rows, 1)
    began = time.monotonic()
    found = _collected(scenarios, min(options.labs, len(scenarios)))
    text = page(found, _versions(time.monotonic() - began), PATIENT)
    if options.rows:
        print(text)
    else:
        PAGE.write_text(text)
        print(f"written: {PAGE.name}, {len(found)} scenarios")


def _collected(scenarios: Sequence[Scenario], labs: int) -> list[Comparison]:
    # The longest first, so that nobody waits for it at the end.
    queue = sorted(scenarios, key=lambda scenario: scenario.id != PATIENT)
    found: dict[str, Comparison] = {}
    for comparison in spread(compare, queue, labs):
        found[comparison.ours.scenario.id] = comparison
        print(f"{len(found):4}/{len(scenarios)} {comparison.ours.scenario.id}", file=sys.stderr, flush=True)
    return [found[scenario.id] for scenario in scenarios]


def _versions(seconds: float) -> str:
    programs = (
        (Name.PSQL, ("psql", "--version")),
        (Name.PROXY, ("cloud-sql-proxy", "--version")),
        (Name.BLACKBOX, ("prometheus-blackbox-exporter", "--version")),
    )
    said = [f"{name}: {_first_line(argv)}" for name, argv in programs]
    said.append(f"{Name.CONNECTOR}: cloud-sql-python-connector {version('cloud-sql-python-connector')}")
    where = f"Python {platform.python_version()}, {sys.platform} {platform.machine()} with {os.cpu_count()} CPUs"
    return (
        f"Run on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes with cloudsql-diag {__version__} "
        f"({where}). " + "; ".join(said) + "."
    )


def _first_line(argv: tuple[str, ...]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]


if __name__ == "__main__":
    main()
