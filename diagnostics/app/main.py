"""The services that the command line is handed, each loading what it needs when it is called."""

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostics.surfaces.cli import run
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, Services
from diagnostics.surfaces.streams import open_closed

if TYPE_CHECKING:
    import click

    from diagnostics.check import Check
    from diagnostics.core.report import Report
    from diagnostics.ports import Clock
    from diagnostics.surfaces.services import ConfigView, Session

TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes looks for a container's last words."""

INHERITED = Path("/proc/self/environ")
"""What this process was started with; nothing that is set later shows there."""

COLLECT_AFTER = 700
"""Objects between two garbage collections in a process that stays: Python's own default."""


def main() -> None:
    """The ``cloudsql-diag`` command."""
    open_closed()
    world = World(
        environ=os.environ,
        stdout=sys.stdout,
        stderr=sys.stderr,
        termination_log=TERMINATION_LOG,
        inherited=_inherited(),
    )
    code = run(services(), sys.argv[1:], world)
    # At its end the interpreter looks through everything that is left, once more, for nothing.
    gc.freeze()
    sys.exit(code)


def _inherited() -> dict[bytes, bytes]:
    """The environment as the kernel got it: Python adds LC_CTYPE where the locale is C (PEP 538)."""
    try:
        block = INHERITED.read_bytes()
    except OSError:
        return dict(os.environb)
    pairs = (entry.partition(b"=") for entry in block.split(b"\0") if b"=" in entry)
    return {name: value for name, _, value in pairs}


def services() -> Services:
    """Everything that the verbs need from the rest of the program."""
    return Services(
        open=_open,
        describe=_describe,
        rediagnose=_rediagnose,
        checks=_checks,
        serve=_serve,
        lab=_lab,
        clock=_clock,
    )


def _open(line: CommandLine) -> "Session":
    from diagnostics.app.session import open_session

    return open_session(line, os.environ)


def _clock() -> "Clock":
    from diagnostics.adapters.clock import SystemClock

    return SystemClock()


def _describe(line: CommandLine) -> "ConfigView":
    from diagnostics.app.config import describe

    return describe(line, os.environ)


def _rediagnose(report: "Report") -> "Report":
    from diagnostics.core.replay import rediagnose

    return rediagnose(report)


def _checks() -> "tuple[Check, ...]":
    from diagnostics.checks import CHECKS

    return CHECKS


def _serve(line: CommandLine) -> int:
    from diagnostics.app.sidecar import serve

    gc.set_threshold(COLLECT_AFTER)
    return serve(line, os.environ)


def _lab() -> "click.Command":
    from diagnostics.lab.cli import lab

    gc.set_threshold(COLLECT_AFTER)
    return lab
