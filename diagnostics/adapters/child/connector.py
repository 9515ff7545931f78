"""The Cloud SQL Python connector, as its documentation tells apps to use it: its defaults, the app's settings."""

import tempfile
from collections.abc import Callable
from typing import Any


def load() -> str:
    """Import what it needs before it contacts anything, and find a place for its certificates; its version."""
    import asyncpg  # noqa: F401 - the connector would load it inside the measured time

    tempfile.gettempdir()
    from google.cloud.sql.connector.version import __version__ as version

    return str(version)


async def connect(options: dict[str, Any], connected: Callable[[], None]) -> None:
    """Connect, ``SELECT 1``, close; raises what the connector raises."""
    from google.cloud.sql.connector import create_async_connector

    connector = await create_async_connector(sqladmin_api_endpoint=options.pop("sqladmin_endpoint") or None)
    connection = await connector.connect_async(options.pop("instance"), "asyncpg", **options)
    connected()
    await connection.fetchval("SELECT 1")
    await connection.close()
