"""Faults of the mounted socket."""

from diagnostics.core.codes import Cause
from diagnostics.lab.fault import Fault, Place
from diagnostics.lab.faults.rows import SOCKET, fails


def _socket(name: str, title: str) -> Fault:
    return Fault(name=name, title=title, place=Place.SOCKETS, expected=fails(Cause.SOCKET_NOT_MOUNTED, 16, SOCKET))


SOCKETS = (
    _socket("instance-not-attached", "no instance is attached to the revision"),
    _socket("wrong-instance-attached", "another instance is attached to the revision"),
)
