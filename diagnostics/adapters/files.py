"""Files: the few looks that checks need, and reading that neither waits for a device nor fills memory.

A volume may hang (Cloud Run fetches a mounted secret at each read; NFS, FUSE), and what a path names may be a pipe
that nobody writes to, or a device that never ends. So reading happens in a thread, with a limit.
"""

import concurrent.futures
import os
import stat
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeVar

from diagnostics.adapters.threads import Threads
from diagnostics.ports import PathKind

T = TypeVar("T")

LIMIT = 5.0
"""Seconds for one file. Reading a secret of Cloud Run takes a fifth of a second; a volume that hangs takes for ever."""

PATIENCE = 10.0
"""Seconds for all files of one look at the settings."""

LEAST = 0.05
"""Seconds that each file has at least: a hundred times what a disk takes."""

LARGEST = 64 * 1024
"""Bytes of a file of settings or credentials: a secret or a list of targets is far smaller, a device or log is not."""

MOST_NAMES = 1000
"""Names of a directory that are looked at: one with sockets has a few."""

_THREADS = Threads(32)
"""A look that hangs keeps its thread, one for each path."""

_LOOKS = Threads(4)
"""For looks of checks: where all of them hang, nothing that a check looks at is there."""

_KERNELS = ("/sys/", "/proc/")
"""What the kernel makes up in memory cannot hang, and needs no thread."""


def opened(path: str, largest: int = LARGEST) -> BinaryIO:
    """A regular file of ``largest`` bytes at most, open for reading; OSError, ValueError."""
    # Without waiting: a pipe that nobody writes to would hold us up before we could see what it is.
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), "rb")
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_size > largest:
        file.close()
        raise ValueError("not a regular file, or too large")
    return file


def content(path: str, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file; OSError, or ValueError where it is none, or larger."""
    with opened(path, largest) as file:
        # Some files of the kernel say that they are empty, and are not.
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError("too large")
    return data


class PatientReader:
    """Reads files for one look at the settings, for so many seconds in all: what takes longer is not waited for."""

    _looks: dict[tuple[str, str], tuple[float, concurrent.futures.Future[Any]]] = {}  # noqa: RUF012 - of the process
    """When a look that is not over began. One that hangs is not joined by another at each turn."""

    def __init__(self, patience: float = PATIENCE, look: Callable[[str], bytes] = content) -> None:
        self._until = time.monotonic() + patience
        self._look = look

    def read(self, path: str) -> str:
        """The text of a small regular file; OSError (TimeoutError), or ValueError: too large, no file, no UTF-8."""
        return self._bounded("read", path, lambda: self._look(path)).decode()

    def exists(self, path: str) -> bool:
        """Whether something is there, readable or not; False where nobody says in time."""
        try:
            self._bounded("exists", path, lambda: os.lstat(path))
        except (OSError, ValueError):
            return False
        return True

    def _bounded(self, kind: str, path: str, look: Callable[[], T]) -> T:
        if path.startswith(_KERNELS):
            return look()
        now = time.monotonic()
        began, future = self._looks.get((kind, path), (0.0, None))
        if future is None or future.done():
            began, future = self._looks[kind, path] = now, _THREADS.start(look)
        try:
            found: T = future.result(self._patience(now - began, now))
        finally:
            if future.done():
                self._looks.pop((kind, path), None)
        return found

    def _patience(self, age: float, now: float) -> float:
        """Seconds for a look of this age: a little for each, so that one that hangs is not the end of the others."""
        return LEAST if age > LIMIT else max(LEAST, min(LIMIT, self._until - now))


async def in_file_thread(call: Callable[[], T]) -> T:
    """What a call that opens files returns or raises; TimeoutError."""
    return await _THREADS.run(call, LIMIT)


def at_once(look: Callable[[], T], otherwise: T) -> T:
    """What a look says at once; ``otherwise`` where a volume does not say it in 50 ms: the loop stands still for it."""
    try:
        return _LOOKS.wait(look, LEAST)
    except TimeoutError:
        return otherwise


class SystemFiles:
    """Files of this container. Nothing is opened or written."""

    def kind(self, path: PurePosixPath) -> PathKind:
        """What is there, symbolic links followed; FORBIDDEN where a directory on the way may not be entered."""
        return at_once(lambda: _kind(path), PathKind.MISSING)

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        """Sorted names in a directory, of a thousand at most; empty where it cannot be listed."""
        return at_once(lambda: _names(path), ())


def _kind(path: PurePosixPath) -> PathKind:
    try:
        mode = Path(path).stat().st_mode
    except PermissionError:
        return PathKind.FORBIDDEN
    except (OSError, ValueError):  # missing, too long, a loop of links; ValueError is a NUL
        return PathKind.MISSING
    if stat.S_ISDIR(mode):
        return PathKind.DIRECTORY
    return PathKind.SOCKET if stat.S_ISSOCK(mode) else PathKind.FILE


def _names(path: PurePosixPath) -> tuple[str, ...]:
    try:
        return tuple(sorted(entry.name for entry in islice(Path(path).iterdir(), MOST_NAMES)))
    except (OSError, ValueError):
        return ()
