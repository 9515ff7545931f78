"""The installed command as a process, from an environment in which nothing is set but what the test sets."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

PROGRAM = str(Path(sys.executable).parent / "cloudsql-diag")
PATIENCE = 30.0
"""Seconds after which a process that does not end is a failure; the longest of them meets a deadline of 8 s."""

Done = subprocess.CompletedProcess[str]


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", **variables}


def run(*arguments: str, environ: Mapping[str, str], enter: Sequence[str] = ()) -> Done:
    """The command's end. `enter` is the command that enters a namespace."""
    return subprocess.run(
        [*enter, PROGRAM, *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd="/",
    )


@contextmanager
def started(*arguments: str, environ: Mapping[str, str], enter: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs; it is killed when it takes too long, so that no read from it can hang."""
    process = subprocess.Popen(
        [*enter, PROGRAM, *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate(timeout=PATIENCE)


def no_crash(done: Done) -> None:
    """Whatever happened, it was not a bug of ours that the user gets to see."""
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "agent.crashed" not in said
    assert "fault of cloudsql-diag" not in said
    assert done.returncode != 1, said


class Report(msgspec.Struct, frozen=True):
    """The JSON document, read without our own types: as a user's program would."""

    document: dict[str, Any]

    @classmethod
    def of(cls, done: Done) -> "Report":
        assert done.stdout, done.stderr
        return cls(msgspec.json.decode(done.stdout))

    def check(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(entry for entry in self.document["checks"] if entry["id"] == name)
        return found

    def with_status(self, status: str) -> set[str]:
        return {entry["id"] for entry in self.document["checks"] if entry["status"] == status}

    def codes(self) -> dict[str, str]:
        """Of every check that is neither passed nor skipped."""
        return {entry["id"]: entry.get("code") or "" for entry in self.document["checks"] if entry.get("code")}

    @property
    def causes(self) -> list[str]:
        return [diagnosis["cause"] for diagnosis in self.document["diagnoses"]]


def check(*arguments: str, environ: Mapping[str, str], enter: Sequence[str] = ()) -> tuple[Done, Report]:
    """`check -o json`: the process and its document."""
    done = run("check", "-o", "json", *arguments, environ=environ, enter=enter)
    no_crash(done)
    return done, Report.of(done)
