"""asyncpg as apps use it."""

from collections.abc import Callable
from typing import Any


def load() -> str:
    """Import it; its version."""
    import asyncpg

    return str(asyncpg.__version__)


async def connect(options: dict[str, Any], connected: Callable[[], None]) -> None:
    """Connect, ``SELECT 1``, close; raises what asyncpg raises."""
    import asyncpg

    connection = await asyncpg.connect(**options)
    connected()
    await connection.fetchval("SELECT 1")
    await connection.close()
