"""``wait``: try until the path works, then become the application."""

import random

from diagnostics.surfaces import failures, wait
from diagnostics.surfaces.desk import Desk, desk, interruptible
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, Services


def wait_for_path(line: CommandLine, services: Services, world: World) -> int:
    """Does not return once the command runs; the last reports where the path did not come to work."""
    session = services.open(line)
    at = desk(line, session, services, world)
    jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
    waited = interruptible(at, lambda: wait.wait(session, at.progress, services.clock(), jitter, at.say))
    if waited.exit_code == 0 and line.command:
        failures.path_works(at.notes, waited.seconds, waited.tries, line.command[0])
        return _become(line.command, at)
    for report in waited.reports:
        at.whole(report)
    return waited.exit_code


def _become(command: tuple[str, ...], at: Desk) -> int:
    try:
        wait.execute(command, at.world.environ)
    except OSError as error:
        failures.cannot(at.notes, f"start {command[0]}", error)
        return wait.exit_code_of(error)
