"""Rows ``metrics`` and ``exporter``: the cost of being scraped, and of watching, beside Prometheus' blackbox_exporter.

The exporter knocks: it connects to the database's port and hangs up. A sidecar that is told to do no more (``--depth
tcp``) can be compared with it; what it does by default cannot, and stands beside it.
"""

import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from benchmarks.measure import compared, quartiles
from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.serve import hurried, seconds_to_answer, sidecar
from benchmarks.server import Command, Server, running, until
from diagnostics.lab.world import Route

SCRAPE_GOAL = 0.005
"""Seconds. A collector gives up after 10; an agent that is slow itself would look like a slow database."""

RATE = 50
"""Scrapes a second: over a hundred times what anybody asks, so that they meet whatever the loop does meanwhile."""

MODULE = "modules: {tcp: {prober: tcp, timeout: 3s}}\n"
"""The timeout is that of our own check."""

HEALTHY = "/-/healthy"

SETTLED = 10
"""Cycles before CPU is looked at: the first ones load and remember what later ones only use."""

PAUSE = 0.1
"""Seconds between two cycles."""

PEER = "blackbox_exporter, TCP probe of the same port"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What watching took."""

    cpu: float
    """Seconds for each cycle and its scrape."""
    resident: int
    """Bytes."""


def measure_scrapes(place: Place, effort: Effort) -> tuple[Row, ...]:
    """How long a scrape takes while every check hangs."""
    environment = place.lab.arrange("silent-drop", "api-drop", route=Route.CONNECTOR)
    with running(hurried(0.5), environment) as ours:
        ours.wait()
        until(lambda: "cloudsqldiag_up" in ours.get("/metrics"))
        seconds = _scrapes(ours, effort.scrapes)
    place.lab.arrange()
    slowest = statistics.quantiles(seconds, n=100, method="inclusive")[98]
    low, high = quartiles(seconds)
    return (
        Row(
            name="metrics",
            what=f"`/metrics`, {RATE} times a second, while every check hangs: 99 of 100 within",
            against="-",
            goal=f"≤ {SCRAPE_GOAL * 1000:g} ms",
            result=f"{slowest * 1000:.1f} ms",
            spread=f"{low * 1000:.1f}-{high * 1000:.1f} ms",
            detail=f"{len(seconds)} scrapes",
            verdict=verdict(slowest <= SCRAPE_GOAL),
        ),
    )


def _scrapes(ours: Server, count: int) -> list[float]:
    seconds = []
    started = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        began = time.perf_counter()
        ours.get("/metrics")
        seconds.append(time.perf_counter() - began)
    return seconds


def measure_exporter(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Start-up, CPU of a cycle with its scrape, and memory."""
    exporter = _exporter(place)
    start = compared(
        effort.connector_processes,
        lambda: seconds_to_answer(sidecar(), place.database),
        lambda: seconds_to_answer(exporter, place.database, HEALTHY),
    )
    knocking = _of_sidecar(place.database, effort.cycles, "--depth", "tcp", "--drivers", "none")
    whole = _of_sidecar(place.database, effort.cycles)
    peer = _of_exporter(exporter, place, effort.cycles)
    rounds, cycles = f"{len(start.ours)} rounds", f"{effort.cycles} cycles"
    ours_starts, peer_starts = statistics.median(start.ours), statistics.median(start.peer)
    return (
        _shown("exec to the first 200", _ms(ours_starts), f"{PEER}: {_ms(peer_starts)}", rounds),
        _shown("CPU of a cycle and its scrape, `--depth tcp`", _ms(knocking.cpu), f"{PEER}: {_ms(peer.cpu)}", cycles),
        _shown("the same, the whole path", _ms(whole.cpu), "-", cycles),
        _shown("resident memory after it, `--depth tcp`", _mib(knocking), f"{PEER}: {_mib(peer)}", cycles),
        _shown("the same, the whole path", _mib(whole), "-", cycles),
    )


def _shown(what: str, ours: str, against: str, detail: str) -> Row:
    return Row(
        name="exporter",
        what=what,
        against=against,
        goal="-",
        result=ours,
        spread="",
        detail=detail,
        verdict=Verdict.SHOWN,
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def _mib(usage: Usage) -> str:
    return f"{usage.resident / 2**20:.0f} MiB"


def _exporter(place: Place) -> Command:
    config = Path(place.database["HOME"]) / "blackbox.yml"
    config.write_text(MODULE)
    return lambda port: (
        "prometheus-blackbox-exporter",
        f"--config.file={config}",
        f"--web.listen-address=127.0.0.1:{port}",
    )


def _of_sidecar(environment: Mapping[str, str], cycles: int, *options: str) -> Usage:
    """As many scrapes as cycles, as it would be."""
    with running(hurried(PAUSE, *options), environment) as ours:
        ours.wait()
        until(lambda: ours.runs >= SETTLED)
        first, before = ours.runs, ours.cpu
        seen = first
        while seen < first + cycles:
            time.sleep(PAUSE)
            seen = ours.runs
        return Usage(cpu=(ours.cpu - before) / (seen - first), resident=ours.resident)


def _of_exporter(exporter: Command, place: Place, cycles: int) -> Usage:
    """A scrape of the exporter is a probe."""
    probe = f"/probe?module=tcp&target={place.database['POSTGRES_HOST']}:5432"
    with running(exporter, place.database, HEALTHY) as peer:
        peer.wait()
        for _ in range(SETTLED):
            assert "probe_success 1" in peer.get(probe)
        before = peer.cpu
        for _ in range(cycles):
            time.sleep(PAUSE)
            peer.get(probe)
        return Usage(cpu=(peer.cpu - before) / cycles, resident=peer.resident)
