"""The server's half of the wire, written again for the tests: messages to bytes, and client messages read back."""

import struct
from collections.abc import Callable

from diagnostics.wire import backend

# Field codes of errors and notices.
TEXT_FIELDS = {
    "severity_text": b"S",
    "sqlstate": b"C",
    "message": b"M",
    "detail": b"D",
    "hint": b"H",
    "position": b"P",
    "internal_position": b"p",
    "internal_query": b"q",
    "where": b"W",
    "schema": b"s",
    "table": b"t",
    "column": b"c",
    "data_type": b"d",
    "constraint": b"n",
    "file": b"F",
    "line": b"L",
    "routine": b"R",
}


def frame(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def auth(number: int, body: bytes = b"") -> bytes:
    return frame(b"R", struct.pack("!I", number) + body)


def sasl(*mechanisms: str) -> bytes:
    return auth(10, b"".join(text(name) for name in mechanisms) + b"\0")


def error(sqlstate: str = "28P01", severity: str = "FATAL", message: str = "no") -> bytes:
    return frame(
        b"E", b"S" + text(severity) + b"V" + text(severity) + b"C" + text(sqlstate) + b"M" + text(message) + b"\0"
    )


def notice(message: str) -> bytes:
    return frame(b"N", b"SNOTICE\0VNOTICE\0C00000\0M" + text(message) + b"\0")


def parameter(name: str, value: str) -> bytes:
    return frame(b"S", text(name) + text(value))


def key_data(process_id: int, key: bytes = b"\x01\x02\x03\x04") -> bytes:
    return frame(b"K", struct.pack("!I", process_id) + key)


def ready(status: bytes = b"I") -> bytes:
    return frame(b"Z", status)


def column(name: str) -> bytes:
    return text(name) + struct.pack("!IhIhiH", 0, 0, 23, 4, -1, 0)


def description(*names: str) -> bytes:
    return frame(b"T", struct.pack("!H", len(names)) + b"".join(column(name) for name in names))


def row(*values: bytes | None) -> bytes:
    cells = (b"\xff\xff\xff\xff" if value is None else struct.pack("!i", len(value)) + value for value in values)
    return frame(b"D", struct.pack("!H", len(values)) + b"".join(cells))


def complete(tag: str) -> bytes:
    return frame(b"C", text(tag))


OK = auth(0)
CLEARTEXT = auth(3)
MD5 = auth(5, b"salt")
READY = ready()
ONE_ROW = description("one") + row(b"1") + complete("SELECT 1") + READY


def build(message: backend.Message) -> bytes:
    """The bytes a server would send for a message."""
    builder = _BUILDERS.get(type(message))
    if builder is not None:
        return builder(message)
    assert isinstance(message, backend.ServerText)
    kind = b"E" if isinstance(message, backend.ErrorResponse) else b"N"
    fields = b"".join(
        code + text(str(getattr(message, name)))
        for name, code in TEXT_FIELDS.items()
        if getattr(message, name) is not None
    )
    severity = b"" if message.severity is backend.Severity.UNKNOWN else b"V" + text(message.severity)
    return frame(kind, severity + fields + b"\0")


def _row_description(message: backend.RowDescription) -> bytes:
    columns = (
        text(column.name)
        + struct.pack(
            "!IhIhiH",
            column.table,
            column.attribute,
            column.type_oid,
            column.type_size,
            column.type_modifier,
            column.format,
        )
        for column in message.columns
    )
    return frame(b"T", struct.pack("!H", len(message.columns)) + b"".join(columns))


def _negotiate(message: backend.NegotiateProtocolVersion) -> bytes:
    names = b"".join(text(name) for name in message.unrecognized)
    return frame(b"v", struct.pack("!II", message.newest, len(message.unrecognized)) + names)


_BUILDERS: dict[type[backend.Message], Callable[..., bytes]] = {
    backend.AuthenticationOk: lambda _: OK,
    backend.AuthenticationCleartext: lambda _: CLEARTEXT,
    backend.AuthenticationMd5: lambda message: auth(5, message.salt),
    backend.AuthenticationSasl: lambda message: sasl(*message.mechanisms),
    backend.SaslContinue: lambda message: auth(11, message.data),
    backend.SaslFinal: lambda message: auth(12, message.data),
    backend.UnsupportedAuth: lambda message: auth(message.number),
    backend.ParameterStatus: lambda message: parameter(message.name, message.value),
    backend.BackendKeyData: lambda message: key_data(message.process_id),
    backend.ReadyForQuery: lambda message: ready(message.status.value.encode()),
    backend.RowDescription: _row_description,
    backend.DataRow: lambda message: row(*message.values),
    backend.CommandComplete: lambda message: complete(message.tag),
    backend.EmptyQuery: lambda _: frame(b"I"),
    backend.NegotiateProtocolVersion: _negotiate,
    backend.Unknown: lambda message: frame(message.kind.encode()),
}


def read_startup(packet: bytes) -> tuple[int, list[tuple[str, str]]]:
    """Protocol version and parameters of a startup packet, read as the server reads them."""
    length, version = struct.unpack("!II", packet[:8])
    assert length == len(packet)
    *parts, last, end = packet[8:].split(b"\0")
    assert (last, end) == (b"", b"")
    values = [part.decode("utf-8", "surrogateescape") for part in parts]
    return version, list(zip(values[::2], values[1::2], strict=True))


def read_frame(packet: bytes) -> tuple[bytes, bytes]:
    """Type and body of a client message."""
    (length,) = struct.unpack("!I", packet[1:5])
    assert length == len(packet) - 1
    return packet[:1], packet[5:]


def read_sasl_initial(packet: bytes) -> tuple[str, bytes]:
    """Mechanism and first message of a SASLInitialResponse."""
    kind, body = read_frame(packet)
    assert kind == b"p"
    mechanism, _, rest = body.partition(b"\0")
    (length,) = struct.unpack("!i", rest[:4])
    assert length == len(rest) - 4
    return mechanism.decode(), rest[4:]
