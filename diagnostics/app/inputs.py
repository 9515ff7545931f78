"""From what was typed and what the environment says to settings that runs can use."""

from collections.abc import Callable, Mapping

import msgspec

from diagnostics.adapters.files import PatientReader
from diagnostics.core.model import Resolution
from diagnostics.settings import ALONE, Files, Loaded, SettingsError, resolve, select, task_of
from diagnostics.surfaces.reticence import reticent
from diagnostics.surfaces.services import CommandLine, UsageError, Verb

OWN_TO_SURFACES = frozenset({"output", "report"})
"""Flags that the command line reads itself."""


def load(line: CommandLine, environ: Mapping[str, str]) -> Loaded:
    """Settings with the selected targets; UsageError with every mistake in our own flags, variables and file.

    Tasks of a job share the targets of ``check`` among them. What ``wait`` starts needs all of them in each task.
    """
    task = task_of(environ) if line.verb is Verb.CHECK else ALONE
    try:
        loaded = resolve(environ, flags_of(line), PatientReader())
        return msgspec.structs.replace(loaded, resolutions=select(loaded, task))
    except SettingsError as error:
        raise UsageError(*(problem.sentence for problem in error.problems)) from None


def load_leniently(line: CommandLine, environ: Mapping[str, str], say: Callable[[str], None], files: Files) -> Loaded:
    """The same for ``serve``, which goes on with defaults in place of what is wrong, and says so.

    It watches every target of the config file unless one is named: who starts a sidecar wants to know of all.
    """
    try:
        loaded = resolve(environ, flags_of(line), files)
        return msgspec.structs.replace(loaded, resolutions=_watched(loaded))
    except SettingsError as error:
        for problem in error.problems:
            say(f"{reticent(problem.sentence)}; serve goes on without it")
        return error.loaded


def _watched(loaded: Loaded) -> tuple[Resolution, ...]:
    return select(loaded) if loaded.invocation.target else loaded.resolutions


def flags_of(line: CommandLine) -> dict[str, str]:
    """What was typed, by name; a flag that was repeated is joined with commas."""
    names = dict.fromkeys(flag.name for flag in line.flags if flag.name not in OWN_TO_SURFACES)
    return {name: ",".join(line.all(name)) for name in names}
