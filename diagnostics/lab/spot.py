"""Where a part of the lab listens, and in whose network its sockets are made."""

import socket
from collections.abc import Callable

from diagnostics.lab.world import Value

SocketMaker = Callable[[socket.AddressFamily, socket.SocketKind], socket.socket]
"""Makes a socket in some network; from there on it is like any other."""


def here(family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    """A socket in the network of this process."""
    return socket.socket(family, kind)


class Spot(Value, frozen=True, kw_only=True):
    """A place to listen at."""

    address: str
    port: int = 0
    """0: the kernel chooses it."""
    make: SocketMaker = here
