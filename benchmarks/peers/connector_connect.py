"""The least a program with Google's connector can do: import it, connect, ask, close."""

import asyncio
import os

from google.cloud.sql.connector import Connector


async def main() -> None:
    """Once."""
    endpoint = os.environ["CLOUDSQL_DIAG_SQLADMIN_ENDPOINT"]
    async with Connector(sqladmin_api_endpoint=endpoint, loop=asyncio.get_running_loop()) as connector:
        connection = await connector.connect_async(
            os.environ["INSTANCE_CONNECTION_NAME"],
            "asyncpg",
            user=os.environ["POSTGRES_USER"],
            password=os.environ["POSTGRES_PASSWORD"],
            db=os.environ["POSTGRES_DB"],
            # Longer than any bound that the benchmark sets: its own patience is what is measured.
            timeout=600,
        )
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


asyncio.run(main())
