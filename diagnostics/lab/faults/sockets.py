"""Faults of the mounted socket."""

from diagnostics.core.codes import Cause
from diagnostics.lab.fault import Fault, Place
from diagnostics.lab.faults.rows import SOCKET, fails


def _socket(name: str, title: str, cause: Cause = Cause.SOCKET_NOT_MOUNTED) -> Fault:
    return Fault(name=name, title=title, place=Place.SOCKETS, expected=fails(cause, 16, SOCKET))


SOCKETS = (
    _socket("instance-not-attached", "no instance is attached to the revision"),
    _socket("wrong-instance-attached", "another instance is attached to the revision"),
    _socket(
        "socket-permission-denied",
        "the app's user may not go into the socket's directory",
        Cause.SOCKET_PERMISSION_DENIED,
    ),
    _socket("socket-stale", "the socket's file is there, and nobody listens", Cause.SOCKET_REFUSED),
)
