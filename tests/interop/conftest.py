"""The lab as a program: what runs in it has the environment of an app on Cloud Run and knows nothing of us."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]

LabRun = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def lab_run() -> LabRun:
    """Runs a command in a fresh lab on the connector route: `lab_run("node", "x.mjs", login="iam")`."""

    def run(*command: str, login: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}:{REPO / '.tools/bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["cloudsql-diag", "lab", "run", "--route", "connector", "--login", login, "--", *command],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return run
