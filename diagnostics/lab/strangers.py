"""Servers that are not PostgreSQL, and bytes that are nothing at all: what a wrong host or port may lead to."""

import os
import socket

from diagnostics.lab.doors import hang_up, reset_at_close

HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 28\r\n"
    b"Connection: close\r\n\r\n<html>400 Bad Request</html>"
)
"""What a web server says to bytes that are no request."""

SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
"""An SSH server speaks first."""

MYSQL = (
    b"\x4a\x00\x00\x00\x0a8.0.36\x00\x0b\x00\x00\x00\x12\x2a\x51\x6d\x33\x1c\x66\x05\x00\xff\xff\xff\x02\x00"
    b"\xff\xdf\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x41\x5c\x2b\x6d\x1f\x77\x0c\x59\x66\x24\x3f\x3e\x00"
    b"caching_sha2_password\x00"
)
"""A MySQL server speaks first, too: packet length, sequence 0, protocol 10, version, and the rest of its greeting."""

GARBAGE_BYTES = 256
"""Enough to fill the header and the announced body of any message that it may look like."""


def silent(connection: socket.socket) -> None:
    """Take everything, answer nothing, until the client goes."""
    while connection.recv(65536):
        pass


def answer(connection: socket.socket, words: bytes) -> None:
    """Wait for the client's first bytes, say this, hang up."""
    connection.recv(65536)
    connection.sendall(words)
    hang_up(connection)


def greet(connection: socket.socket, words: bytes) -> None:
    """Say this at once, wait for what the client makes of it, hang up."""
    connection.sendall(words)
    connection.recv(65536)
    hang_up(connection)


def reset(connection: socket.socket) -> None:
    """Wait for the client's first bytes, then hang up so that it gets a reset."""
    connection.recv(1)
    reset_at_close(connection)
    connection.close()


def garbage() -> bytes:
    """Random bytes of which the first has its high bit set: no message type and no answer to SSLRequest has."""
    return bytes([0x80 | os.urandom(1)[0]]) + os.urandom(GARBAGE_BYTES - 1)
