"""psycopg 3 as apps use it, with libpq inside."""

from typing import Any

import psycopg

from diagnostics.adapters.app_url import Keyword
from diagnostics.core.model import Target


class PsycopgDriver:
    """The library psycopg."""

    database = "dbname"

    @property
    def version(self) -> str:
        """Of the library."""
        return psycopg.__version__

    def with_tls(self, target: Target, keywords: dict[str, Keyword]) -> dict[str, Keyword]:
        """By the keywords of libpq."""
        files = {"sslrootcert": target.root_cert, "sslcert": target.client_cert, "sslkey": target.client_key}
        return {**keywords, "sslmode": target.tls.value, **{name: path for name, path in files.items() if path}}

    async def open(self, dsn: str, keywords: dict[str, Keyword]) -> "PsycopgConnection":
        """Connect; raises what psycopg raises."""
        options: dict[str, Any] = {name: _joined(value) for name, value in keywords.items()}
        return PsycopgConnection(await psycopg.AsyncConnection.connect(dsn, **options))


class PsycopgConnection:
    """An open connection."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def select_one(self) -> None:
        """The query that proves the path."""
        await self._connection.execute("SELECT 1")

    async def close(self) -> None:
        """Say goodbye to the server."""
        await self._connection.close()

    def abandon(self) -> None:
        """Close the socket without a word, where that has not been done."""
        self._connection.pgconn.finish()


def _joined(value: Keyword) -> Keyword:
    """SQLAlchemy joins repeated parameters with commas for libpq."""
    return ",".join(value) if isinstance(value, tuple) else value
