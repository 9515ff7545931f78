"""The directory that a lab lives in: who may see what of it, and that it goes with the lab."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Self

from diagnostics.lab.account import Account
from diagnostics.lab.root import HIDDEN

LONGEST_TEMPORARY = 20
"""Characters of a temporary directory below which instance names of usual length still fit a socket's path."""


PREFIX = "lab-"

LOCK = "lock"
"""A file that is locked for as long as the lab's process lives, however it ends."""


class Workplace:
    """A context manager. The path is short, because every socket's is below it."""

    def __init__(self, account: Account) -> None:
        """``account`` runs the commands."""
        self._account = account
        self._lock: IO[str] | None = None
        self.path: Path

    def __enter__(self) -> Self:
        base = _base()
        _sweep(base)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        try:
            # It gets its name when it is locked: nobody ever sees it otherwise while we live.
            self._lock = _locked(self.path / "new")
            (self.path / "new").rename(self.path / LOCK)
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    def _furnish(self) -> None:
        # Others may pass, but not look around.
        self.path.chmod(0o711)
        for path in (self.private, self.postgres):
            path.mkdir(mode=0o700)
        for path in (self.sockets, self.home):
            path.mkdir(mode=0o755)
        self._account.own(self.home)

    @property
    def private(self) -> Path:
        """For keys, which ``ssl`` reads from files only."""
        return self.path / "private"

    @property
    def postgres(self) -> Path:
        """The server's cluster and socket."""
        return self.path / "postgres"

    @property
    def sockets(self) -> Path:
        """The mounted sockets."""
        return self.path / "cloudsql"

    @property
    def home(self) -> Path:
        """Where commands work."""
        return self.path / "home"

    def show(self, name: str, text: str) -> str:
        """The path of a file that everybody may read."""
        path = self.path / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)


def workplaces() -> tuple[Path, ...]:
    """The directories of labs on this machine, anybody's, in the order of their names."""
    return tuple(sorted(_base().glob(f"{PREFIX}*/")))


def _base() -> Path:
    base = tempfile.gettempdir()
    if len(base) > LONGEST_TEMPORARY or not HIDDEN.isdisjoint(Path(base).parts):
        base = "/tmp"  # noqa: S108 - mkdtemp makes a private one in it
    return Path(base)


def _locked(path: Path) -> IO[str]:
    """The file, locked until it is closed; raises BlockingIOError where somebody else has it."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


def _sweep(base: Path) -> None:
    """Take away what killed labs of ours left behind: a database cluster each."""
    for lock in base.glob(f"{PREFIX}*/{LOCK}"):
        with contextlib.suppress(OSError):
            if lock.stat().st_uid == os.geteuid():
                with _locked(lock):
                    shutil.rmtree(lock.parent, ignore_errors=True)
