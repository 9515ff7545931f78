"""The table from a server's words to a kind of refusal: the first row that fits, the most telling rows first.

The SQLSTATE alone leaves several causes open. PostgreSQL's routine says in any language where the refusal was made, its
text says why; a row is told by either. Where both leave it open the kind says so, and its meaning has alternatives.

Sources. PostgreSQL 9.6 to 18: errcodes.txt, auth.c (ClientAuthentication, auth_failed), postinit.c (InitPostgres,
CheckMyDatabase), miscinit.c (InitializeSessionUserId), proc.c, postmaster.c and backend_startup.c
(ProcessStartupPacket, BackendInitialize). PgBouncer 1.18 to 1.24: client.c, objects.c, proto.c, janitor.c. Odyssey:
frontend.c. PgCat: client.rs. Supavisor: client_handler.ex. Pgpool-II: pool_auth.c, child.c.
"""

import re
from functools import cache

from diagnostics.core.model import Value
from diagnostics.core.refusals.refusal import PROTOCOL_VIOLATION, Refusal, ServerWords


class Saying(Value, frozen=True, kw_only=True):
    """One row. An empty ``sqlstate`` is any; without text and routines the SQLSTATE alone is enough."""

    sqlstate: str = ""
    text: str = ""
    """A pattern searched for in the server's message."""
    routines: tuple[str, ...] = ()
    refusal: Refusal

    def fits(self, words: ServerWords) -> bool:
        """Whether these are its words."""
        repeated = words.relayed and bool(self.text) and words.sqlstate != self.sqlstate
        if self.sqlstate not in ("", words.sqlstate) and not repeated:
            return False
        if not self.text and not self.routines:
            return True
        return words.routine in self.routines or bool(self.text and _pattern(self.text).search(words.message))


@cache
def _pattern(text: str) -> "re.Pattern[str]":
    return re.compile(text)


def _row(sqlstate: str, refusal: Refusal, text: str = "", *routines: str) -> Saying:
    return Saying(sqlstate=sqlstate, refusal=refusal, text=text, routines=routines)


_R = Refusal

_LOGIN = (
    _row("", _R.IAM_REFUSED, r"Cloud SQL IAM"),
    _row("28000", _R.ROLE_MISSING, r"^role .+ does not exist"),
    _row("28000", _R.LOGIN_NOT_PERMITTED, r"^role .+ is not permitted to log in"),
    _row("28000", _R.ROLE_UNTOLD, "", "InitializeSessionUserId"),
    _row("28000", _R.CLIENT_CERTIFICATE_REQUIRED, r"client certificate"),
    _row("28000", _R.NO_HBA_ENTRY, r"^no (pg|pool)_hba\.conf entry"),
    _row("28000", _R.HBA_REJECT, r"^pg_hba\.conf rejects"),
    _row("28000", _R.HBA_UNTOLD, "", "ClientAuthentication"),
    # These look the user up elsewhere, by a password that the client gives.
    _row("28000", _R.WRONG_PASSWORD, r"^(LDAP|PAM|BSD|RADIUS) authentication failed"),
    # These take the operating system's, the certificate's or the ticket's word for who the client is.
    _row("28000", _R.OTHER_IDENTITY, r"^(Peer|Ident|[Cc]ertificate|GSSAPI|SSPI|OAuth bearer) authentication failed"),
    _row("28P01", _R.NO_PASSWORD, r"^empty password returned by client", "recv_password_packet"),
    _row(PROTOCOL_VIOLATION, _R.POOLER_SERVER_LOGIN, r"^password authentication failed for user"),
    _row("28P01", _R.WRONG_PASSWORD, r"^password authentication failed for user", "auth_failed"),
)

_DATABASE = (
    _row("3D000", _R.DATABASE_MISSING, r"^database .+ does not exist", "InitPostgres", "CheckMyDatabase"),
    _row("55000", _R.DATABASE_INVALID, r"^cannot connect to invalid database"),
    _row("55000", _R.DATABASE_CLOSED, r"is not currently accepting connections", "CheckMyDatabase"),
    _row("42501", _R.PARAMETER, r"parameter "),
    _row("57P04", _R.DATABASE_MISSING),
)

_SLOTS = (
    _row("53300", _R.ROLE_LIMIT, r"^too many connections for role", "InitializeSessionUserId"),
    _row("53300", _R.DATABASE_LIMIT, r"^too many connections for database", "CheckMyDatabase"),
    _row("53300", _R.SLOTS_RESERVED, r"^remaining connection slots are reserved", "InitPostgres"),
    _row(
        "53300",
        _R.TOO_MANY_CONNECTIONS,
        r"^sorry, too many clients already",
        "InitProcess",
        "ProcessStartupPacket",
        "BackendInitialize",
        "SharedInvalBackendInit",
    ),
)

_STATE = (
    _row("57P03", _R.STANDBY_CLOSED, r"^the database system is not accepting connections"),
    _row("57P03", _R.NOT_READY),
)

_POOLERS = (
    _row("", _R.POOLER_NO_DATABASE, r"^no such database\b|^No pool configured for database"),
    _row("", _R.POOLER_NO_DATABASE, r"^route for '.*' is not found"),
    _row("", _R.POOLER_NO_USER, r"^no such user\b|[Tt]enant or user not found|^\(ENOTFOUND\)|pool_passwd file"),
    # PgBouncer's method trust takes everybody that its list of users has.
    _row("", _R.POOLER_NO_USER, r'^"trust" authentication failed'),
    _row("", _R.POOLER_NO_SERVER, r"server_login_retry|server login (failed|has been failing)|\(server down\)"),
    _row("", _R.POOLER_NO_SERVER, r"cannot connect to server|to (get |connect to )?remote server"),
    _row("", _R.POOLER_NO_SERVER, r"AllServersDown|backend nodes are down"),
    _row("", _R.POOLER_NO_SERVER, r"^database .* is (disabled|paused)|^bouncer config error|auth_query"),
    _row("", _R.POOLER_FULL, r"max_(client_conn|db_client_conn|user_client_conn)|client_max\b"),
    # Either all connections to the server are in use, or there is none at all: no server, or the pooler is paused.
    _row("", _R.POOLER_WAIT, r"query_wait_timeout"),
    _row("", _R.POOLER_FULL, r"^Sorry, too many clients|clients for pool$|^too many active clients"),
    _row("", _R.POOLER_FULL, r"^too many connections$|[Mm]ax client(s| connections) reached"),
    _row("", _R.POOLER_FULL, r"(connection|process) from the pool"),
    _row("", _R.POOLER_UNSUPPORTED, r"^unsupported startup parameter|not allowed in statement pooling mode"),
    _row("", _R.POOLER_LOGIN, r"^(SASL|password|PAM|SCRAM) authentication failed|^incorrect (user|password)"),
    _row("", _R.POOLER_REJECTS, r"^(unix socket )?login rejected"),
    _row(PROTOCOL_VIOLATION, _R.POOLER_NOT_ALLOWED, r"^not allowed$"),
    _row("", _R.TLS_REQUIRED, r"^SSL (is )?required"),
    _row(PROTOCOL_VIOLATION, _R.SERVER_TIMEOUT, r"(query|idle|login)[ _](transaction[ _])?timeout"),
)
"""Sentences of programs that stand before a server. They use SQLSTATEs as they like, so only the text tells."""

_BY_SQLSTATE = (
    _row(PROTOCOL_VIOLATION, _R.POOLER_UNTOLD),
    _row("0A000", _R.PROTOCOL),
    _row("22023", _R.PARAMETER),
    _row("25006", _R.READ_ONLY),
    _row("25P03", _R.SERVER_TIMEOUT),
    _row("25P04", _R.SERVER_TIMEOUT),
    _row("26000", _R.POOLER_UNTOLD),
    _row("28000", _R.AUTHORIZATION_UNTOLD),
    _row("28P01", _R.WRONG_PASSWORD),
    _row("3D000", _R.DATABASE_MISSING),
    _row("42501", _R.CONNECT_DENIED),
    _row("42704", _R.PARAMETER),
    _row("53100", _R.STORAGE_FULL),
    _row("53200", _R.OUT_OF_MEMORY),
    _row("53300", _R.SLOTS_UNTOLD),
    _row("55P02", _R.PARAMETER),
    _row("57014", _R.SERVER_TIMEOUT),
    _row("57P01", _R.SHUTDOWN),
    _row("57P02", _R.CRASHED),
    _row("57P05", _R.SERVER_TIMEOUT),
)
"""What a code says where the words are not known: another language, another version, another program."""

SAYINGS: tuple[Saying, ...] = (*_LOGIN, *_DATABASE, *_SLOTS, *_STATE, *_POOLERS, *_BY_SQLSTATE)

_WITHOUT_TLS = frozenset({Refusal.NO_HBA_ENTRY, Refusal.HBA_REJECT, Refusal.HBA_UNTOLD})
"""What the rules of pg_hba.conf say of a session that they want to have TLS; the SQLSTATE is the same."""


def refusal_of(words: ServerWords) -> Refusal:
    """Why the server said no."""
    refusal = next((row.refusal for row in SAYINGS if row.fits(words)), Refusal.SERVER_ERROR)
    return Refusal.TLS_REQUIRED if words.plain and refusal in _WITHOUT_TLS else refusal
