"""asyncpg as apps use it."""

from typing import Any
from urllib.parse import urlencode

import asyncpg

from diagnostics.adapters.app_url import Keyword
from diagnostics.core.model import Target


class AsyncpgDriver:
    """The library asyncpg."""

    database = "database"

    @property
    def version(self) -> str:
        """Of the library."""
        return str(asyncpg.__version__)

    def with_tls(self, target: Target, keywords: dict[str, Keyword]) -> dict[str, Keyword]:
        """Through a DSN: only there certificate files can be named, and keywords come before what it says."""
        files = {"sslrootcert": target.root_cert, "sslcert": target.client_cert, "sslkey": target.client_key}
        given = {name: path for name, path in files.items() if path}
        return {**keywords, "dsn": f"postgresql://?{urlencode({'sslmode': target.tls.value, **given})}"}

    async def open(self, dsn: str, keywords: dict[str, Keyword]) -> "AsyncpgConnection":
        """Connect; raises what asyncpg raises."""
        options: dict[str, Any] = {"dsn": dsn, **keywords} if dsn else dict(keywords)
        return AsyncpgConnection(await asyncpg.connect(**options))


class AsyncpgConnection:
    """An open connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def select_one(self) -> None:
        """The query that proves the path."""
        await self._connection.fetchval("SELECT 1")

    async def close(self) -> None:
        """Say goodbye to the server."""
        await self._connection.close()

    def abandon(self) -> None:
        """Close the socket without a word, where that has not been done."""
        if not self._connection.is_closed():
            self._connection.terminate()
