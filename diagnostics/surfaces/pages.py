"""The verbs that list something and make no run: ``config`` and ``checks``."""

from diagnostics.surfaces import listing
from diagnostics.surfaces.output import Output, choose
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, Services
from diagnostics.surfaces.streams import Documents

FORMATS = (Output.TEXT, Output.JSON)


def config(line: CommandLine, services: Services, world: World) -> int:
    """Print the effective settings; the exit code says whether something can be dialled with them."""
    output = choose(line.get("output"), world.environ, Output.TEXT, FORMATS)
    view = services.describe(line)
    Documents(world.stdout).write(listing.config(view, output, screen_of(world.stdout, world.environ)))
    return next((target.exit_code for target in view.targets if target.exit_code), 0)


def checks(line: CommandLine, services: Services, world: World) -> int:
    """Print the checks."""
    output = choose(line.get("output"), world.environ, Output.TEXT, FORMATS)
    text = listing.checks(services.checks(), output, screen_of(world.stdout, world.environ))
    Documents(world.stdout).write(text)
    return 0
