"""The kinds of refusal, and the words they are told by."""

from enum import StrEnum

from diagnostics.core.model import Value


class Refusal(StrEnum):
    """Why a server, or a pooler before it, turned a session away or ended it.

    A value is the slug of the finding where a check has one of that name, else the finding is ``server_error``.
    """

    WRONG_PASSWORD = "wrong_password"
    NO_PASSWORD = "no_password"
    IAM_REFUSED = "iam_refused"
    ROLE_MISSING = "role_missing"
    LOGIN_NOT_PERMITTED = "login_not_permitted"
    ROLE_UNTOLD = "role_untold"
    """The role is missing or may not log in: the server said which in words that are not known here."""
    OTHER_IDENTITY = "other_identity"
    NO_HBA_ENTRY = "no_hba_entry"
    HBA_REJECT = "hba_reject"
    HBA_UNTOLD = "hba_untold"
    TLS_REQUIRED = "tls_required"
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    AUTHORIZATION_UNTOLD = "authorization_untold"
    DATABASE_MISSING = "database_missing"
    DATABASE_CLOSED = "database_closed"
    DATABASE_INVALID = "database_invalid"
    CONNECT_DENIED = "connect_denied"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    SLOTS_RESERVED = "slots_reserved"
    ROLE_LIMIT = "role_limit"
    DATABASE_LIMIT = "database_limit"
    SLOTS_UNTOLD = "slots_untold"
    NOT_READY = "not_ready"
    STANDBY_CLOSED = "standby_closed"
    SHUTDOWN = "shutdown"
    CRASHED = "crashed"
    STORAGE_FULL = "storage_full"
    OUT_OF_MEMORY = "out_of_memory"
    READ_ONLY = "read_only"
    SERVER_TIMEOUT = "server_timeout"
    PARAMETER = "parameter"
    PROTOCOL = "protocol"
    POOLER_NO_DATABASE = "pooler_no_database"
    POOLER_NO_USER = "pooler_no_user"
    POOLER_LOGIN = "pooler_login"
    POOLER_FULL = "pooler_full"
    POOLER_WAIT = "pooler_wait"
    POOLER_NO_SERVER = "pooler_no_server"
    POOLER_SERVER_LOGIN = "pooler_server_login"
    """The server does not take the password with which the pooler logs in to it."""
    POOLER_REJECTS = "pooler_rejects"
    POOLER_NOT_ALLOWED = "pooler_not_allowed"
    POOLER_UNSUPPORTED = "pooler_unsupported"
    POOLER_UNTOLD = "pooler_untold"
    SERVER_ERROR = "server_error"
    """Anything else: its words stand in the evidence."""

    @property
    def slug(self) -> str:
        """The slug of its findings: some kinds are the same finding with another meaning."""
        return _SHOWN_AS.get(self, self).value


_SHOWN_AS = {
    Refusal.POOLER_LOGIN: Refusal.WRONG_PASSWORD,
    Refusal.POOLER_SERVER_LOGIN: Refusal.POOLER_NO_SERVER,
    Refusal.POOLER_REJECTS: Refusal.HBA_REJECT,
    Refusal.POOLER_NOT_ALLOWED: Refusal.CONNECT_DENIED,
    Refusal.SHUTDOWN: Refusal.NOT_READY,
    Refusal.CRASHED: Refusal.NOT_READY,
}

PASSING = frozenset(
    {
        Refusal.TOO_MANY_CONNECTIONS,
        Refusal.SLOTS_RESERVED,
        Refusal.ROLE_LIMIT,
        Refusal.DATABASE_LIMIT,
        Refusal.NOT_READY,
        Refusal.POOLER_FULL,
        Refusal.POOLER_WAIT,
        Refusal.POOLER_NO_SERVER,
    }
)
"""What comes and goes by itself, or with what other clients do."""


class ServerWords(Value, frozen=True, kw_only=True):
    """What the classification reads of an ErrorResponse, or of what a driver made of one."""

    sqlstate: str
    routine: str = ""
    """The function of the server's source that speaks. A pooler's own words have none, and a driver drops it."""
    message: str = ""
    plain: bool = False
    """The session is without TLS, and could have asked for it."""

    @property
    def relayed(self) -> bool:
        """Whether a pooler may repeat here what a server said to it: PgBouncer gives it this code of its own."""
        return self.sqlstate == PROTOCOL_VIOLATION and not self.routine


PROTOCOL_VIOLATION = "08P01"
"""What PgBouncer says everything with, be it its own or the server's."""
