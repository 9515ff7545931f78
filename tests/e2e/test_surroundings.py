"""What the environment, the limits and the parent of the app may be: nothing of it stops us or reaches it changed."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import psutil
import pytest

from diagnostics.checks import CHECKS
from tests.e2e.program import PATIENCE, PROGRAM, environment, no_crash, run
from tests.sidecar.process import NOWHERE, OUTSIDE, serving

CLOSED = "postgresql://app@127.0.0.1:1/orders"
"""A port where nothing listens."""


@pytest.mark.parametrize("level", ["1", "2"])
def test_python_without_docstrings_and_asserts_says_the_same(level: str) -> None:
    """The variable stands in the image for the app's sake, and reaches every Python in it."""
    optimized = environment(DATABASE_URL=CLOSED, PYTHONOPTIMIZE=level)
    done = run("check", "-o", "json", environ=optimized)
    no_crash(done)
    assert done.returncode == 16
    assert all(declared.title in done.stdout for declared in CHECKS)
    waited = run("wait", "--timeout", "1", "--", "true", environ=optimized)
    no_crash(waited)
    assert waited.returncode == 124
    with serving(OUTSIDE, {**NOWHERE, "DATABASE_URL": CLOSED, "PYTHONOPTIMIZE": level}) as served:
        served.until("/api/v1/report", "tcp.refused")


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LANG": "C"}, {"LC_CTYPE": "POSIX"}], ids=str)
def test_the_app_gets_the_environment_that_we_got_byte_for_byte(locale: dict[str, str], tmp_path: Path) -> None:
    """Python adds LC_CTYPE to its own where the locale is C, and every program it starts would have it."""
    given = {os.fsencode(name): os.fsencode(value) for name, value in environment(**locale).items()}
    given |= {b"APP_BYTES": b"\xff\xfe\x80 caf\xe9", b"APP_EMPTY": b"", b"\xc3\xa4": b"=x="}
    seen = tmp_path / "seen"
    done = subprocess.run(
        [PROGRAM, "wait", "--", "cp", "/proc/self/environ", str(seen)],
        env=given,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pairs = dict(entry.split(b"=", 1) for entry in seen.read_bytes().split(b"\0") if entry)
    assert pairs == given


Stream = int | IO[bytes]


def limited(kind: int, most: int, out: Stream, err: Stream) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [PROGRAM, "check"],
        env=environment(DATABASE_URL=CLOSED),
        preexec_fn=lambda: resource.setrlimit(kind, (most, most)),
        timeout=PATIENCE,
        check=False,
        stdout=out,
        stderr=err,
    )


@pytest.mark.parametrize("most", range(5, 12))
def test_too_few_files_are_told_and_nothing_else_goes_wrong(most: int) -> None:
    done = limited(resource.RLIMIT_NOFILE, most, subprocess.PIPE, subprocess.PIPE)
    said = done.stdout + done.stderr
    assert b"Traceback" not in said
    assert b"fault of cloudsql-diag" not in said
    assert done.returncode == 16 or b"ulimit -n" in said, said


def test_files_that_may_not_grow_end_it_with_a_code_of_ours(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        assert limited(resource.RLIMIT_FSIZE, 0, out, err).returncode == 1


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGIO", "SIGRTMIN"])
def test_a_signal_that_means_nothing_ends_nothing(name: str) -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/startup")
        served.process.send_signal(getattr(signal, name))
        served.until("/live")
        assert served.terminate()[0] == 0


def test_as_the_first_process_it_lets_go_of_orphans_that_end() -> None:
    with serving(("unshare", "--pid", "--fork", "--kill-child", *OUTSIDE), NOWHERE) as served:
        served.until("/startup")
        (first,) = psutil.Process(served.process.pid).children()
        orphans = ["nsenter", "--target", str(first.pid), "--pid", "sh", "-c", "for i in 1 2 3; do sh -c true & done"]
        subprocess.run([*orphans], check=True, timeout=PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while [child for child in first.children() if child.status() == psutil.STATUS_ZOMBIE]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        served.until("/live")
