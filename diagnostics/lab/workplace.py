"""The directory that a lab lives in: who may see what of it, and that it goes with the lab."""

import shutil
import tempfile
from pathlib import Path
from typing import Self

from diagnostics.lab.account import Account

LONGEST_TEMPORARY = 20
"""Characters of a temporary directory below which instance names of usual length still fit a socket's path."""


class Workplace:
    """A context manager. The path is short, because every socket's is below it."""

    def __init__(self, account: Account) -> None:
        """``account`` runs the commands."""
        self._account = account
        self.path: Path

    def __enter__(self) -> Self:
        base = tempfile.gettempdir()
        if len(base) > LONGEST_TEMPORARY:
            base = "/tmp"  # noqa: S108 - mkdtemp makes a private one in it
        self.path = Path(tempfile.mkdtemp(prefix="lab-", dir=base))
        # Others may pass, but not look around.
        self.path.chmod(0o711)
        for path in (self.private, self.postgres):
            path.mkdir(mode=0o700)
        for path in (self.sockets, self.home):
            path.mkdir(mode=0o755)
        self._account.own(self.home)
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

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
