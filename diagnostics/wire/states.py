"""The states of a session and, as a table, what a server may say in each.

Whatever is not in the table is a protocol error. Reading downwards gives the course of a login:

    FRESH -> (TLS_ASKED -> FRESH) -> STARTUP_SENT -> CREDENTIALS_WANTED | AUTHENTICATED
    CREDENTIALS_WANTED -> PASSWORD_SENT | SASL_FIRST_SENT -> SASL_PROOF_SENT -> SASL_VERIFIED -> AUTHENTICATED
    AUTHENTICATED -> READY -> QUERY_SENT -> RECEIVING_ROWS -> QUERY_DONE -> READY

`CREDENTIALS_WANTED` and `READY` are where one can stop, or stay. A SASL exchange cannot be left early by the server:
without its own proof (`SASL_VERIFIED`) an AuthenticationOk is not believed.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from diagnostics.wire.backend import (
    AuthenticationCleartext,
    AuthenticationMd5,
    AuthenticationOk,
    AuthenticationSasl,
    BackendKeyData,
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
    UnsupportedAuth,
)


class State(StrEnum):
    """How far a session has come."""

    FRESH = "fresh"
    TLS_ASKED = "tls_asked"
    STARTUP_SENT = "startup_sent"
    CREDENTIALS_WANTED = "credentials_wanted"
    PASSWORD_SENT = "password_sent"
    SASL_FIRST_SENT = "sasl_first_sent"
    SASL_PROOF_SENT = "sasl_proof_sent"
    SASL_VERIFIED = "sasl_verified"
    AUTHENTICATED = "authenticated"
    READY = "ready"
    QUERY_SENT = "query_sent"
    RECEIVING_ROWS = "receiving_rows"
    QUERY_DONE = "query_done"
    CLOSED = "closed"


_Transitions = Mapping[type[Message], State]

TRANSITIONS: Final[Mapping[State, _Transitions]] = MappingProxyType(
    {
        State.TLS_ASKED: {ErrorResponse: State.CLOSED},
        State.STARTUP_SENT: {
            NegotiateProtocolVersion: State.STARTUP_SENT,
            AuthenticationOk: State.AUTHENTICATED,
            AuthenticationCleartext: State.CREDENTIALS_WANTED,
            AuthenticationMd5: State.CREDENTIALS_WANTED,
            AuthenticationSasl: State.CREDENTIALS_WANTED,
            UnsupportedAuth: State.CREDENTIALS_WANTED,
            ErrorResponse: State.CLOSED,
        },
        State.PASSWORD_SENT: {AuthenticationOk: State.AUTHENTICATED, ErrorResponse: State.CLOSED},
        State.SASL_FIRST_SENT: {SaslContinue: State.SASL_PROOF_SENT, ErrorResponse: State.CLOSED},
        State.SASL_PROOF_SENT: {SaslFinal: State.SASL_VERIFIED, ErrorResponse: State.CLOSED},
        State.SASL_VERIFIED: {AuthenticationOk: State.AUTHENTICATED, ErrorResponse: State.CLOSED},
        State.AUTHENTICATED: {
            NoticeResponse: State.AUTHENTICATED,
            ParameterStatus: State.AUTHENTICATED,
            BackendKeyData: State.AUTHENTICATED,
            ReadyForQuery: State.READY,
            ErrorResponse: State.CLOSED,
        },
        State.QUERY_SENT: {
            NoticeResponse: State.QUERY_SENT,
            ParameterStatus: State.QUERY_SENT,
            RowDescription: State.RECEIVING_ROWS,
            CommandComplete: State.QUERY_DONE,
            EmptyQuery: State.QUERY_DONE,
            ErrorResponse: State.QUERY_DONE,
        },
        State.RECEIVING_ROWS: {
            NoticeResponse: State.RECEIVING_ROWS,
            ParameterStatus: State.RECEIVING_ROWS,
            DataRow: State.RECEIVING_ROWS,
            CommandComplete: State.QUERY_DONE,
            ErrorResponse: State.QUERY_DONE,
        },
        # One statement per query: a second result would come here. An error may still, when the implicit commit fails.
        State.QUERY_DONE: {
            NoticeResponse: State.QUERY_DONE,
            ParameterStatus: State.QUERY_DONE,
            ErrorResponse: State.QUERY_DONE,
            ReadyForQuery: State.READY,
        },
    }
)
