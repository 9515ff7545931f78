"""Which system user the lab's processes run as: PostgreSQL refuses root, and an app on Cloud Run should not be root."""

import os
import pwd
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from diagnostics.lab.world import Value

UNPRIVILEGED = "nobody"
"""Owns nothing on any system."""


READING_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}
"""Names as setpriv takes them, numbers as in linux/capability.h."""


class Account(Value, frozen=True, kw_only=True):
    """A user and how to become one."""

    uid: int
    gid: int
    capability: str = ""
    """Kept where the user may not walk to the programs that it has to run: a checkout or a Python below root's home."""

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
        """The command, run as this user, ended when the thread that starts it ends."""
        if not self.is_other:
            return ("setpriv", "--pdeathsig", "TERM", *argv)
        become = ("setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--pdeathsig", "TERM")
        keep = (f"--inh-caps=-all,+{self.capability}", f"--ambient-caps=-all,+{self.capability}")
        return (*become, *(keep if self.capability else ()), *argv)


def unprivileged(programs: Iterable[Path] = ()) -> Account:
    """Ourselves; nobody where we are root, able to read ``programs`` and our own Python."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    entry = pwd.getpwnam(UNPRIVILEGED)
    needed = (Path(sys.executable), Path(sys.prefix), Path(sys.base_prefix), Path(__file__), *programs)
    closed = any(not _is_open(path) for path in needed)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, capability=_reading_capability() if closed else "")


def _is_open(path: Path) -> bool:
    """Whether anybody may walk to it."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in path.resolve().parents)


def _reading_capability() -> str:
    """The smallest that reads any file, of those that we can hand on: containers often lack the first."""
    status = Path("/proc/self/status").read_text()
    bounds = int(next(line for line in status.splitlines() if line.startswith("CapBnd:")).split()[1], 16)
    return next((name for name, number in READING_CAPABILITIES.items() if bounds >> number & 1), "")
