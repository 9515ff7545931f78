"""Where everything is measured: one lab with Debian's PostgreSQL, and programs that start from a clean environment."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from diagnostics.lab.lab import Lab

PEERS = Path(__file__).parent / "peers"

PROGRAM = str(Path(sys.executable).parent / "cloudsql-diag")
"""The command as it is installed."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much to measure."""

    processes: int
    """Rounds where a round starts processes: tenths of a second each."""
    connector_processes: int
    """Rounds with Google's connector, which takes a second to load."""
    climbs: int
    """Rounds within one process: some milliseconds each."""
    blackholes: int
    """Rounds of waiting for silence."""
    patience: float
    """Seconds after which a peer in the silence is ended."""
    scrapes: int
    """Fifty a second."""
    cycles: int
    """Ten a second, for each of three servers."""
    soak: int
    """Cycles of the sidecar while faults come and go: some fifty milliseconds each."""


FULL = Effort(
    processes=40, connector_processes=15, climbs=400, blackholes=3, patience=20.0, scrapes=1000, cycles=100, soak=5000
)
"""Nine minutes on two cores, four of them the soak."""

QUICK = Effort(
    processes=5, connector_processes=2, climbs=60, blackholes=1, patience=6.0, scrapes=100, cycles=20, soak=100
)
"""Whether it still runs, in two minutes; its numbers are not worth keeping."""

HANGS = 120.0
"""Seconds after which a program that should have ended is a failure of the benchmark."""


class Place:
    """A running lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    @property
    def database(self) -> dict[str, str]:
        """An ordinary PostgreSQL with TLS, as an app off Google Cloud is told of it: nothing of the cloud is known."""
        world = self.lab.world
        return self._clean() | {
            "POSTGRES_HOST": self.lab.addresses.inner,
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": world.user,
            "POSTGRES_PASSWORD": world.password,
            "POSTGRES_DB": world.database,
        }

    def _clean(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.lab.directory / "home")}

    def log_lines(self) -> int:
        """How many lines PostgreSQL has logged so far."""
        return len(self.lab.postgres.log.splitlines())


def check(*options: str, environment: Mapping[str, str], expected: int = 0) -> None:
    """Run ``cloudsql-diag check`` to its end; AssertionError where it ends in another way than expected."""
    done = subprocess.run(
        [PROGRAM, "check", *options],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
    )
    assert done.returncode == expected, f"exit code {done.returncode}: {done.stdout}{done.stderr}"


def peer(name: str, environment: Mapping[str, str]) -> None:
    """Run one of the peers to its good end."""
    subprocess.run(
        [sys.executable, str(PEERS / name)],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=HANGS,
        check=True,
    )
