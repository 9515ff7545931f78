"""Small closed languages of a peer, read: SQLSTATEs, routines of PostgreSQL's source, alerts of TLS."""

import re

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


def sqlstate_of(text: str | None) -> str:
    """The code where the text is one, else empty: what a peer sends in its place is as foreign as its message."""
    return text if text and _SQLSTATE.fullmatch(text) else ""


_ROUTINE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
"""A name in C; the longest of PostgreSQL's has some forty characters."""


def routine_of(text: str | None) -> str:
    """The routine where the text is one, else empty."""
    return text if text and _ROUTINE.fullmatch(text) else ""


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
