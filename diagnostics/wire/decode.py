"""Bodies of server messages, from bytes to values.

Everything a decoder builds is bounded by the body it reads: counts are never trusted further than the bytes behind
them.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from diagnostics.wire.backend import (
    AuthenticationCleartext,
    AuthenticationMd5,
    AuthenticationOk,
    AuthenticationSasl,
    BackendKeyData,
    Column,
    CommandComplete,
    DataRow,
    EmptyQuery,
    ErrorResponse,
    Message,
    NegotiateProtocolVersion,
    NoticeResponse,
    ParameterStatus,
    ReadyForQuery,
    RowDescription,
    SaslContinue,
    SaslFinal,
    ServerText,
    Severity,
    TransactionStatus,
    Unknown,
    UnsupportedAuth,
)

# Digits of the largest number a server puts into a text field: 32 bits.
_MOST_DIGITS: Final = 10


class MalformedBodyError(Exception):
    """A body ends early, goes on too long, or holds a value its field cannot have. Never leaves the parser."""


class Body:
    """Reads a body from its start; every method raises `MalformedBodyError` when the bytes run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise MalformedBodyError
        chunk = self._data[self._at : end]
        self._at = end
        return chunk

    def unsigned(self, size: int) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def signed(self, size: int) -> int:
        """A signed integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big", signed=True)

    def text(self) -> str:
        """A string up to its NUL. Before login its encoding is unknown: what is not UTF-8 becomes U+FFFD."""
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise MalformedBodyError
        chunk = self._data[self._at : end]
        self._at = end + 1
        return chunk.decode("utf-8", "replace")

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)

    def finish(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._data):
            raise MalformedBodyError


def decode(kind: int, data: bytes) -> Message:
    """The message of type `kind` (its byte) with this body.

    Raises:
        MalformedBodyError: the body does not fit the type.
    """
    body = Body(data)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return Unknown(kind=chr(kind))
    message = decoder(body)
    body.finish()
    return message


def _authentication(body: Body) -> Message:
    number = body.unsigned(4)
    decoder = _AUTHENTICATION.get(number)
    if decoder is not None:
        return decoder(body)
    body.rest()
    return UnsupportedAuth(number=number)


def _sasl(body: Body) -> Message:
    mechanisms = []
    while name := body.text():
        mechanisms.append(name)
    return AuthenticationSasl(mechanisms=tuple(mechanisms))


def _error(body: Body) -> Message:
    return _server_text(body, ErrorResponse)


def _notice(body: Body) -> Message:
    return _server_text(body, NoticeResponse)


def _server_text(body: Body, kind: type[ServerText]) -> ServerText:
    fields: dict[bytes, str] = {}
    while (code := body.take(1)) != b"\0":
        fields[code] = body.text()
    return kind(
        severity=_severity(fields.get(b"V", fields.get(b"S"))),
        severity_text=fields.get(b"S"),
        sqlstate=fields.get(b"C"),
        message=fields.get(b"M", ""),
        detail=fields.get(b"D"),
        hint=fields.get(b"H"),
        position=_number(fields.get(b"P")),
        internal_position=_number(fields.get(b"p")),
        internal_query=fields.get(b"q"),
        where=fields.get(b"W"),
        schema=fields.get(b"s"),
        table=fields.get(b"t"),
        column=fields.get(b"c"),
        data_type=fields.get(b"d"),
        constraint=fields.get(b"n"),
        file=fields.get(b"F"),
        line=_number(fields.get(b"L")),
        routine=fields.get(b"R"),
    )


def _severity(text: str | None) -> Severity:
    return Severity.__members__.get(text or "", Severity.UNKNOWN)


def _number(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    return int(text)


def _parameter_status(body: Body) -> Message:
    return ParameterStatus(name=body.text(), value=body.text())


def _backend_key_data(body: Body) -> Message:
    process_id = body.unsigned(4)
    body.rest()
    return BackendKeyData(process_id=process_id)


def _ready_for_query(body: Body) -> Message:
    status = body.take(1).decode("latin-1")
    if status not in {"I", "T", "E"}:
        raise MalformedBodyError
    return ReadyForQuery(status=TransactionStatus(status))


def _row_description(body: Body) -> Message:
    return RowDescription(columns=tuple(_column(body) for _ in range(body.unsigned(2))))


def _column(body: Body) -> Column:
    return Column(
        name=body.text(),
        table=body.unsigned(4),
        attribute=body.signed(2),
        type_oid=body.unsigned(4),
        type_size=body.signed(2),
        type_modifier=body.signed(4),
        format=body.unsigned(2),
    )


def _data_row(body: Body) -> Message:
    return DataRow(values=tuple(_value(body) for _ in range(body.unsigned(2))))


def _value(body: Body) -> bytes | None:
    size = body.signed(4)
    return None if size == -1 else body.take(size)


def _negotiate_protocol_version(body: Body) -> Message:
    newest = body.unsigned(4)
    return NegotiateProtocolVersion(newest=newest, unrecognized=tuple(body.text() for _ in range(body.unsigned(4))))


_AUTHENTICATION: Final[Mapping[int, Callable[[Body], Message]]] = MappingProxyType(
    {
        0: lambda _: AuthenticationOk(),
        3: lambda _: AuthenticationCleartext(),
        5: lambda body: AuthenticationMd5(salt=body.take(4)),
        10: _sasl,
        11: lambda body: SaslContinue(data=body.rest()),
        12: lambda body: SaslFinal(data=body.rest()),
    }
)

_DECODERS: Final[Mapping[int, Callable[[Body], Message]]] = MappingProxyType(
    {
        ord("R"): _authentication,
        ord("E"): _error,
        ord("N"): _notice,
        ord("S"): _parameter_status,
        ord("K"): _backend_key_data,
        ord("Z"): _ready_for_query,
        ord("T"): _row_description,
        ord("D"): _data_row,
        ord("C"): lambda body: CommandComplete(tag=body.text()),
        ord("I"): lambda _: EmptyQuery(),
        ord("v"): _negotiate_protocol_version,
    }
)
