"""From what a server says to a finding's slug: by SQLSTATE and the server's routine, which no locale changes.

Text decides only what those two leave open. Sources in PostgreSQL: errcodes.txt; auth.c (ClientAuthentication,
auth_failed), postinit.c (InitPostgres), miscinit.c (InitializeSessionUserId).
"""

import re
from enum import StrEnum

from diagnostics.core.model import Value


class Refusal(StrEnum):
    """Why a server turned a session away. Values are slugs of ``postgres.startup`` and ``postgres.auth``."""

    WRONG_PASSWORD = "wrong_password"
    IAM_REFUSED = "iam_refused"
    ROLE_MISSING = "role_missing"
    DATABASE_MISSING = "database_missing"
    NO_HBA_ENTRY = "no_hba_entry"
    TLS_REQUIRED = "tls_required"
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    NOT_READY = "not_ready"
    CONNECT_DENIED = "connect_denied"
    SERVER_ERROR = "server_error"


class ServerWords(Value, frozen=True, kw_only=True):
    """What the classification reads of an ErrorResponse."""

    sqlstate: str
    routine: str = ""
    message: str = ""


_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


def sqlstate_of(text: str | None) -> str:
    """The code where the text is one, else empty: what a peer sends in its place is as foreign as its message."""
    return text if text and _SQLSTATE.fullmatch(text) else ""


_BY_SQLSTATE = {
    "28P01": Refusal.WRONG_PASSWORD,
    "3D000": Refusal.DATABASE_MISSING,
    "53300": Refusal.TOO_MANY_CONNECTIONS,
    "57P01": Refusal.NOT_READY,
    "57P02": Refusal.NOT_READY,
    "57P03": Refusal.NOT_READY,
    "42501": Refusal.CONNECT_DENIED,
}


def refusal_of(words: ServerWords, *, encrypted: bool) -> Refusal:
    """Why the server said no.

    ``encrypted``: whether TLS was on, since pg_hba.conf gives plain sessions the same SQLSTATE.
    """
    if "Cloud SQL IAM" in words.message:
        return Refusal.IAM_REFUSED
    if words.sqlstate == "28000":
        return _authorization(words, encrypted=encrypted)
    return _BY_SQLSTATE.get(words.sqlstate, Refusal.SERVER_ERROR)


def _authorization(words: ServerWords, *, encrypted: bool) -> Refusal:
    if words.routine == "InitializeSessionUserId" or words.message.startswith("role "):
        return Refusal.ROLE_MISSING
    if "client certificate" in words.message:
        return Refusal.CLIENT_CERTIFICATE_REQUIRED
    if words.routine == "ClientAuthentication" or "pg_hba.conf" in words.message:
        return Refusal.NO_HBA_ENTRY if encrypted else Refusal.TLS_REQUIRED
    return Refusal.SERVER_ERROR


_CLIENT_CERTIFICATE_ALERTS = frozenset(
    {
        "access_denied",
        "bad_certificate",
        "certificate_expired",
        "certificate_required",
        "certificate_revoked",
        "certificate_unknown",
        "unknown_ca",
    }
)


def refuses_client_certificate(alert: str) -> bool:
    """Whether a server's alert speaks of the client's certificate (RFC 8446 section 6.2)."""
    return alert in _CLIENT_CERTIFICATE_ALERTS
