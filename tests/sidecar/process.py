"""``cloudsql-diag serve`` as a process of its own."""

import contextlib
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

import psutil

from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.lab.lab import Lab
from tests.ports import free_port
from tests.sidecar.hurried import PROGRAM

PATIENCE = 15.0
"""Seconds for a process to start on a machine that does other things too."""

HEALTHY_CYCLE = 1.0
"""Seconds that no cycle of a path that works takes, however busy the machine is."""

ENDED_WITHIN = 2.0
"""Seconds after SIGTERM: what the product promises."""


class Served:
    """A running ``serve`` and its port."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, path: str, wanted: str = "") -> str:
        """The body of the first 200 that holds what is wanted."""
        deadline = time.monotonic() + PATIENCE
        status, body = self.get(path)
        while time.monotonic() < deadline:
            if status == 200 and wanted in body:
                return body
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, errors = self.process.communicate(timeout=0.05)
                raise AssertionError(f"it ended with {self.process.returncode}: {errors}")
            status, body = self.get(path)
        raise AssertionError(f"{path} did not come to hold {wanted!r}, but {status}: {body}")

    def until_without(self, path: str, unwanted: str) -> None:
        """Until the body of a 200 no longer holds this."""
        deadline = time.monotonic() + PATIENCE
        while self.get(path)[0] != 200 or unwanted in self.get(path)[1]:
            assert time.monotonic() < deadline

    def until_ending(self) -> None:
        """Until it says that it was told to end."""
        deadline = time.monotonic() + PATIENCE
        while self.get("/ready") != (503, "ending\n"):
            assert time.monotonic() < deadline

    def until_runs(self, number: int) -> None:
        """Until so many runs are remembered."""
        deadline = time.monotonic() + PATIENCE
        while len(json.loads(self.get("/api/v1/reports")[1])["targets"][0]["runs"]) < number:
            assert time.monotonic() < deadline

    def until_running(self) -> None:
        """Until a cycle has gone on for longer than a healthy one takes, after a last run that passed."""
        deadline = time.monotonic() + PATIENCE
        since, run = time.monotonic(), ""
        while time.monotonic() < deadline:
            (target,) = json.loads(self.get("/api/v1/reports")[1])["targets"]
            if not target["running"] or target["last_run"]["run_id"] != run:
                since, run = time.monotonic(), target["last_run"]["run_id"]
            elif time.monotonic() - since > HEALTHY_CYCLE:
                assert target["last_run"]["status"] == "pass"
                return
        raise AssertionError("no cycle went on")

    def stand_still(self, seconds: float) -> None:
        """Take the CPU away for so long; the kernel stops it, so nothing in it can notice."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        finally:
            self.process.send_signal(signal.SIGCONT)

    def children_of_driver(self) -> list[psutil.Process]:
        """The processes below it, once a driver runs in one: it says so in its command line."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = psutil.Process(self.process.pid).children(recursive=True)
            with contextlib.suppress(psutil.NoSuchProcess):
                if any("diagnostics.adapters.child" in " ".join(child.cmdline()) for child in found):
                    return found
        raise AssertionError("the driver did not start")

    def report(self) -> Report:
        return decode(self.until("/api/v1/report").encode())

    def terminate(self) -> tuple[int, float, str]:
        """Exit code, seconds it took, and what was written to standard error."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - began, errors


@contextlib.contextmanager
def serving(
    command: tuple[str, ...], environment: Mapping[str, str], interval: str = "1", log: int = subprocess.PIPE
) -> Iterator[Served]:
    """``log`` is where both of its streams go."""
    port = free_port()
    own = {"CLOUDSQL_DIAG_PORT": str(port), "CLOUDSQL_DIAG_INTERVAL": interval}
    process = subprocess.Popen(command, env={**environment, **own}, stdout=log, stderr=log, text=True)
    try:
        yield Served(process, port)
    finally:
        process.kill()
        process.communicate()


def in_lab(
    lab: Lab, environment: Mapping[str, str], interval: str = "1"
) -> "contextlib.AbstractContextManager[Served]":
    return serving(lab.command(*PROGRAM, interval, "serve"), environment, interval)


OUTSIDE = (*PROGRAM, "1", "serve")
"""Without any lab around it."""

NOWHERE = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
