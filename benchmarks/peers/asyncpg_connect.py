"""The least a Python program can do to learn whether its database answers: import the driver, connect, ask, close."""

import asyncio
import os

import asyncpg


async def main() -> None:
    """Once."""
    connection = await asyncpg.connect(
        host=os.environ["POSTGRES_HOST"],
        port=int(os.environ["POSTGRES_PORT"]),
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
        database=os.environ["POSTGRES_DB"],
    )
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


asyncio.run(main())
