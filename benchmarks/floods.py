"""Row ``floods``: a sidecar beside peers that send without end, in the memory that the manifests give it.

Each flood is the only target, or the metadata server, of a ``serve`` in a control group of 256 MiB. What counts is the
longest answer of ``/live`` meanwhile, the memory of the whole tree, and how soon it ends after SIGTERM.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.serve import sidecar
from benchmarks.server import Command, Server, running
from tests.floods import peers

SERVE = sidecar("--interval", "5")

GROUPS = Path("/sys/fs/cgroup/memory")
"""Control groups of the first kind; the second has all controllers in one tree, at the folder above."""

MEMORY = 256 * 1024 * 1024
"""Bytes: what the manifests give to the sidecar."""

LIVE = 0.1
"""Seconds for an answer of ``/live``."""

ENDS = 2.0
"""Seconds after SIGTERM."""

BLAMED = "runtime.cpu_throttled"
"""What must not be said: the CPU goes to a peer that sends."""

PROBE = b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

SECONDS = 10.0
"""For which each flood lasts: the longest deadline of a stage, and more."""

AT = {"tls": "require"}
"""sslmode by the first word of a flood; in the others TLS is not what floods."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """One sidecar for each flood."""
    seconds = min(SECONDS, effort.patience / 4)
    with peers.running() as ports:
        return tuple(_measured(place, flood, ports[flood], seconds) for flood in peers.BY_TCP)


def _measured(place: Place, flood: str, port: int, seconds: float) -> Row:
    with group() as (procs, peak), running(inside(procs), place.database | _variables(flood, port)) as server:
        server.wait()
        longest = longest_answer(server, seconds)
        said = server.get("/metrics")
        code, ended = server.terminate()
        most = int(peak.read_text())
    blamed = f'cause="{BLAMED}"' in said
    met = longest <= LIVE and ended <= ENDS and most < MEMORY
    return Row(
        name="floods",
        what=f"`/live` beside the flood: {flood}, longest",
        against="-",
        goal=f"≤ {LIVE * 1000:g} ms",
        result=f"{longest * 1000:.0f} ms",
        spread="",
        detail=f"{most / 2**20:.0f} MiB of 256 at most, ended {ended:.2f} s after SIGTERM (≤ {ENDS:g} s)",
        verdict=Verdict.WRONG if blamed or code else verdict(met),
    )


def inside(procs: Path) -> Command:
    """The sidecar, in the control group from its first instruction."""
    return lambda port: ("sh", "-c", f"echo $$ > {procs}; exec {' '.join(SERVE(port))}")


def _variables(flood: str, port: int) -> dict[str, str]:
    if flood.startswith("http"):
        return {"GCE_METADATA_HOST": f"127.0.0.1:{port}"}
    mode = AT.get(flood.split(maxsplit=1)[0], "disable")
    return {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(port), "PGSSLMODE": mode}


def longest_answer(server: Server, seconds: float) -> float:
    """Seconds of the longest answer of ``/live`` to one probe after the other."""
    until, longest = time.perf_counter() + seconds, 0.0
    while (asked := time.perf_counter()) < until:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(PROBE)
            while client.recv(4096):
                pass
        longest = max(longest, time.perf_counter() - asked)
    return longest


@contextlib.contextmanager
def group() -> Iterator[tuple[Path, Path]]:
    """A control group with the memory of the manifests: where a process is put into it, and its largest use."""
    folder = GROUPS / f"cloudsql-diag-floods-{time.monotonic_ns()}"
    folder.mkdir()
    try:
        (folder / "memory.limit_in_bytes").write_text(str(MEMORY))
        yield folder / "cgroup.procs", folder / "memory.max_usage_in_bytes"
    finally:
        folder.rmdir()
