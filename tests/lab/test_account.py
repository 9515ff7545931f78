"""Who the lab's processes are: not root, and able to run what they must."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from diagnostics.lab.account import Account, unprivileged


@pytest.fixture
def hidden(tmp_path: Path) -> Path:
    """A program below a directory that only its owner may enter."""
    closed = tmp_path / "closed"
    closed.mkdir()
    program = closed / "program"
    program.write_text("#!/bin/sh\nid -u\n")
    program.chmod(0o755)
    closed.chmod(0o700)
    return program


def run(account: Account, *argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(account.command(*argv), capture_output=True, text=True, timeout=10, check=False, cwd="/")


def test_a_command_is_not_root() -> None:
    assert run(unprivileged(), "id", "-u").stdout.strip() not in {"", "0"}


def test_where_the_way_is_open_no_capability_is_kept() -> None:
    assert unprivileged([Path("/bin/sh")]).capability == unprivileged().capability


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_program_below_a_closed_directory_runs_all_the_same(hidden: Path) -> None:
    ordinary = Account(uid=unprivileged().uid, gid=unprivileged().gid)
    assert run(ordinary, str(hidden)).returncode != 0
    done = run(unprivileged([hidden]), str(hidden))
    assert done.stdout.strip() == str(ordinary.uid), done.stderr


def test_our_own_python_runs() -> None:
    assert run(unprivileged(), sys.executable, "-c", "import diagnostics.lab.world").returncode == 0
