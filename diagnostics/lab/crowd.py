"""Takes every connection slot of the server, so that the next client really meets "too many connections"."""

import threading

import psycopg

from diagnostics.lab.postgres import Postgres

CROWD = 1000
"""More than any lab server has slots: the loop ends by the server's refusal long before."""


class Crowd:
    """Idle connections of the IAM user, which needs no password behind the front."""

    def __init__(self, postgres: Postgres, user: str, database: str) -> None:
        self._postgres = postgres
        self._user = user
        self._database = database
        self._members: list[psycopg.Connection] = []
        self._lock = threading.Lock()

    def gather(self) -> None:
        """Take what is free. Called before each client, because an earlier client's slot may have become free."""
        with self._lock:
            for _ in range(CROWD):
                try:
                    self._members.append(self._postgres.connect(self._user, self._database))
                except psycopg.OperationalError:
                    return
            raise RuntimeError(f"the server still takes connections after {CROWD}")

    def leave(self) -> None:
        """Give every slot back."""
        with self._lock:
            for member in self._members:
                member.close()
            self._members.clear()
