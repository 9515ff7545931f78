"""Ctrl-C, SIGTERM and a reader that goes away: an end at once, with the right code, nothing left behind."""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from tests.e2e.ordinary import Ordinary
from tests.e2e.program import PATIENCE, environment, started
from tests.e2e.rude import Stage, rude

pytestmark = pytest.mark.interop

AT_ONCE = 1.0
"""Seconds between a signal and the end of the process."""

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def ended_at_once(process: "subprocess.Popen[str]", number: signal.Signals, code: int) -> None:
    """By this signal: in time, without a verdict, without children."""
    family = psutil.Process(process.pid).children(recursive=True)
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - sent < AT_ONCE
    assert process.returncode == code
    assert "exit" not in out
    assert "Traceback" not in err
    assert number.name in err
    _, alive = psutil.wait_procs(family, timeout=AT_ONCE)
    assert alive == []


@pytest.mark.parametrize("number,code", SIGNALS)
@pytest.mark.parametrize("stage", [Stage.TLS_REQUEST, Stage.HANDSHAKE, Stage.STARTUP, Stage.QUERY])
@pytest.mark.parametrize("verb", ["check", "wait"])
def test_signal_while_the_server_is_silent(verb: str, stage: Stage, number: signal.Signals, code: int) -> None:
    with rude(stage, hold=True) as server, started(verb, environ=environment(**server.variables())) as process:
        assert server.reached.wait(PATIENCE)
        ended_at_once(process, number, code)


@pytest.mark.netns
@pytest.mark.parametrize("number,code", SIGNALS)
def test_signal_while_the_resolver_is_silent(lab: Lab, number: signal.Signals, code: int) -> None:
    """The C library's look-up cannot be cancelled, and must not be waited for."""
    environ = lab.arrange("resolver-drop", route=Route.DIRECT)
    with started("check", "-o", "jsonl", environ=environ, enter=lab.command()) as process:
        assert process.stdout is not None
        while "runtime.platform" not in process.stdout.readline():
            pass
        ended_at_once(process, number, code)


def at_work(pid: int) -> bool:
    """Whether a driver's process has been called: it gets its limit of memory then, and is started long before."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(pid).children()
        return any(child.rlimit(psutil.RLIMIT_AS)[0] != psutil.RLIM_INFINITY for child in children)
    return False


@pytest.mark.parametrize("number,code", SIGNALS)
def test_signal_while_the_connector_is_at_work(lab: Lab, number: signal.Signals, code: int) -> None:
    """Google's connector runs in a process group of its own, which goes with us."""
    environ = lab.arrange(route=Route.CONNECTOR)
    with started("check", environ=environ) as process:
        deadline = time.monotonic() + PATIENCE
        while not at_work(process.pid):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        ended_at_once(process, number, code)


@pytest.mark.parametrize("number,code", SIGNALS)
@pytest.mark.parametrize("milliseconds", range(0, 60, 5))
def test_signal_at_any_moment(milliseconds: int, number: signal.Signals, code: int) -> None:
    """While modules are loaded, while the loop is made, at the end: the verdict or the signal's code, no warning."""
    environ = environment(
        POSTGRES_HOST="127.0.0.1", POSTGRES_PORT="1", POSTGRES_USER="api", POSTGRES_PASSWORD="x", POSTGRES_DB="orders"
    )
    with started("check", "-o", "short", environ=environ) as process:
        # Before its own code runs, a signal is Python's business.
        maps = Path(f"/proc/{process.pid}/maps")
        while "msgspec" not in maps.read_text():
            assert process.poll() is None
        time.sleep(milliseconds / 1000)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in {code, REFUSED}
    assert bool(out) or process.returncode != REFUSED
    for word in ("Traceback", "Warning", "ignored", "fault"):
        assert word not in err


def test_signal_in_a_place_where_python_drops_what_is_raised() -> None:
    """In the callback of a weak reference, as Python's import has one for every module that it loads."""
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


SWALLOWED = """
import os, signal, weakref
from diagnostics.surfaces.interrupt import signals_interrupt

class Loaded:
    pass

def callback(_):
    os.kill(os.getpid(), signal.SIGTERM)
    list(map(str, range(100)))

with signals_interrupt():
    loaded = Loaded()
    reference = weakref.ref(loaded, callback)
    del loaded
    print("goes on")
"""


REFUSED = 16
"""What the run comes to when it is not interrupted: nothing listens on port 1."""


@pytest.mark.parametrize("output,first", [("jsonl", "{"), ("text", "")])
def test_reader_that_goes_away(postgres: Ordinary, output: str, first: str) -> None:
    """`| head -1`: quiet, and the exit code is still the verdict."""
    environ = environment(**postgres.variables(password="another"))
    with started("check", "-o", output, environ=environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(first)
        process.stdout.close()
        assert process.wait(PATIENCE) == 18
        assert process.stderr.read() == ""
