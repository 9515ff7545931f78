"""Copies bytes between two connections, TLS or not, in one thread."""

import socket
import ssl
from collections.abc import Callable
from select import POLLERR, POLLHUP, POLLIN, poll

CHUNK = 65536

SEND_SECONDS = 30.0
"""A peer that takes nothing for this long is gone."""


def pipe(client: socket.socket, server: socket.socket, until: Callable[[bytes], bool] | None = None) -> bool:
    """Copy both ways until one side ends; True if ``until`` said so of bytes from the client, which are kept back.

    One thread, because a TLS connection must not be read and written by two at the same time.
    """
    events = poll()
    other = {}
    for here, there in ((client, server), (server, client)):
        events.register(here, POLLIN)
        other[here.fileno()] = (here, there)
    while True:
        for descriptor in _ready(events, (client, server)):
            here, there = other[descriptor]
            data = _receive(here)
            if data is None:
                continue
            if not data:
                return False
            if until is not None and here is client and until(data):
                return True
            there.settimeout(SEND_SECONDS)
            there.sendall(data)


def _ready(events: poll, connections: tuple[socket.socket, ...]) -> list[int]:
    """Descriptors to read: bytes that TLS has already taken off the wire never show in a poll."""
    pending = [each.fileno() for each in connections if isinstance(each, ssl.SSLSocket) and each.pending()]
    return pending or [descriptor for descriptor, event in events.poll() if event & (POLLIN | POLLHUP | POLLERR)]


def _receive(connection: socket.socket) -> bytes | None:
    """What is there: bytes, nothing more to come (empty), or not a whole TLS record yet (None)."""
    connection.settimeout(0)
    try:
        return connection.recv(CHUNK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except (ConnectionError, ssl.SSLError):
        return b""
