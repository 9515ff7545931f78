"""Row ``blackhole``: how long silence holds us up, and how long it holds up Google's connector."""

import statistics
import subprocess
import sys
from collections.abc import Mapping

import msgspec

from benchmarks.measure import quartiles, timed
from benchmarks.place import PEERS, Effort, Place, check
from benchmarks.row import Row, verdict
from diagnostics.lab.world import Route


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A way to be silent, and what must come of it."""

    what: str
    faults: tuple[str, ...]
    route: Route
    goal: float
    """Seconds."""
    exit: int
    has_peer: bool = False


SYN_GOAL, ACCEPTED_GOAL = 5.0, 10.0

SILENCES = (
    Silence(
        what="the instance drops every SYN, connector route",
        faults=("silent-drop",),
        route=Route.CONNECTOR,
        goal=SYN_GOAL,
        exit=16,
        has_peer=True,
    ),
    Silence(
        what="the instance drops every SYN, direct route",
        faults=("silent-drop",),
        route=Route.DIRECT,
        goal=SYN_GOAL,
        exit=16,
    ),
    Silence(
        what="instance and Admin API drop every SYN, connector route",
        faults=("silent-drop", "api-drop"),
        route=Route.CONNECTOR,
        goal=SYN_GOAL,
        exit=12,
    ),
    Silence(
        what="accepted, then silent, connector route",
        faults=("accept-then-silence",),
        route=Route.CONNECTOR,
        goal=ACCEPTED_GOAL,
        exit=18,
        has_peer=True,
    ),
    Silence(
        what="accepted, then silent, direct route",
        faults=("accept-then-silence",),
        route=Route.DIRECT,
        goal=ACCEPTED_GOAL,
        exit=18,
    ),
)


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Wall seconds of the process."""
    return tuple(_measure(place, effort, silence) for silence in SILENCES)


def _measure(place: Place, effort: Effort, silence: Silence) -> Row:
    environment = place.lab.arrange(*silence.faults, route=silence.route)
    seconds = [timed(lambda: check(environment=environment, expected=silence.exit)) for _ in range(effort.blackholes)]
    against = _peer(environment, effort.patience) if silence.has_peer else "-"
    place.lab.arrange()
    median = statistics.median(seconds)
    low, high = quartiles(seconds)
    return Row(
        name="blackhole",
        what=silence.what,
        against=against,
        goal=f"≤ {silence.goal:g} s",
        result=f"{median:.1f} s",
        spread=f"{low:.1f}-{high:.1f} s",
        detail=f"{len(seconds)} rounds, exit code {silence.exit}",
        verdict=verdict(median <= silence.goal),
    )


def _peer(environment: Mapping[str, str], patience: float) -> str:
    """How long the connector tries, ended after ``patience``."""

    def run() -> None:
        subprocess.run(
            [sys.executable, str(PEERS / "connector_connect.py")],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )

    try:
        return f"Google's Python connector: {timed(run):.1f} s"
    except subprocess.TimeoutExpired:
        return f"Google's Python connector: > {patience:g} s"
