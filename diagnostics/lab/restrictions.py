"""What an administrator does to a role or a database of the real server, and takes back when the fault is over."""

import contextlib
import threading

from psycopg import sql

from diagnostics.lab.postgres import Postgres
from diagnostics.lab.switchboard import Switchboard

RESTRICTIONS: dict[str, tuple[str, str]] = {
    "role-cannot-login": ("ALTER ROLE {user} NOLOGIN", "ALTER ROLE {user} LOGIN"),
    "password-expired": (
        "ALTER ROLE {user} VALID UNTIL '2020-01-01'",
        "ALTER ROLE {user} VALID UNTIL 'infinity'",
    ),
    "role-connection-limit": ("ALTER ROLE {user} CONNECTION LIMIT 0", "ALTER ROLE {user} CONNECTION LIMIT -1"),
    "database-connection-limit": (
        "ALTER DATABASE {database} CONNECTION LIMIT 0",
        "ALTER DATABASE {database} CONNECTION LIMIT -1",
    ),
    "database-not-accepting": (
        "ALTER DATABASE {database} ALLOW_CONNECTIONS false",
        "ALTER DATABASE {database} ALLOW_CONNECTIONS true",
    ),
    "read-only-by-default": (
        "ALTER DATABASE {database} SET default_transaction_read_only = on",
        "ALTER DATABASE {database} RESET default_transaction_read_only",
    ),
    "short-statements-only": (
        "ALTER ROLE {user} SET statement_timeout = '500ms'",
        "ALTER ROLE {user} RESET statement_timeout",
    ),
    "idle-sessions-end": (
        "ALTER ROLE {user} SET idle_session_timeout = '1min'",
        "ALTER ROLE {user} RESET idle_session_timeout",
    ),
    "password-expires-soon": ("ALTER ROLE {user} VALID UNTIL 'tomorrow'", "ALTER ROLE {user} VALID UNTIL 'infinity'"),
    # An owner could always connect.
    "connect-denied": (
        "ALTER DATABASE {database} OWNER TO CURRENT_USER; REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO PUBLIC; ALTER DATABASE {database} OWNER TO {user}",
    ),
}
"""By fault: the statement that restricts, and the one that takes it back."""


class Restrictions:
    """Those that are in force."""

    def __init__(self, postgres: Postgres, switchboard: Switchboard) -> None:
        self._postgres = postgres
        self._switchboard = switchboard
        self._in_force: set[str] = set()
        self._lock = threading.Lock()

    def settle(self) -> None:
        """Have exactly those in force whose faults are on."""
        wanted = {fault for fault in RESTRICTIONS if self._switchboard.active(fault)}
        with self._lock:
            if wanted == self._in_force:
                return
            names = {
                "user": sql.Identifier(self._switchboard.world.user),
                "database": sql.Identifier(self._switchboard.world.database),
            }
            with contextlib.closing(self._postgres.connect()) as connection:
                for fault in sorted(wanted ^ self._in_force):
                    restrict, release = RESTRICTIONS[fault]
                    connection.execute(sql.SQL(restrict if fault in wanted else release).format(**names))
            self._in_force = wanted
