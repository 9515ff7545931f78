"""A lab's own piece of the loopback network, so that labs side by side never collide."""

import os
import socket
from typing import Self

from diagnostics.lab.addresses import Addresses

NETWORKS = 256
"""How many /24 there are in 127.77.0.0/16."""


class NoNetworkLeftError(Exception):
    """Every network is claimed: 256 labs run at once, or something else sits on the names."""


class Claim:
    """One network, ours until released or until this process ends.

    The claim is an abstract unix socket: it needs no file, works for any user, ends with the process, and is known
    within the same network namespace as the addresses are.
    """

    def __init__(self, addresses: Addresses, lock: socket.socket) -> None:
        self.addresses = addresses
        self._lock = lock

    @classmethod
    def make(cls) -> Self:
        """The first free one; where to begin differs by process, so that labs that start together seldom compete."""
        for step in range(NETWORKS):
            number = (os.getpid() + step) % NETWORKS
            lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                lock.bind(f"\0cloudsql-diag-lab-127.77.{number}")
            except OSError:
                lock.close()
            else:
                return cls(Addresses.numbered(number), lock)
        raise NoNetworkLeftError

    def release(self) -> None:
        """Let others have it."""
        self._lock.close()
