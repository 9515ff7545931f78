"""Runs commands with the lab's name server as their resolver.

The C library reads one file and asks port 53, so the command gets a mount namespace of its own in which that file is
the lab's. Root may do that, and others where the kernel lets them have a user namespace.
"""

import subprocess
from pathlib import Path

from diagnostics.lab.account import Account

RESOLV_CONF = "/etc/resolv.conf"

PROBE_SECONDS = 10.0
"""Making a namespace takes a millisecond; whatever takes this long is refused."""

_MOUNT = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'
"""Run by sh inside the new namespace: the file to show, then the command."""


class OwnResolver:
    """How a command gets the lab's resolver, and becomes an unprivileged user."""

    def __init__(self, resolv_conf: Path, account: Account) -> None:
        self._resolv_conf = resolv_conf
        self._account = account

    @staticmethod
    def write(path: Path, name_server: str) -> Path:
        """The resolver's settings: one attempt short enough for a test to wait for."""
        path.write_text(f"nameserver {name_server}\noptions timeout:2 attempts:1\n")
        path.chmod(0o644)
        return path

    def command(self, *argv: str) -> tuple[str, ...]:
        """The command, in its own namespace."""
        inside = ("sh", "-c", _MOUNT, "lab", str(self._resolv_conf))
        if self._account.is_other:
            return ("unshare", "--mount", "--propagation", "private", *inside, *self._account.command(*argv))
        # An ordinary user is root in the namespace until the mount is done, and loses that with its capabilities.
        namespaces = ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "--propagation", "private")
        drop = ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--pdeathsig", "TERM")
        return (*namespaces, *inside, *drop, *argv)

    def refusal(self) -> str:
        """Why it does not work here, empty where it does."""
        try:
            done = subprocess.run(
                self.command("true"), capture_output=True, stdin=subprocess.DEVNULL, timeout=PROBE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return done.stderr.decode(errors="replace").strip() if done.returncode else ""
