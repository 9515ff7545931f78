"""Row ``abuse``: a liveness probe beside clients that only hold their connections, in each way of being slow."""

import contextlib
import socket
import statistics
import time
from collections.abc import Iterator

from benchmarks.place import Effort, Place
from benchmarks.row import Row, verdict
from benchmarks.serve import hurried
from benchmarks.server import running

CLIENTS = 200

GOAL = 0.05
"""Seconds: a probe that is not answered in one restarts the container; most of that second is the network's."""

HALF = {
    "say nothing": b"",
    "stop in the middle of a header": b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "promise a body": b"POST /api/v1/run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{",
    "ask and do not read": b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 8,
}

PROBE = b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """One sidecar that watches a healthy path all the while."""
    with running(hurried(1), place.database) as server:
        server.wait()
        return tuple(_measured(server.port, how, said, effort.scrapes // 5) for how, said in HALF.items())


def _measured(port: int, how: str, said: bytes, probes: int) -> Row:
    with _crowd(port, said):
        seconds = sorted(_probe(port) for _ in range(probes))
    worst = seconds[int(len(seconds) * 0.99)]
    return Row(
        name="abuse",
        what=f"`/live` beside {CLIENTS} clients that {how}, p99",
        against="-",
        goal=f"≤ {GOAL * 1000:g} ms",
        result=f"{worst * 1000:.1f} ms",
        spread="",
        detail=f"median {statistics.median(seconds) * 1000:.1f} ms, worst {seconds[-1] * 1000:.1f} ms, {probes} probes",
        verdict=verdict(worst <= GOAL),
    )


@contextlib.contextmanager
def _crowd(port: int, said: bytes) -> Iterator[None]:
    with contextlib.ExitStack() as clients:
        for _ in range(CLIENTS):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            with contextlib.suppress(OSError):
                client.sendall(said)
        yield


def _probe(port: int) -> float:
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(PROBE)
        answer = b""
        while part := client.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return time.perf_counter() - started
