"""The tutorial, typed in: every command of it is run, and shows the lines that it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
BLOCKS = re.findall(r"```console\n\$ (.+)\n((?:.+\n)+)```", (REPO / "docs" / "tutorial.md").read_text())
PATIENCE = 60.0
"""Seconds: the slowest command waits eight for a byte that never comes, and starts a PostgreSQL before."""


@pytest.mark.parametrize(
    "command,promised", BLOCKS, ids=[re.sub(r"[^a-z0-9-]+", " ", command) for command, _ in BLOCKS]
)
def test_command_shows_what_the_tutorial_promises(command: str, promised: str, tmp_path: Path) -> None:
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environ,
        cwd=tmp_path,
        check=False,
    )
    shown = done.stdout
    assert [line for line in promised.splitlines() if line not in shown] == [], shown + done.stderr
