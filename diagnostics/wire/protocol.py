"""What every part of the wire shares: the stages of a connection, how much a stage may bring, and the one exception."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec


class Stage(StrEnum):
    """A part of one connection that is driven, timed and bounded on its own."""

    TLS = "tls"
    STARTUP = "startup"
    AUTH = "auth"
    QUERY = "query"


class ProtocolErrorKind(StrEnum):
    """What a peer did that PostgreSQL's protocol does not allow, or that we refuse to follow."""

    MESSAGE_TOO_SHORT = "message_too_short"
    """The length field is smaller than itself."""
    MESSAGE_TOO_LONG = "message_too_long"
    """One message claims to be longer than its stage allows."""
    STAGE_TOO_LONG = "stage_too_long"
    """The stage brought more bytes than all its messages together may have."""
    MALFORMED = "malformed"
    """The body does not have the shape its type requires."""
    UNEXPECTED_MESSAGE = "unexpected_message"
    """A message that may not come in this state."""
    DATA_AFTER_TLS_ANSWER = "data_after_tls_answer"
    """Plain bytes after the answer to SSLRequest: somebody may be injecting them (CVE-2021-23222)."""
    SCRAM_MALFORMED = "scram_malformed"
    """A SCRAM message of the server cannot be read."""
    SCRAM_NONCE = "scram_nonce"
    """The server did not extend our nonce: it answers some other exchange."""
    SCRAM_ITERATIONS = "scram_iterations"
    """The iteration count is outside the bounds we compute."""
    SCRAM_SIGNATURE = "scram_signature"
    """The server could not prove that it knows the password: it is not the server that stores it."""
    SCRAM_SKIPPED = "scram_skipped"
    """The server let us in without its own proof, so nothing says that it is the server that stores the password."""
    SCRAM_REFUSED = "scram_refused"
    """The server ended the exchange with a SCRAM error instead of an ErrorResponse."""


class ProtocolError(Exception):
    """The peer's bytes are not PostgreSQL's protocol as we accept it.

    Carries two closed values and never a byte of what was received, so it may be logged as it is.

    Attributes:
        kind: what was wrong.
        stage: in which stage it came.
    """

    def __init__(self, kind: ProtocolErrorKind, stage: Stage) -> None:
        super().__init__(f"{kind} in {stage}")
        self.kind: Final = kind
        self.stage: Final = stage


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes a stage may bring.

    Attributes:
        message: longest message, its length field included.
        stage: all bytes received while the stage runs.
    """

    message: int
    stage: int


# Before login libpq accepts 2000 bytes for an authentication request and 30000 for an error. Real errors are below 2
# KiB there; 16 KiB leaves room for a translated one with a long name in each field, and is nothing to an attacker.
# Four such messages are more than any login brings.
_BEFORE_LOGIN = Limits(message=16 * 1024, stage=64 * 1024)
# We ask for a handful of values. 1 MiB is a thousand times that, and bounds what one target can make us hold.
_AFTER_LOGIN = Limits(message=1024 * 1024, stage=1024 * 1024)

LIMITS: Final[Mapping[Stage, Limits]] = MappingProxyType(
    {
        Stage.TLS: _BEFORE_LOGIN,
        Stage.STARTUP: _BEFORE_LOGIN,
        Stage.AUTH: _BEFORE_LOGIN,
        Stage.QUERY: _AFTER_LOGIN,
    }
)
