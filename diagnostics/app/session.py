"""How ``check`` and ``wait`` begin: settings first, and beside the rest the driver that they name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diagnostics.adapters.drivers import AppDrivers
from diagnostics.app.inputs import load
from diagnostics.surfaces.services import CommandLine

if TYPE_CHECKING:
    from diagnostics.surfaces.services import Session


def open_session(line: CommandLine, environ: Mapping[str, str]) -> "Session":
    """Settings for the verb; UsageError where they cannot be used."""
    loaded, drivers = load(line, environ), AppDrivers(environ)
    # A driver takes longer to load than the rest of us: its process starts as soon as it is known which one.
    drivers.prepare_for(loaded.resolutions, loaded.options)
    from diagnostics.app.rounds import RunSession

    return RunSession(line, environ, loaded, drivers)
