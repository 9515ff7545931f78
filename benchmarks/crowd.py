"""Row ``crowd``: fifty instances start at once, a few in a quick run, while the server has no slot.

The retries must not be the load.

A server that is full recovers only if it is left alone. So each instance tries few times and slowly, none starts a
diagnosis that would take one more slot, and all end within their budget.
"""

import json
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.place import HANGS, PEERS, Effort, Place
from benchmarks.row import Row, Verdict, verdict
from diagnostics.lab.world import Route

INSTANCES = 50
TOTAL = 12.0
"""Seconds that each may take."""
MOST_TRIES = 5
"""Of the library where the server is full: 2, 4, 5 and 5 s apart, and more."""
SLACK = 6.0
"""Seconds beyond the budget: fifty interpreters on two cores take as long to load."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """All at once; what each says, and whether any of them started a child."""
    variables = place.lab.arrange("too-many-connections", route=Route.DIRECT)
    try:
        ended = _all_at_once(min(INSTANCES, 2 * effort.processes), variables | {"TOTAL": str(TOTAL)})
    finally:
        place.lab.switchboard.off("too-many-connections")
    said = [json.loads(out) for out, _ in ended]
    lines = [json.loads(err.splitlines()[0]) for _, err in ended]
    return (_row(said, lines),)


def _all_at_once(instances: int, variables: dict[str, str]) -> list[tuple[str, str]]:
    command = [sys.executable, str(PEERS / "startup_connect.py")]
    with tempfile.TemporaryDirectory() as folder:
        environment = variables | {"TMPDIR": folder, "PYTHONPATH": str(PEERS.parents[1]), "CLOUDSQL_DIAG_PORT": "1"}
        started = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(instances)
        ]
        return [process.communicate(timeout=HANGS) for process in started]


def _row(said: list[dict[str, Any]], lines: list[dict[str, Any]]) -> Row:
    tries, longest = sum(each["tries"] for each in said), max(each["seconds"] for each in said)
    children = sum(line["diagnosed_by"] == "child" for line in lines)
    causes = {line["cause"] for line in lines}
    right = causes == {"pg.too_many_connections"} and not children and all(each["error"] for each in said)
    few = max(each["tries"] for each in said) <= MOST_TRIES
    return Row(
        name="crowd",
        what=f"{len(said)} instances start at once against a server without slots",
        against="-",
        goal=f"≤ {MOST_TRIES} tries each, within {TOTAL:g} s, no diagnosis started",
        result=f"{tries} tries",
        spread="",
        detail=f"{tries / len(said):.1f} tries each, the last ended after {longest:.1f} s, {children} diagnoses",
        verdict=verdict(longest <= TOTAL + SLACK) if right and few else Verdict.WRONG,
    )
