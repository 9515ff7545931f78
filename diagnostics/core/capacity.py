"""Connection slots of a PostgreSQL server, as far as every user may see them.

Source: PostgreSQL's documentation of runtime settings and of the statistics views, versions 12 to 17. A plain user sees
that other users' sessions exist, not what kind of backend they are.
"""

import re

from diagnostics.core.facts import PostgresCapacity

OLDEST = 12
"""Since this version walsenders have slots of their own, so that only clients take those that are counted here."""

LEAST_FREE = 5
"""With fewer slots left the next instance of an app cannot fill its pool: SQLAlchemy keeps 5 connections, others 10."""

SETTINGS = (
    "SELECT current_setting('max_connections'), current_setting('superuser_reserved_connections'),"
    " coalesce(current_setting('reserved_connections', true), '0'),"
    " has_table_privilege('pg_catalog.pg_stat_activity', 'SELECT')"
)
"""``reserved_connections`` exists since version 16."""

USE = (
    "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL AND usesysid IS NOT NULL"
    " AND coalesce(backend_type, 'client backend') = 'client backend'"
)
"""Other users' ``backend_type`` is hidden from a plain user, so a parallel worker of theirs counts as a client."""


def major_version(server_version: str) -> int:
    """``16`` of ``16.4 (Debian 16.4-1)``; 0 where the text is no version."""
    found = re.match(r"\d+", server_version)
    return int(found[0]) if found else 0


def capacity_of(numbers: tuple[str, ...], max_instances: int) -> PostgresCapacity | None:
    """From the values of both statements in order; None where one is missing or no number."""
    try:
        most, superuser, others, in_use = map(int, numbers)
    except ValueError:
        return None
    usable = most - superuser - others
    return PostgresCapacity(
        max_connections=most,
        reserved=superuser + others,
        in_use=in_use,
        free=max(0, usable - in_use),
        max_instances=max_instances,
        per_instance=usable // max_instances if max_instances else 0,
    )
