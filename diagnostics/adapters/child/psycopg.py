"""psycopg 3 as apps use it, with libpq inside."""

from collections.abc import Callable
from typing import Any


def load() -> str:
    """Import it; its version."""
    import psycopg

    return psycopg.__version__


async def connect(options: dict[str, Any], connected: Callable[[], None]) -> None:
    """Connect, ``SELECT 1``, close; raises what psycopg raises."""
    import psycopg

    connection = await psycopg.AsyncConnection.connect(**options)
    connected()
    await connection.execute("SELECT 1")
    await connection.close()
