"""Messages a client sends, as bytes.

Source: PostgreSQL documentation, "Message Formats". A value that cannot be sent is a `FieldError`, which names the
field and never the value: every one of these values may be a secret, or a piece of one that a broken URL spilled.
"""

import struct
from enum import StrEnum
from typing import Final

import msgspec

# 1234 in the high half and 5679 in the low: chosen by PostgreSQL so that it can be no protocol version.
_SSL_REQUEST_CODE: Final = 80877103
SSL_REQUEST: Final = struct.pack("!II", 8, _SSL_REQUEST_CODE)
"""Asks whether the server speaks TLS on this connection."""
_PROTOCOL_3_0: Final = 3 << 16
# MAX_STARTUP_PACKET_LENGTH of the server, which drops a longer packet without an answer.
_STARTUP_LIMIT: Final = 10_000
# PG_MAX_AUTH_TOKEN_LENGTH of the server for every message of the authentication phase.
_AUTH_LIMIT: Final = 65_535
# The server takes a query of up to 1 GB; ours are sentences, and a longer one is our own mistake.
_QUERY_LIMIT: Final = 64 * 1024


class Field(StrEnum):
    """The value that could not be sent."""

    USER = "user"
    DATABASE = "database"
    APPLICATION_NAME = "application_name"
    PARAMETER = "parameter"
    STARTUP = "startup"
    """All startup parameters together."""
    PASSWORD = "password"
    MECHANISM = "mechanism"
    SASL = "sasl"
    QUERY = "query"


class FieldProblem(StrEnum):
    """Why a value cannot be sent."""

    NUL = "nul"
    """It holds a NUL, which ends a string in this protocol."""
    ENCODING = "encoding"
    """It is not text: it holds a lone surrogate that stands for no byte."""
    EMPTY = "empty"
    """It is empty where that would end the message early."""
    TOO_LONG = "too_long"
    """The server would not read it."""


class FieldError(ValueError):
    """A value cannot be put on the wire.

    Attributes:
        field: which value.
        problem: what is wrong with it; the value itself, a position and a length are not kept.
    """

    def __init__(self, field: Field, problem: FieldProblem) -> None:
        super().__init__(f"{field}: {problem}")
        self.field: Final = field
        self.problem: Final = problem


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One run-time parameter for the startup packet, for example `options` or `client_encoding`."""

    name: str
    value: str


class Startup(msgspec.Struct, frozen=True, kw_only=True):
    """What the startup packet says.

    Attributes:
        user: role to log in as.
        database: None leaves it to the server, which takes the user's name.
        application_name: shown in pg_stat_activity and in the server's log.
        extra: further parameters in the order they are sent.
    """

    user: str
    database: str | None = None
    application_name: str | None = None
    extra: tuple[Parameter, ...] = ()


def encode(value: str, field: Field) -> bytes:
    """The bytes of a value as libpq would send them.

    A value from the environment that was not UTF-8 comes back as the bytes it was.

    Raises:
        FieldError: NUL, or not text.
    """
    try:
        encoded = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        encoded = None
    # Raised outside the handler: the codec's exception holds the value, and would travel along as the context.
    if encoded is None:
        raise FieldError(field, FieldProblem.ENCODING)
    if b"\0" in encoded:
        raise FieldError(field, FieldProblem.NUL)
    return encoded


def startup(values: Startup) -> bytes:
    """StartupMessage of protocol 3.0.

    Raises:
        FieldError: a value cannot be sent.
    """
    parts = [*_pair(b"user", encode(values.user, Field.USER))]
    if values.database is not None:
        parts += _pair(b"database", encode(values.database, Field.DATABASE))
    if values.application_name is not None:
        parts += _pair(b"application_name", encode(values.application_name, Field.APPLICATION_NAME))
    for parameter in values.extra:
        name = encode(parameter.name, Field.PARAMETER)
        if not name:
            raise FieldError(Field.PARAMETER, FieldProblem.EMPTY)
        parts += _pair(name, encode(parameter.value, Field.PARAMETER))
    body = struct.pack("!I", _PROTOCOL_3_0) + b"".join(parts) + b"\0"
    if len(body) + 4 > _STARTUP_LIMIT:
        raise FieldError(Field.STARTUP, FieldProblem.TOO_LONG)
    return struct.pack("!I", len(body) + 4) + body


def password(secret: bytes) -> bytes:
    """PasswordMessage: a password in clear, or its MD5 answer.

    Raises:
        FieldError: NUL, or longer than the server reads.
    """
    if b"\0" in secret:
        raise FieldError(Field.PASSWORD, FieldProblem.NUL)
    return _framed(b"p", secret + b"\0", Field.PASSWORD, _AUTH_LIMIT)


def sasl_initial_response(mechanism: str, response: bytes) -> bytes:
    """SASLInitialResponse: the chosen mechanism and its first message."""
    name = encode(mechanism, Field.MECHANISM)
    return _framed(b"p", name + b"\0" + struct.pack("!i", len(response)) + response, Field.SASL, _AUTH_LIMIT)


def sasl_response(data: bytes) -> bytes:
    """SASLResponse: a further message of the mechanism."""
    return _framed(b"p", data, Field.SASL, _AUTH_LIMIT)


def query(sql: str) -> bytes:
    """Simple Query.

    Raises:
        FieldError: a value cannot be sent.
    """
    return _framed(b"Q", encode(sql, Field.QUERY) + b"\0", Field.QUERY, _QUERY_LIMIT)


def terminate() -> bytes:
    """Terminate: a polite end after login. During authentication it would be logged as an error."""
    return b"X" + struct.pack("!I", 4)


def _pair(name: bytes, value: bytes) -> tuple[bytes, ...]:
    return (name, b"\0", value, b"\0")


def _framed(kind: bytes, body: bytes, field: Field, limit: int) -> bytes:
    if len(body) > limit:
        raise FieldError(field, FieldProblem.TOO_LONG)
    return kind + struct.pack("!I", len(body) + 4) + body
