"""Row ``serve``: how soon the sidecar answers and how much memory it holds, against a server that says hello."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import compared
from benchmarks.place import PEERS, PROGRAM, Effort, Place
from benchmarks.row import Row, ratio_row, verdict
from benchmarks.server import Command, running, until

START_GOAL = 1.3
"""An app that waits for its sidecar waits this much longer than for one that does nothing."""

MEMORY_GOAL = 1.8
"""Memory of a sidecar is memory that the app cannot have."""

CYCLES = 100
"""Of these the longest-lived object, the history, has kept as many as it ever will of the recent kind."""

HURRIED = (sys.executable, "-P", str(Path(__file__).parents[1] / "tests" / "sidecar" / "hurried.py"))

BARE = "an aiohttp server that says hello"


def sidecar(*options: str) -> Command:
    """Our own command."""
    return lambda port: (PROGRAM, "serve", "--port", str(port), *options)


def hurried(interval: float, *options: str) -> Command:
    """The same, with cycles that follow each other sooner than a user may have them: a measurement takes many."""
    seconds = str(interval)
    return lambda port: (*HURRIED, seconds, "serve", "--port", str(port), "--interval", seconds, *options)


def hello(port: int) -> tuple[str, ...]:
    """The peer."""
    return (sys.executable, str(PEERS / "aiohttp_hello.py"), str(port))


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Start-up, and resident memory after many cycles."""
    variables = place.database
    start = compared(
        effort.processes,
        lambda: seconds_to_answer(sidecar(), variables),
        lambda: seconds_to_answer(hello, variables),
    )
    return (ratio_row("serve", "exec to `/startup` 200", BARE, START_GOAL, start), _memory(variables))


def seconds_to_answer(command: Command, variables: Mapping[str, str], alive: str = "/startup") -> float:
    """From exec to the first 200."""
    started = time.perf_counter()
    with running(command, variables, alive) as server:
        server.wait()
        return time.perf_counter() - started


def _memory(variables: Mapping[str, str]) -> Row:
    with running(hurried(0.05), variables) as ours:
        ours.wait()
        until(lambda: ours.runs >= CYCLES)
        used = ours.resident
    with running(hello, variables) as peer:
        peer.wait()
        bare = peer.resident
    ratio = used / bare
    return Row(
        name="serve",
        what=f"resident memory after {CYCLES} cycles",
        against=BARE,
        goal=f"≤ {MEMORY_GOAL:g} x",
        result=f"{ratio:.2f} x",
        spread="",
        detail=f"{used / 2**20:.1f} MiB against {bare / 2**20:.1f} MiB",
        verdict=verdict(round(ratio, 2) <= MEMORY_GOAL),
    )
