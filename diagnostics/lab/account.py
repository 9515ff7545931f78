"""Which system user the lab's processes run as: PostgreSQL refuses root, and an app on Cloud Run should not be root."""

import os
import pwd
from pathlib import Path

from diagnostics.lab.world import Value

UNPRIVILEGED = "nobody"
"""Owns nothing on any system."""


class Account(Value, frozen=True, kw_only=True):
    """A user and how to become one."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is somebody else than who we are."""
        return self.uid != os.geteuid()

    def own(self, path: Path) -> Path:
        """Give a file or directory to this user."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)
        return path

    def command(self, *argv: str) -> tuple[str, ...]:
        """The command, run as this user, ended when whoever started it dies.

        Where the user may not walk to the program (a checkout below root's home), the process keeps the one capability
        that lets it read files.
        """
        if not self.is_other:
            return ("setpriv", "--pdeathsig", "TERM", *argv)
        become = ("setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--pdeathsig", "TERM")
        return (*become, *argv)


def unprivileged() -> Account:
    """Ourselves, or nobody where we are root."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)
