"""The command line as a process of its own: ``python -m tests.surfaces.program ACT ARGUMENT...``.

ACT is the name of a report, or ``hang``: a run that has begun ``postgres.startup`` and says so by one line on the file
descriptor in READY, then waits for ever.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.report import Report
from diagnostics.surfaces import cli
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import Watcher
from tests.surfaces import stage
from tests.surfaces.reports import REPORTS


class RealClock(stage.PlayedClock):
    """Time as it is, for what is drawn while a run goes on."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class HangingSession(stage.PlayedSession):
    """A run that does not end by itself, and closes what it opened when it is cancelled."""

    async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
        watcher.started("orders", CheckId.POSTGRES_STARTUP)
        os.write(int(os.environ["READY"]), b"ready\n")
        try:
            await asyncio.Event().wait()
        finally:
            os.write(int(os.environ["READY"]), b"closed\n")


def session(act: str) -> stage.PlayedSession:
    if act == "hang":
        return HangingSession(acts=[[]])
    return stage.PlayedSession(acts=[[REPORTS[act]]])


def main() -> int:
    act, *arguments = sys.argv[1:]
    word = os.environ.get("TERMINATION_LOG")
    world = World(
        environ=os.environ,
        stdout=sys.stdout,
        stderr=sys.stderr,
        termination_log=Path(word) if word else None,
    )
    services = msgspec.structs.replace(stage.services(session(act), []), clock=RealClock)
    return cli.run(services, arguments, world)


if __name__ == "__main__":
    sys.exit(main())
