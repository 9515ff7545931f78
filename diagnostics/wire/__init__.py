"""PostgreSQL's client protocol 3.0 without I/O: bytes in, bytes out, no socket, no event loop, no TLS library.

A connection is a `Session`, climbed stage by stage. Each stage is a generator that `drive` runs over any transport, so
each can be timed, bounded and stopped at by itself, and everything before `authenticate` needs no credentials::

    session = Session()
    match await drive(session.request_tls(), send, recv):  # tls; left out on sockets and for sslmode=disable
        case TlsAccepted():
            ...  # the caller shakes hands; send, recv go through TLS
        case TlsDeclined() | Refused() | Foreign() | Closed():
            ...
    match await drive(
        session.startup(Startup(user="api", database="orders", application_name="cloudsql-diag")), send, recv
    ):
        case AuthRequested(method=method, mechanisms=mechanisms):
            ...  # may stop here: nothing secret was needed
        case Trusted() | Refused() | Foreign() | Closed():
            ...
    match await drive(
        session.authenticate(password=password, nonce=secrets.token_urlsafe(18), end_point=hash), send, recv
    ):
        case Ready(proof=proof) as ready:
            ready.parameter("server_version")
        case Unanswered(reason=reason):
            ...  # no password, or a method we do not speak
        case Refused(error=error):
            error.sqlstate
        case Closed():
            ...
    match await drive(session.query("SELECT 1"), send, recv):
        case Answered(rows=rows):
            ...
        case Refused() | Closed():
            ...
    if farewell := session.goodbye():  # b"" where Terminate would be logged as an error
        await send(farewell)

Signatures:

- ``drive(exchange, send, receive)``: ``send(bytes)`` writes all, ``receive()`` gives at least one byte, or b"" at the
  end.
- ``Session()``; ``.state -> State``, ``.received -> int`` (bytes in this stage: 0 at a deadline means silence).
- ``.request_tls() -> TlsAccepted | TlsDeclined | Refused | Foreign | Closed``
- ``.startup(Startup) -> AuthRequested | Trusted | Refused | Foreign | Closed``
- ``.authenticate(*, password: str | None, nonce: str, end_point: bytes | None = None)
  -> Ready | Unanswered | Refused | Closed``
- ``.query(sql) -> Answered | Refused | Closed``, ``.goodbye() -> bytes``
- ``server_end_point(certificate_der, signature_hash) -> bytes``: channel-binding data for ``end_point``.
- ``identify(first_bytes) -> Peer``: which other service this is.

Exceptions: `ProtocolError` (kind, stage) for a peer that breaks the protocol, `FieldError` (field, problem) for a
value that cannot be sent, RuntimeError for stages out of order; besides, whatever ``send`` and ``receive`` raise.
None holds a received byte or a credential. Texts of the server (`ErrorResponse`, `NoticeResponse`) are foreign: the
caller cleans them.

Modules: `messages` (to the server), `backend` and `decode` (from it), `parser` (framing and bounds), `states` (the
table), `session`, `collect`, `exchange`, `outcomes`, `scram`, `saslprep`, `md5`, `peer`, `protocol` (stages, limits,
errors).
"""

from diagnostics.wire.backend import Column, ErrorResponse, NoticeResponse, ParameterStatus, Severity, TransactionStatus
from diagnostics.wire.exchange import Exchange, drive
from diagnostics.wire.messages import SSL_REQUEST, Field, FieldError, FieldProblem, Parameter, Startup
from diagnostics.wire.outcomes import (
    Answered,
    AuthMethod,
    AuthOutcome,
    AuthRequested,
    Closed,
    Foreign,
    Proof,
    QueryOutcome,
    Ready,
    Refused,
    StartupOutcome,
    TlsAccepted,
    TlsDeclined,
    TlsOutcome,
    Trusted,
    Unanswered,
    UnansweredReason,
)
from diagnostics.wire.peer import Peer, identify
from diagnostics.wire.protocol import ProtocolError, ProtocolErrorKind, Stage
from diagnostics.wire.scram import server_end_point
from diagnostics.wire.session import Session
from diagnostics.wire.states import State

__all__ = [
    "SSL_REQUEST",
    "Answered",
    "AuthMethod",
    "AuthOutcome",
    "AuthRequested",
    "Closed",
    "Column",
    "ErrorResponse",
    "Exchange",
    "Field",
    "FieldError",
    "FieldProblem",
    "Foreign",
    "NoticeResponse",
    "Parameter",
    "ParameterStatus",
    "Peer",
    "Proof",
    "ProtocolError",
    "ProtocolErrorKind",
    "QueryOutcome",
    "Ready",
    "Refused",
    "Session",
    "Severity",
    "Stage",
    "Startup",
    "StartupOutcome",
    "State",
    "TlsAccepted",
    "TlsDeclined",
    "TlsOutcome",
    "TransactionStatus",
    "Trusted",
    "Unanswered",
    "UnansweredReason",
    "drive",
    "identify",
    "server_end_point",
]
