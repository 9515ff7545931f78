"""From what was typed and what the environment says to settings that runs can use."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from diagnostics.core.model import Resolution
from diagnostics.settings import ALONE, Loaded, SettingsError, resolve, select, task_of
from diagnostics.surfaces.services import CommandLine, UsageError, Verb

LARGEST = 64 * 1024
"""Bytes of a settings file: a secret or a list of targets is far smaller, a device or a log is not."""

OWN_TO_SURFACES = frozenset({"output", "report"})
"""Flags that the command line reads itself."""


class SettingsFiles:
    """The two looks at the file system that settings need."""

    def read(self, path: str) -> str:
        """The text of a small regular file; OSError, or ValueError where it is too large or no UTF-8."""
        # Opened without waiting: a pipe that nobody writes to would hold us up before we could see what it is.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("not a regular file")
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError("too large for a settings file")
        return data.decode()

    def exists(self, path: str) -> bool:
        """Whether something is there, readable or not."""
        try:
            Path(path).lstat()
        except (OSError, ValueError):
            return False
        return True


def load(line: CommandLine, environ: Mapping[str, str]) -> Loaded:
    """Settings with the selected targets; UsageError with every mistake in our own flags, variables and file.

    Tasks of a job share the targets of ``check`` among them. What ``wait`` starts needs all of them in each task.
    """
    task = task_of(environ) if line.verb is Verb.CHECK else ALONE
    try:
        loaded = resolve(environ, flags_of(line), SettingsFiles())
        return msgspec.structs.replace(loaded, resolutions=select(loaded, task))
    except SettingsError as error:
        raise UsageError(*(problem.sentence for problem in error.problems)) from None


def load_leniently(line: CommandLine, environ: Mapping[str, str], say: Callable[[str], None]) -> Loaded:
    """The same for ``serve``, which goes on with defaults in place of what is wrong, and says so.

    It watches every target of the config file unless one is named: who starts a sidecar wants to know of all.
    """
    try:
        loaded = resolve(environ, flags_of(line), SettingsFiles())
        return msgspec.structs.replace(loaded, resolutions=_watched(loaded))
    except SettingsError as error:
        for problem in error.problems:
            say(f"{problem.sentence}; serve goes on without it")
        return error.loaded


def _watched(loaded: Loaded) -> tuple[Resolution, ...]:
    return select(loaded) if loaded.invocation.target else loaded.resolutions


def flags_of(line: CommandLine) -> dict[str, str]:
    """What was typed, by name; a flag that was repeated is joined with commas."""
    names = dict.fromkeys(flag.name for flag in line.flags if flag.name not in OWN_TO_SURFACES)
    return {name: ",".join(line.all(name)) for name in names}
