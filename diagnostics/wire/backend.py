"""Messages a server sends, as values.

Source: PostgreSQL documentation, "Message Formats" and "Error and Notice Message Fields". Text of the server is
foreign: it may quote what it was sent, so whoever takes it over the border of this package cleans it first.
"""

from enum import StrEnum

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Anything a server says."""


class Severity(StrEnum):
    """Severity of an error or notice as the server's source names it, whatever language it speaks."""

    DEBUG = "DEBUG"
    LOG = "LOG"
    INFO = "INFO"
    NOTICE = "NOTICE"
    WARNING = "WARNING"
    ERROR = "ERROR"
    FATAL = "FATAL"
    PANIC = "PANIC"
    UNKNOWN = "UNKNOWN"
    """Not said (before 9.6, some poolers, a failed fork), or said in another language only."""


class TransactionStatus(StrEnum):
    """What ReadyForQuery says about the transaction."""

    IDLE = "I"
    ACTIVE = "T"
    FAILED = "E"


class AuthenticationOk(Message, frozen=True, kw_only=True):
    """The server lets us in."""


class AuthenticationCleartext(Message, frozen=True, kw_only=True):
    """The server wants the password itself; Cloud SQL asks so for IAM login."""


class AuthenticationMd5(Message, frozen=True, kw_only=True):
    """The server wants the password hashed with this salt of four bytes."""

    salt: bytes


class AuthenticationSasl(Message, frozen=True, kw_only=True):
    """The server offers these SASL mechanisms, preferred first."""

    mechanisms: tuple[str, ...]


class SaslContinue(Message, frozen=True, kw_only=True):
    """The mechanism's challenge."""

    data: bytes


class SaslFinal(Message, frozen=True, kw_only=True):
    """The mechanism's outcome: the server's own proof."""

    data: bytes


class UnsupportedAuth(Message, frozen=True, kw_only=True):
    """The server wants what we do not do: Kerberos (2), crypt (4), SCM (6), GSSAPI (7, 8), SSPI (9), or new ones."""

    number: int


class ServerText(Message, frozen=True, kw_only=True):
    """What errors and notices have in common; a field that was not sent is None.

    Attributes:
        severity: not localized.
        severity_text: as the server's language has it.
        sqlstate: five characters; None only from a server that failed before it could say (see `parser`).
        position: character in the query, counted from 1.
        internal_position: the same in `internal_query`.
        line: of the server's source file.
    """

    severity: Severity
    severity_text: str | None = None
    sqlstate: str | None = None
    message: str = ""
    detail: str | None = None
    hint: str | None = None
    position: int | None = None
    internal_position: int | None = None
    internal_query: str | None = None
    where: str | None = None
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    data_type: str | None = None
    constraint: str | None = None
    file: str | None = None
    line: int | None = None
    routine: str | None = None


class ErrorResponse(ServerText, frozen=True, kw_only=True):
    """The server refuses or gives up."""


class NoticeResponse(ServerText, frozen=True, kw_only=True):
    """The server remarks something and goes on."""


class ParameterStatus(Message, frozen=True, kw_only=True):
    """The value of a setting that clients are told about."""

    name: str
    value: str


class BackendKeyData(Message, frozen=True, kw_only=True):
    """Process id of our server process. The cancel key beside it is a secret we have no use for, and is not kept."""

    process_id: int


class ReadyForQuery(Message, frozen=True, kw_only=True):
    """The server waits for a query."""

    status: TransactionStatus


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a result; `table` and `attribute` are 0 for an expression."""

    name: str
    table: int
    attribute: int
    type_oid: int
    type_size: int
    type_modifier: int
    format: int


class RowDescription(Message, frozen=True, kw_only=True):
    """The columns of the rows that follow."""

    columns: tuple[Column, ...]


class DataRow(Message, frozen=True, kw_only=True):
    """One row; None is NULL, bytes are text in the client's encoding."""

    values: tuple[bytes | None, ...]


class CommandComplete(Message, frozen=True, kw_only=True):
    """The statement ran; `tag` is for example `SELECT 1`."""

    tag: str


class EmptyQuery(Message, frozen=True, kw_only=True):
    """The query held no statement."""


class NegotiateProtocolVersion(Message, frozen=True, kw_only=True):
    """The server speaks an older protocol or does not know some options.

    Attributes:
        newest: what it offers, as it sends it (servers differ: whole version or minor part).
        unrecognized: names of protocol options it does not know.
    """

    newest: int
    unrecognized: tuple[str, ...]


class Unknown(Message, frozen=True, kw_only=True):
    """A message of a type this client has no use for; its body is not kept."""

    kind: str
