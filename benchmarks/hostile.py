"""Row ``drivers``: a sidecar whose database is honest to it and hostile to the app's driver.

Each way to hold a driver is the target of a ``serve`` in a control group of 256 MiB, as in row ``floods``. The sidecar
is ended while the driver is being held, where that lasts.
"""

import json
import time
from pathlib import Path

import psutil

from benchmarks.floods import ENDS, LIVE, MEMORY, group, inside, longest_answer
from benchmarks.hostile_server import WAYS, hostile_server
from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.server import PATIENCE, Server, running, until

CASES = (
    *((way, "asyncpg") for way in WAYS),
    ("a SCRAM count of 2^31", "psycopg"),
    ("an error of 60 MB to the query", "psycopg"),
    ("a notice of 1 GB", "psycopg"),
    ("rows without end", "psycopg"),
)
"""libpq refuses by itself what is not among these, or takes it as asyncpg does."""

HONEST = frozenset({"kept_busy", "out_of_memory", "failed", "sqlstate"})
"""What may be said of the driver; ``silent`` would be wrong of a server that sends, and a crash of ours anyway."""

NOT_BLAMED = ("runtime.", "config.", "pool.", "app.")
"""Beginnings of causes that speak of the user's container and settings."""

LOOK = 0.5
"""Seconds of probing between two looks at the report."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """One sidecar for each case; a short run takes two."""
    with hostile_server() as ports:
        return tuple(_measured(place, way, ports[way], driver) for way, driver in CASES[: effort.connector_processes])


def _measured(place: Place, way: str, port: int, driver: str) -> Row:
    home = {name: place.database[name] for name in ("PATH", "HOME")}
    url = {"DATABASE_URL": f"postgresql+{driver}://api:s3cret-one@127.0.0.1:{port}/orders"}
    with group() as (procs, peak), running(inside(procs), home | url) as server:
        server.wait()
        until(lambda: server.runs > 0)
        began, longest, code = time.monotonic(), 0.0, ""
        while not code and time.monotonic() - began < PATIENCE:
            longest = max(longest, longest_answer(server, LOOK))
            code = _said(server, driver)
        causes = [each["cause"] for each in _report(server)["diagnoses"]]
        held = _held(server)
        exit_code, ended = server.terminate()
        most, killed = int(peak.read_text()), _killed(procs.parent)
    met = longest <= LIVE and ended <= ENDS and most < MEMORY and not killed
    right = code in HONEST and not exit_code and not any(cause.startswith(NOT_BLAMED) for cause in causes)
    return Row(
        name="drivers",
        what=f"`/live` beside {way} for {driver}, longest",
        against="-",
        goal=f"≤ {LIVE * 1000:g} ms",
        result=f"{longest * 1000:.0f} ms",
        spread="",
        detail=f"`{code}`; {most / 2**20:.0f} MiB of 256 at most, {killed} killed for memory, "
        f"ended {ended:.2f} s after SIGTERM (≤ {ENDS:g} s){' while it was held' if held else ''}",
        verdict=verdict(met) if right else Verdict.WRONG,
    )


def _report(server: Server) -> dict[str, list[dict[str, str]]]:
    report: dict[str, list[dict[str, str]]] = json.loads(server.get("/api/v1/report"))
    return report


def _said(server: Server, driver: str) -> str:
    """The slug of what was found of the driver; empty before it was asked, or where time was over before."""
    (check,) = (each for each in _report(server)["checks"] if each["id"] == f"driver.{driver}")
    return (check["code"] or "").rpartition(".")[2] if check["status"] == "fail" else ""


def _held(server: Server) -> bool:
    """Wait for the next driver; whether there is one at work within two cycles."""
    deadline = time.monotonic() + 15.0
    while time.monotonic() < deadline:
        if psutil.Process(server.pid).children():
            return True
        time.sleep(0.01)
    return False


def _killed(folder: Path) -> int:
    """Processes that the kernel ended for want of memory."""
    lines = dict(line.split() for line in (folder / "memory.oom_control").read_text().splitlines())
    return int(lines["oom_kill"])
