"""``check``: one run for each target, or as many as ``--repeat`` says."""

import math

from diagnostics.surfaces.desk import desk, interruptible
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, Services


def check(line: CommandLine, services: Services, world: World) -> int:
    """Print a report for each target; the exit code of the first that is not healthy."""
    session = services.open(line)
    at = desk(line, session, services, world)
    if not session.targets:
        at.say("no target is left for this task: there are fewer targets than tasks")
    if session.repeat > 1:
        from diagnostics.surfaces.repeating import repeated

        interruptible(at, lambda: repeated(session, at, services.clock()))
        return at.exit_code
    interruptible(at, lambda: session.run(at, at.streamed, math.inf))
    return at.exit_code
