"""An app that connects with Google's Python connector under two limits, and prints what the library makes of it.

A process of its own, because google-auth reads the address of the metadata server when it is imported.
"""

import asyncio
import json
import os

from google.cloud.sql.connector import Connector

from diagnostics import startup

ledger = startup.Ledger()


async def connect() -> None:
    loop = asyncio.get_running_loop()
    endpoint = os.environ.get("CLOUDSQL_DIAG_SQLADMIN_ENDPOINT")
    async with Connector(sqladmin_api_endpoint=endpoint, loop=loop) as connector:
        options = {"user": os.environ["POSTGRES_USER"], "password": os.environ["POSTGRES_PASSWORD"]}
        name, database = os.environ["INSTANCE_CONNECTION_NAME"], os.environ["POSTGRES_DB"]
        connection = await connector.connect_async(name, "asyncpg", db=database, **options)
        await connection.close()


async def main() -> dict[str, object]:
    try:
        async with ledger.limit("init", 60.0), ledger.limit("connect", float(os.environ["LIMIT"])):
            await connect()
    except Exception as exc:  # noqa: BLE001 - whatever it raises is judged
        found, fired = startup.judge(exc), ledger.fired(exc)
        return {"verdict": found.verdict, "cause": found.cause, "fired": list(fired.names) if fired else []}
    return {"verdict": "", "cause": "", "fired": []}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))  # noqa: T201 - the answer
