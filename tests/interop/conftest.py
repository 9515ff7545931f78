"""The lab as a program: what runs in it has the environment of an app on Cloud Run and knows nothing of us."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diagnostics.lab.ground import Isolation

REPO = Path(__file__).parents[2]

LabRun = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def lab_run() -> LabRun:
    """Runs a command in a fresh lab on the connector route: `lab_run("node", "x.mjs", login="iam")`."""

    def run(
        *command: str,
        login: str,
        faults: tuple[str, ...] = (),
        isolation: Isolation = Isolation.LOOPBACK,
        world: tuple[str, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        options = ["--route", "connector", "--login", login, "--isolation", isolation]
        options += [*(f"--fault={fault}" for fault in faults), *(f"--world={setting}" for setting in world)]
        return subprocess.run(
            # Not through our own command: these tests are about the lab, and hold without the rest.
            [sys.executable, "-m", "diagnostics.lab", "run", *options, "--", *command],
            env={**os.environ, "PATH": f"{REPO / '.tools/bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return run
