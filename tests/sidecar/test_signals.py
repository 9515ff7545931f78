"""SIGTERM in every state: a last scrape is answered, and the process ends with 0 within two seconds."""

import contextlib
import http.client
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable

import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.surfaces.sidecar.server import LAST_SCRAPE
from tests.ports import free_port
from tests.sidecar.process import ENDED_WITHIN, NOWHERE, OUTSIDE, PATIENCE, Served, in_lab, serving

AT_IMPORT = """
import os, signal, sys
from diagnostics import __main__ as program

class Killer:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGTERM)

module = sys.argv.pop()
sys.meta_path.insert(0, Killer())
program.main()
"""
"""``serve``, which gets the signal while it loads the module that the last word names."""

MODULES = [
    "diagnostics.app.main",
    "diagnostics.surfaces.cli",
    "aiohttp",
    "diagnostics.surfaces.sidecar.endpoints",
    "diagnostics.app.source",
    "diagnostics.checks.tls",
    "diagnostics.surfaces.sidecar.rooms",
]
"""Loaded one after the other; the last three when the port is bound."""


@pytest.mark.parametrize("module", MODULES)
def test_while_it_is_still_being_loaded(module: str) -> None:
    done = subprocess.run(
        (sys.executable, "-c", AT_IMPORT, "serve", module),
        env={**NOWHERE, "CLOUDSQL_DIAG_PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def nothing(_served: Served) -> None:
    """No client."""


def event_stream(served: Served) -> None:
    ask(served, "GET", "/api/v1/events")


def held_probe(served: Served) -> None:
    ask(served, "GET", "/live?work=30")


def run_on_request(served: Served) -> None:
    ask(served, "POST", "/api/v1/run")


def ask(served: Served, method: str, path: str) -> None:
    """Ask in a thread of its own something whose answer may never come."""
    request = urllib.request.Request(f"http://127.0.0.1:{served.port}{path}", method=method)

    def wait() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException), urllib.request.urlopen(request) as answer:
            answer.read()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize("client", [nothing, event_stream, held_probe, run_on_request])
@pytest.mark.parametrize("fault", ["healthy", "accept-then-silence", "silent-drop"])
def test_while_it_watches(lab: Lab, fault: str, client: Callable[[Served], None]) -> None:
    faults = () if fault == "healthy" else (fault,)
    with in_lab(lab, lab.arrange(*faults, route=Route.DIRECT)) as served:
        served.until("/startup")
        client(served)
        code, seconds, errors = served.terminate()
    assert (code, "Traceback" in errors) == (0, False), errors
    assert seconds < ENDED_WITHIN


def test_while_the_connector_runs_in_a_process_of_its_own(lab: Lab) -> None:
    with in_lab(lab, lab.arrange(route=Route.CONNECTOR)) as served:
        children = served.children_of_driver()
        code, seconds, errors = served.terminate()
        assert (code, "Traceback" in errors) == (0, False), errors
        assert seconds < ENDED_WITHIN
        assert [child for child in children if child.is_running()] == []


def test_a_last_scrape_is_answered_and_the_platform_is_told_to_send_nothing_new() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/ready")
        served.process.send_signal(signal.SIGTERM)
        served.until_ending()
        assert "cloudsqldiag_runs_total" in served.get("/metrics")[1]
        assert served.get("/live")[0] == 200
        assert served.process.wait(PATIENCE) == 0


def test_ctrl_c_does_not_wait_for_a_scrape() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/ready")
        began = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(PATIENCE) == 0
    assert time.monotonic() - began < LAST_SCRAPE


def test_nor_does_a_second_sigterm() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/ready")
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        served.until_ending()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(PATIENCE) == 0
    assert time.monotonic() - began < LAST_SCRAPE
