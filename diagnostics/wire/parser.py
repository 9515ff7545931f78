"""From a stream of bytes to messages, at any chunking.

Rules:

- The header decides: a type that cannot come in this stage, or a length out of bounds, fails before the body is
  waited for.
- What is held is bounded by `protocol.LIMITS`, whoever forgets to ask for messages.
- After a failure the parser stays failed; there is no way to find the next message in a stream that lied about one.
- A server that cannot even fork answers in the form of protocol 2.0: `E`, text, NUL. Its "length" is then four
  characters of text, which is far above any limit; in the stages before authentication such an error is read as what
  it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from diagnostics.wire.backend import ErrorResponse, Message, Severity
from diagnostics.wire.decode import MalformedBodyError, decode
from diagnostics.wire.protocol import LIMITS, ProtocolError, ProtocolErrorKind, Stage

_HEADER: Final = 5
_LENGTH_FIELD: Final = 4
_ERROR: Final = ord("E")
# The server formats this text into a buffer of 1000 bytes.
_LEGACY_ERROR_LIMIT: Final = 1000
_LETTERS: Final = frozenset(range(ord("A"), ord("Z") + 1)) | frozenset(range(ord("a"), ord("z") + 1))
_DIGITS: Final = frozenset(range(ord("0"), ord("9") + 1))
# What may open an answer, as in libpq: authentication request, error, version negotiation. Later every type of the
# protocol may come.
_KINDS: Final[Mapping[Stage, frozenset[int]]] = MappingProxyType(
    {
        Stage.TLS: frozenset(b"E"),
        Stage.STARTUP: frozenset(b"REv"),
        Stage.AUTH: _LETTERS | _DIGITS,
        Stage.QUERY: _LETTERS | _DIGITS,
    }
)


class Parser:
    """Turns what a server sends into messages.

    Raises only `ProtocolError`, whatever it is fed.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._buffer = bytearray()
        self._received = 0
        self._failure: ProtocolErrorKind | None = None

    def enter(self, stage: Stage) -> None:
        """Go on in another stage; bytes that came early stay, and count for the stage they came in."""
        self._stage = stage
        self._received = 0

    def feed(self, data: bytes) -> None:
        """Add received bytes.

        Raises:
            ProtocolError: the stage brought more than it may.
        """
        self._raise_failure()
        self._received += len(data)
        if self._received > LIMITS[self._stage].stage:
            self._buffer.clear()
            raise self._failed(ProtocolErrorKind.STAGE_TOO_LONG)
        self._buffer += data

    def next(self) -> Message | None:
        """The next whole message; None when more bytes are needed.

        Raises:
            ProtocolError: the bytes are not a message of this stage.
        """
        self._raise_failure()
        if not self._buffer:
            return None
        if self._buffer[0] not in _KINDS[self._stage]:
            raise self._failed(ProtocolErrorKind.UNEXPECTED_MESSAGE)
        if len(self._buffer) < _HEADER:
            return None
        length = int.from_bytes(self._buffer[1:_HEADER], "big")
        if length > LIMITS[self._stage].message:
            return self._legacy_error()
        if length < _LENGTH_FIELD:
            raise self._failed(ProtocolErrorKind.MESSAGE_TOO_SHORT)
        return self._whole(length)

    def _whole(self, length: int) -> Message | None:
        end = 1 + length
        if len(self._buffer) < end:
            return None
        kind = self._buffer[0]
        data = bytes(self._buffer[_HEADER:end])
        del self._buffer[:end]
        try:
            return decode(kind, data)
        except MalformedBodyError:
            pass
        raise self._failed(ProtocolErrorKind.MALFORMED)

    def _legacy_error(self) -> Message | None:
        is_text = self._buffer[0] == _ERROR and self._buffer[1] != 0
        if not is_text or self._stage not in {Stage.TLS, Stage.STARTUP}:
            raise self._failed(ProtocolErrorKind.MESSAGE_TOO_LONG)
        end = self._buffer.find(b"\0", 1, _LEGACY_ERROR_LIMIT + 1)
        if end < 0:
            if len(self._buffer) > _LEGACY_ERROR_LIMIT:
                raise self._failed(ProtocolErrorKind.MESSAGE_TOO_LONG)
            return None
        text = self._buffer[1:end].decode("utf-8", "replace").rstrip("\n")
        del self._buffer[: end + 1]
        return ErrorResponse(severity=Severity.UNKNOWN, message=text)

    def _failed(self, kind: ProtocolErrorKind) -> ProtocolError:
        self._failure = kind
        return ProtocolError(kind, self._stage)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise ProtocolError(self._failure, self._stage)
