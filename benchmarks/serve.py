"""Row ``serve``: how soon the sidecar answers and how much memory it holds, against a server that says hello."""

import contextlib
import http.client
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import psutil

from benchmarks.measure import compared
from benchmarks.place import PEERS, PROGRAM, Effort, Place
from benchmarks.row import Row, ratio_row, verdict

START_GOAL = 1.3
"""An app that waits for its sidecar waits this much longer than for one that does nothing."""

MEMORY_GOAL = 1.8
"""Memory of a sidecar is memory that the app cannot have."""

CYCLES = 100
"""Of these the longest-lived object, the history, has kept as many as it ever will of the recent kind."""

HELLO = (sys.executable, str(PEERS / "aiohttp_hello.py"))
BARE = "an aiohttp server that says hello"

POLL = 0.002
"""Seconds between two questions whether it answers: two per cent of what is measured."""

PATIENCE = 60.0
"""Seconds after which a server that should have got there has not."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Start-up, and resident memory after many cycles."""
    variables = place.database
    start = compared(
        effort.processes,
        lambda: _seconds_to_answer((PROGRAM, "serve"), variables),
        lambda: _seconds_to_answer(HELLO, variables),
    )
    return (ratio_row("serve", "exec to `/startup` 200", BARE, START_GOAL, start), _memory(variables))


def _memory(variables: Mapping[str, str]) -> Row:
    with _running((PROGRAM, "serve", "--interval", "0.05"), variables) as (ours, port):
        _until(lambda: _runs(port) >= CYCLES)
        used = _resident(ours)
    with _running(HELLO, variables) as (hello, port):
        _until(lambda: _answers(port))
        bare = _resident(hello)
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


def _seconds_to_answer(command: Sequence[str], variables: Mapping[str, str]) -> float:
    started = time.perf_counter()
    with _running(command, variables) as (_, port):
        _until(lambda: _answers(port))
        return time.perf_counter() - started


@contextlib.contextmanager
def _running(command: Sequence[str], variables: Mapping[str, str]) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    own = {"PORT": str(port), "CLOUDSQL_DIAG_PORT": str(port)}
    process = subprocess.Popen(command, env={**variables, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", port)):
            return False
    return _get(port, "/startup")[0] == http.client.OK


def _runs(port: int) -> int:
    """How many runs the metrics have counted."""
    status, body = _get(port, "/metrics") if _answers(port) else (0, "")
    lines = (line.split() for line in body.splitlines() if line.startswith("cloudsqldiag_runs_total"))
    return int(sum(float(value) for _, value in lines)) if status == http.client.OK else 0


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "it did not get there"
        time.sleep(POLL)


def _resident(process: "subprocess.Popen[bytes]") -> int:
    """Bytes. The median of a few looks, because freed memory comes and goes."""
    looks = []
    for _ in range(5):
        looks.append(psutil.Process(process.pid).memory_info().rss)
        time.sleep(0.05)
    return int(statistics.median(looks))
