"""``wait``: try until the path works, then become the application."""

import random

from diagnostics.surfaces import failures, wait
from diagnostics.surfaces.desk import Desk, desk, interruptible
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, Services


def wait_for_path(line: CommandLine, services: Services, world: World) -> int:
    """Does not return once the command runs; the last reports, and what was done, where it does not."""
    session = services.open(line)
    at = desk(line, session, services, world)
    # Before the path is waited for: it would be found out after all the waiting otherwise.
    problem = wait.missing(line.command, world.environ) if line.command else None
    if problem is not None:
        return _not_started(line.command, at, problem)
    jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
    waited = interruptible(at, lambda: wait.wait(session, at.progress, services.clock(), jitter, at.say))
    if not (waited.lets_start and line.command):
        for report in waited.reports:
            at.whole(report)
    command = line.command[0] if line.command else ""
    if waited.lets_start:
        (failures.path_works if waited.works else failures.path_unknown)(at.notes, waited, command)
        return _become(line.command, at) if line.command else 0
    failures.held_back(at.notes, waited, command)
    return waited.exit_code


def _become(command: tuple[str, ...], at: Desk) -> int:
    try:
        wait.execute(command, at.world.handed_on)
    except OSError as error:
        return _not_started(command, at, error)


def _not_started(command: tuple[str, ...], at: Desk, error: OSError) -> int:
    failures.cannot(at.notes, f"start {command[0]}", error)
    return wait.exit_code_of(error)
