"""Connection slots of a PostgreSQL server, as far as every user may see them.

Source: PostgreSQL's documentation of runtime settings and of the statistics views, versions 12 to 17. A plain user sees
that other users' sessions exist, not what kind of backend they are.
"""

import re

from diagnostics.core.facts import AdminInstance, PostgresCapacity
from diagnostics.core.foreign import LARGEST_NUMBER

OLDEST = 12
"""Since this version walsenders have slots of their own, so that only clients take those that are counted here."""

LEAST_FREE = 5
"""With fewer slots left the next instance of an app cannot fill its pool: SQLAlchemy keeps 5 connections, others 10."""

SUPERUSER_RESERVED = 3
"""PostgreSQL's default of superuser_reserved_connections, for when the server itself cannot be asked."""

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


def number_of(text: str) -> int:
    """The number a text begins with, ``16`` of ``16.4 (Debian 16.4-1)``; 0 where it begins with none."""
    found = re.match(r"[0-9]{1,9}", text)
    return int(found[0]) if found else 0


def capacity_of(numbers: tuple[str, ...]) -> PostgresCapacity | None:
    """From the values of both statements in order; None where one is missing or no number."""
    try:
        most, superuser, others, in_use = map(int, numbers)
    except ValueError:
        return None
    if max(map(abs, (most, superuser, others, in_use))) > LARGEST_NUMBER:
        return None
    reserved = superuser + others
    return PostgresCapacity(
        max_connections=most, reserved=reserved, in_use=in_use, free=max(0, most - reserved - in_use)
    )


def slots(capacity: PostgresCapacity | None, instance: AdminInstance | None) -> int:
    """Slots for clients: as the server says, else by the instance's flag; 0 where neither is known."""
    if capacity is not None:
        return capacity.max_connections - capacity.reserved
    flag = instance.max_connections if instance else 0
    return max(0, flag - SUPERUSER_RESERVED)
