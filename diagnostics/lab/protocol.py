"""The server's side of the first messages of the PostgreSQL protocol, version 3.

Source: PostgreSQL 16 documentation, chapters "Message Flow" and "Message Formats".
"""

import socket
import struct
from enum import IntEnum

from diagnostics.lab.world import Value

LONGEST_STARTUP = 10_000
"""MAX_STARTUP_PACKET_LENGTH of the server."""

HEADER = 8
"""Bytes of length and code that open every first message."""

LENGTH = 4
"""Bytes of a message's length, which counts itself."""

LONGEST_PASSWORD = 65_536
"""Of a message that answers a password request; tokens take about 2 KiB."""


class Request(IntEnum):
    """Codes that stand where a startup message has the protocol version."""

    CANCEL = 80877102
    SSL = 80877103
    GSS_ENCRYPTION = 80877104


class NotPostgresError(Exception):
    """What came is no first message of the protocol."""


class First(Value, frozen=True, kw_only=True):
    """The first message of a client, or the next after a refused request for encryption."""

    code: int
    raw: bytes
    """The whole message, to be passed on unchanged."""

    @property
    def parameters(self) -> dict[str, str]:
        """Names and values of a startup message."""
        parts = self.raw[HEADER:].split(b"\0")
        names, values = parts[0::2], parts[1::2]
        return {
            name.decode(errors="replace"): value.decode(errors="replace")
            for name, value in zip(names, values, strict=False)
            if name
        }

    @property
    def user(self) -> str:
        """Who logs in."""
        return self.parameters.get("user", "")

    @property
    def database(self) -> str:
        """Where to; the user's name when the client does not say."""
        return self.parameters.get("database", self.user)


def read_exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes, raising EOFError when the client goes before."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_first(connection: socket.socket) -> First:
    """A message without type byte, raising NotPostgresError or EOFError."""
    head = read_exactly(connection, HEADER)
    length, code = struct.unpack("!II", head)
    if not HEADER <= length <= LONGEST_STARTUP:
        raise NotPostgresError
    return First(code=code, raw=head + read_exactly(connection, length - HEADER))


def read_password(connection: socket.socket) -> str:
    """The answer to a request for a cleartext password, raising NotPostgresError or EOFError."""
    kind, length = struct.unpack("!cI", read_exactly(connection, 5))
    if kind != b"p" or not LENGTH <= length <= LONGEST_PASSWORD:
        raise NotPostgresError
    return read_exactly(connection, length - LENGTH).rstrip(b"\0").decode(errors="replace")


def message(kind: bytes, body: bytes) -> bytes:
    """One typed message."""
    return kind + struct.pack("!I", len(body) + LENGTH) + body


def fatal(sqlstate: str, text: str, routine: str) -> bytes:
    """An ErrorResponse with the fields that a server of version 9.6 or later sends; a pooler names no routine."""
    fields = {"S": "FATAL", "V": "FATAL", "C": sqlstate, "M": text}
    if routine:
        fields |= {"F": "auth.c", "L": "1", "R": routine}
    return message(b"E", b"".join(f"{name}{value}\0".encode() for name, value in fields.items()) + b"\0")


KERBEROS = message(b"R", struct.pack("!I", 2))
"""AuthenticationKerberosV5, which servers asked for until version 9.3 and no client has any more."""

CLEARTEXT_PASSWORD = message(b"R", struct.pack("!I", 3))
"""AuthenticationCleartextPassword."""
