"""``python -m tests.scenarios``: every scenario in network namespaces, and random healthy worlds; who was right.

With ``--sample K`` only each K-th of those rows that wait for silence, and all that do not.
"""

import argparse
import secrets
import sys
import time
import zlib
from collections.abc import Sequence

from tests.scenarios.confusion import closing, details, table
from tests.scenarios.crew import CrewError, check, spread
from tests.scenarios.judge import Verdict
from tests.scenarios.scenario import Scenario
from tests.scenarios.table import SCENARIOS
from tests.scenarios.worlds import random_healthy

LABS = 5
"""Labs side by side on two cores: more wait together, but their commands then take time from each other."""

HEALTHY = 200


def main() -> None:
    """Run what the command line names, exit with 1 where anything is wrong."""
    options = _arguments()
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    chosen = selected(SCENARIOS, options.rows, options.sample)
    chosen += random_healthy(seed, 0 if options.rows else options.healthy)
    began = time.monotonic()
    found = _collected(chosen, options.labs)
    print(table(found))
    print(details(found), end="")
    print(f"seed of the healthy worlds: {seed}; {time.monotonic() - began:.0f} s on {options.labs} labs")
    print(closing(found))
    sys.exit(0 if found and all(verdict.right for verdict in found) else 1)


def _collected(scenarios: Sequence[Scenario], labs: int) -> list[Verdict]:
    """In the order of the table, whoever finished first."""
    order = {scenario.id: place for place, scenario in enumerate(scenarios)}
    found: list[Verdict] = []
    try:
        for verdict in spread(check, scenarios, min(labs, len(scenarios))):
            found.append(verdict)
            _progress(verdict, len(found), len(scenarios))
    except CrewError as error:
        sys.exit(f"the labs cannot run: {error}")
    return sorted(found, key=lambda verdict: order[verdict.scenario.id])


def _progress(verdict: Verdict, count: int, total: int) -> None:
    mark = "ok   " if verdict.right else "WRONG"
    line = f"{count:4}/{total} {mark} {verdict.outcome.seconds:5.1f} s {verdict.scenario.id}: {verdict.named}"
    print(line, file=sys.stderr, flush=True)


def selected(scenarios: Sequence[Scenario], names: Sequence[str], sample: int) -> tuple[Scenario, ...]:
    """Those whose id begins with one of the names, all where none is given; of the slow ones each ``sample``-th.

    Which ones those are depends on their names alone, so that a new row does not change the choice.
    """
    named = [scenario for scenario in scenarios if not names or scenario.id.startswith(tuple(names))]
    return tuple(s for s in named if not s.slow or zlib.crc32(s.id.encode()) % sample == 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios", description=__doc__)
    parser.add_argument("--labs", type=int, default=LABS, help=f"labs side by side, {LABS} by default")
    parser.add_argument("--healthy", type=int, default=HEALTHY, help="how many random healthy worlds")
    parser.add_argument("--seed", type=int, help="of the healthy worlds; another one each time by default")
    parser.add_argument("--sample", type=int, default=1, metavar="K", help="each K-th of the slow rows")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="beginnings of ids; then no healthy worlds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
