"""What a server says of the session that it gave, and which of it an app would run into.

Everything here may be read by every user, without a lock and without an error that the server would log. Sources:
PostgreSQL's documentation of runtime settings, pg_roles, pg_database and pg_stat_activity, versions 9.6 to 18.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from diagnostics.core.facts import PostgresSession
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Target

OLDEST = (9, 6)
"""Since this version a setting that does not exist can be asked for without an error."""

SETTINGS = (
    "SELECT pg_catalog.pg_is_in_recovery(), current_setting('default_transaction_read_only'),"
    " current_setting('statement_timeout'), coalesce(current_setting('idle_session_timeout', true), '0'),"
    " current_setting('idle_in_transaction_session_timeout'),"
    " has_table_privilege('pg_catalog.pg_roles', 'SELECT')"
    " AND has_table_privilege('pg_catalog.pg_database', 'SELECT')"
    " AND has_table_privilege('pg_catalog.pg_stat_activity', 'SELECT')"
)
"""Memory only. ``idle_session_timeout`` exists since version 14."""

LIMITS = (
    "SELECT r.rolconnlimit, CASE WHEN r.rolconnlimit < 0 THEN 0 ELSE"
    " (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usename = r.rolname) END,"
    " d.datconnlimit, CASE WHEN d.datconnlimit < 0 THEN 0 ELSE"
    " (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname) END,"
    " CASE WHEN isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil)::bigint ELSE 0 END"
    " FROM pg_catalog.pg_roles r, pg_catalog.pg_database d"
    " WHERE r.rolname = session_user AND d.datname = current_database()"
)
"""Two rows by their keys; sessions are counted only where there is a limit. 0 is a password without an end."""

SHORTEST = 1.0
"""Seconds. A migration or a report takes longer than that on any database that is in use."""

LONGEST_IDLE = 600.0
"""Seconds that a pool keeps a connection it does not use: HikariCP's default; SQLAlchemy's has no end at all."""

LEAST_FREE = 5
"""Connections of one pool: SQLAlchemy keeps so many, and others ten."""

SOON = timedelta(days=7)
"""A week is what it takes to change a password without haste."""

_UNITS = {"": 0.001, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"([0-9]{1,10})(ms|s|min|h|d)?")
_VERSION = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_WORD = re.compile(r"[a-z0-9]+")

_READERS = frozenset({"replica", "replicas", "readonly", "ro", "read", "reader", "readers", "standby", "secondary"})
"""Words in the name of a variable, host or instance from which the app means to read only."""


def is_asked(server_version: str) -> bool:
    """Whether a server of this version understands the statements."""
    found = _VERSION.match(server_version)
    return found is not None and (int(found[1]), int(found[2] or 0)) >= OLDEST


def session_of(settings: tuple[str, ...], limits: tuple[str, ...]) -> PostgresSession | None:
    """From the values of both statements in order; None where one is none of theirs. ``limits`` may be missing."""
    try:
        recovering, read_only, *times, _ = settings
        statement, idle, in_transaction = map(_seconds, times)
        role, role_used, database, database_used, until = map(int, limits or ("-1", "0", "-1", "0", "0"))
        end = datetime.fromtimestamp(until, UTC) if until > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    return PostgresSession(
        in_recovery=recovering == "t",
        read_only=read_only == "on",
        statement_timeout_seconds=statement,
        idle_session_timeout_seconds=idle,
        idle_in_transaction_timeout_seconds=in_transaction,
        role_limit=role,
        role_in_use=role_used,
        database_limit=database,
        database_in_use=database_used,
        valid_until=end,
    )


def _seconds(text: str) -> float:
    """A time as the server shows it: ``200ms``, ``1min``; 0 is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError
    return int(found[1]) * _UNITS[found[2] or ""]


def remarks(fact: PostgresSession, target: Target, now: datetime) -> tuple[Finding, ...]:
    """What an app that writes and keeps a pool would run into, the surest first."""
    return (*_writes(fact, target), *_times(fact), *_limits(fact), *_password(fact, now))


def _writes(fact: PostgresSession, target: Target) -> Iterator[Finding]:
    if means_to_read(target):
        return
    if fact.in_recovery:
        yield Finding(code=Code.POSTGRES_SESSION_IN_RECOVERY)
    elif fact.read_only:
        yield Finding(code=Code.POSTGRES_SESSION_READ_ONLY)


def _times(fact: PostgresSession) -> Iterator[Finding]:
    for code, seconds, least in (
        (Code.POSTGRES_SESSION_STATEMENT_TIMEOUT, fact.statement_timeout_seconds, SHORTEST),
        (Code.POSTGRES_SESSION_IDLE_IN_TRANSACTION_TIMEOUT, fact.idle_in_transaction_timeout_seconds, SHORTEST),
        (Code.POSTGRES_SESSION_IDLE_SESSION_TIMEOUT, fact.idle_session_timeout_seconds, LONGEST_IDLE),
    ):
        if 0 < seconds < least:
            yield Finding(code=code, about=f"{seconds:g} s")


def _limits(fact: PostgresSession) -> Iterator[Finding]:
    for code, limit, in_use in (
        (Code.POSTGRES_SESSION_ROLE_LIMIT, fact.role_limit, fact.role_in_use),
        (Code.POSTGRES_SESSION_DATABASE_LIMIT, fact.database_limit, fact.database_in_use),
    ):
        if limit >= 0 and limit - in_use < LEAST_FREE:
            yield Finding(code=code, about=str(limit), other=str(in_use))


def _password(fact: PostgresSession, now: datetime) -> Iterator[Finding]:
    """What has ended already was not asked for: the login went without."""
    if fact.valid_until is not None and now < fact.valid_until < now + SOON:
        yield Finding(code=Code.POSTGRES_SESSION_PASSWORD_EXPIRES, about=f"{fact.valid_until:%Y-%m-%d %H:%M} UTC")


def means_to_read(target: Target) -> bool:
    """Whether a name of the target says that a replica is meant: of a variable, the host, the instance, an option."""
    names = [target.host, target.instance.name if target.instance else "", *(each.source for each in target.origins)]
    wanted = dict(target.options).get("target_session_attrs", "")
    words = {word for name in names for word in _WORD.findall(name.lower())}
    return bool(words & _READERS) or wanted in {"read-only", "standby", "prefer-standby"}
