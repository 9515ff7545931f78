"""The file system that a command in the container sees: the machine's, with what Cloud Run mounts in its place.

A mount namespace with a root of its own, made of bind mounts: nothing of the machine's root is touched, and all of it
is gone with the last process in it.
"""

import os
from pathlib import Path

from diagnostics.lab.namespaces import CLONE_NEWNS, call, unshared

_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
"""MS_BIND, MS_REC, MS_PRIVATE of linux/mount.h."""

_DETACH = 2
"""MNT_DETACH."""

HIDDEN = frozenset({"cloudsql", "run"})
"""Of the machine's root: sockets of its services would be a way out of the network."""

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
"""The C library has no wrapper for this system call; numbers of linux/unistd.h."""


def make_root(place: Path, resolv_conf: Path, sockets: Path | None) -> int:
    """A descriptor of a mount namespace whose root has the resolver's settings and, if given, /cloudsql.

    ``place`` is an empty directory. Raises OSError.
    """

    def prepare() -> None:
        call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
        call("mount", b"lab", os.fsencode(place), b"tmpfs", 0, b"mode=0755")
        for name in os.listdir("/"):  # noqa: PTH208 - names are wanted
            if name not in HIDDEN:
                _show(Path("/", name), place / name)
        (place / "run").mkdir()
        _bind(resolv_conf, place / "etc" / "resolv.conf")
        if sockets is not None:
            (place / "cloudsql").mkdir()
            _bind(sockets, place / "cloudsql")
        _enter(place)

    return unshared(CLONE_NEWNS, "mnt", prepare)


def _show(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()
    _bind(source, target)


def _bind(source: Path, target: Path) -> None:
    call("mount", os.fsencode(source), os.fsencode(target), None, _BIND | _RECURSIVE, None)


def _enter(place: Path) -> None:
    """Make it the root of the namespace, and let the old one go (pivot_root(2), "pivot_root('.', '.')")."""
    os.chdir(place)
    call("syscall", _PIVOT_ROOT[os.uname().machine], b".", b".")
    call("umount2", b".", _DETACH)
    os.chdir("/")
