"""How a stage of a session ends. Everything that is not here is a `ProtocolError`, or the transport's own exception.

Repr and JSON of an outcome hold no credential; texts of the server (`Refused.error`, notices) are foreign and are
cleaned by whoever passes them on.
"""

from enum import StrEnum

import msgspec

from diagnostics.wire.backend import Column, ErrorResponse, NoticeResponse, ParameterStatus, TransactionStatus
from diagnostics.wire.peer import Peer
from diagnostics.wire.protocol import ProtocolErrorKind, Stage
from diagnostics.wire.states import State


class AuthMethod(StrEnum):
    """What the server asks for."""

    CLEARTEXT = "cleartext"
    MD5 = "md5"
    SCRAM_SHA_256 = "scram-sha-256"
    """With or without channel binding."""
    OTHER = "other"
    """One this client does not speak."""


class Proof(StrEnum):
    """What let us in."""

    NONE = "none"
    """The server did not ask."""
    CLEARTEXT = "cleartext"
    MD5 = "md5"
    SCRAM_SHA_256 = "scram-sha-256"
    SCRAM_SHA_256_PLUS = "scram-sha-256-plus"
    """Bound to this TLS session, so nobody in between holds the keys."""


class UnansweredReason(StrEnum):
    """Why we did not answer the authentication request. No secret was sent; the server still waits."""

    NO_PASSWORD = "no_password"
    UNSUPPORTED_METHOD = "unsupported_method"
    REFUSED_BEFORE = "refused_before"
    """The same answer to the same request is known to be refused."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How a stage ended."""


class TlsAccepted(Outcome, frozen=True, kw_only=True):
    """The server answered `S`: the next bytes are ours, a ClientHello."""


class TlsDeclined(Outcome, frozen=True, kw_only=True):
    """The server answered `N`: no TLS here; startup may go on in plain if that is wanted."""


class AuthRequested(Outcome, frozen=True, kw_only=True):
    """The server speaks PostgreSQL, knows no reason to turn us away yet, and waits for credentials.

    Attributes:
        method: what it asks for.
        mechanisms: the SASL mechanisms it offers, in its order.
        number: of the authentication request (10 is SASL).
    """

    method: AuthMethod
    mechanisms: tuple[str, ...] = ()
    number: int


class Trusted(Outcome, frozen=True, kw_only=True):
    """The server lets us in without credentials. Whether the database exists is said in the next stage."""


class Ready(Outcome, frozen=True, kw_only=True):
    """Logged in; the server waits for a query.

    Attributes:
        proof: how we were let in.
        parameters: settings the server reported, in its order; a repeated one counts as it was last.
        process_id: of our server process, None from poolers that hide it.
        notices: remarks on the way, for example an expiring password.
    """

    status: TransactionStatus
    proof: Proof
    parameters: tuple[ParameterStatus, ...] = ()
    process_id: int | None = None
    notices: tuple[NoticeResponse, ...] = ()

    def parameter(self, name: str) -> str | None:
        """The value of a reported setting, for example `server_version`; None if it was not reported."""
        values = [parameter.value for parameter in self.parameters if parameter.name == name]
        return values[-1] if values else None


class Unanswered(Outcome, frozen=True, kw_only=True):
    """The server asked for what we do not have or cannot do."""

    reason: UnansweredReason


class Answered(Outcome, frozen=True, kw_only=True):
    """The statement ran.

    Attributes:
        tag: None for an empty statement.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[bytes | None, ...], ...]
    tag: str | None
    status: TransactionStatus


class Refused(Outcome, frozen=True, kw_only=True):
    """The server answered with an error."""

    stage: Stage
    error: ErrorResponse


class Foreign(Outcome, frozen=True, kw_only=True):
    """Something answered, and it is not PostgreSQL.

    Attributes:
        fault: what made its first bytes unreadable as PostgreSQL; None when they carry another service's signature.
    """

    stage: Stage
    peer: Peer
    fault: ProtocolErrorKind | None = None


class Closed(Outcome, frozen=True, kw_only=True):
    """The connection was closed before the stage was complete, without a word about why.

    Attributes:
        state: how far the session had come.
        received_bytes: in this stage; 0 means not a byte.
    """

    stage: Stage
    state: State
    received_bytes: int


TlsOutcome = TlsAccepted | TlsDeclined | Refused | Foreign | Closed
StartupOutcome = AuthRequested | Trusted | Refused | Foreign | Closed
AuthOutcome = Ready | Unanswered | Refused | Closed
QueryOutcome = Answered | Refused | Closed
