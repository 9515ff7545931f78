"""A server that is measured: started on a free port of loopback, asked, and ended by its id."""

import contextlib
import http.client
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import psutil

POLL = 0.002
"""Seconds between two questions whether it answers: two per cent of what is measured."""

PATIENCE = 60.0
"""Seconds after which a server that should have got there has not."""

Command = Callable[[int], Sequence[str]]
"""The words that start it on a port."""


class Server:
    """A process that answers on a port, or is about to."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, alive: str) -> None:
        self._child = process
        self._process = psutil.Process(process.pid)
        # The kernel's clock of another process' CPU time: man 3 clock_getcpuclockid. psutil counts in hundredths.
        self._clock = (~process.pid << 3) | 2
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.port = port
        self._alive = alive

    def wait(self) -> None:
        """Until it answers."""
        until(self._answers)

    def get(self, path: str) -> str:
        """The body of a 200, over one connection that stays open."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read().decode()
        assert answer.status == http.client.OK, f"{path}: {answer.status} {body}"
        return body

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        return self._child.pid

    @property
    def runs(self) -> int:
        """How many runs a sidecar has counted in its metrics."""
        lines = self.get("/metrics").splitlines()
        return int(sum(float(line.split()[1]) for line in lines if line.startswith("cloudsqldiag_runs_total")))

    @property
    def cpu(self) -> float:
        """CPU seconds of all its threads so far."""
        return time.clock_gettime(self._clock)

    @property
    def resident(self) -> int:
        """Bytes. The median of a few looks, because freed memory comes and goes."""
        looks = []
        for _ in range(5):
            looks.append(self._process.memory_info().rss)
            time.sleep(0.05)
        return int(statistics.median(looks))

    def terminate(self) -> tuple[int, float]:
        """Exit code after SIGTERM, and the seconds it took."""
        started = time.monotonic()
        self._child.terminate()
        return self._child.wait(PATIENCE), time.monotonic() - started

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _answers(self) -> bool:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", self.port)):
                return False
        self.get(self._alive)
        return True


def until(reached: Callable[[], bool]) -> None:
    """Ask again and again; AssertionError where it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "it did not get there"
        time.sleep(POLL)


@contextlib.contextmanager
def running(command: Command, variables: Mapping[str, str], alive: str = "/startup") -> Iterator[Server]:
    """The server, which may not answer yet; ``alive`` is what it answers with 200 from the moment it does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    process = subprocess.Popen(command(port), env=dict(variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(process, port, alive)
    try:
        yield server
    finally:
        server.close()
        process.kill()
        process.wait()
