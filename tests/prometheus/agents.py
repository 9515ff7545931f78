"""``cloudsql-diag serve`` in the lab, to be scraped."""

import contextlib
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping

from diagnostics.lab.lab import Lab
from tests.ports import free_port

PATIENCE = 20.0
"""Seconds for a process to start on a machine that does other things too."""


@contextlib.contextmanager
def serving(lab: Lab, environment: Mapping[str, str]) -> Iterator[int]:
    """The port of a sidecar that looks every second and has its first report."""
    port = free_port()
    process = subprocess.Popen(
        lab.command("cloudsql-diag", "serve"),
        env={**environment, "CLOUDSQL_DIAG_PORT": str(port), "CLOUDSQL_DIAG_INTERVAL": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_ready(process, port)
        yield port
    finally:
        process.kill()
        process.wait()


def fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def _until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            fetch(port, "/ready")
            return
        time.sleep(0.05)
    raise AssertionError("serve did not become ready")
