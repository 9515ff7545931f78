"""Google's Python connector as an app uses it: a connection and a query for each request line on standard input.

A request is ``{"driver", "login", "user", "database", "timeout"}``, the answer ``{"user", "database"}`` or
``{"error", "text"}``. It is a process of its own, because google-auth reads the address of the metadata server when it
is imported.
"""

import asyncio
import json
import os
import sys
from typing import Any

from google.cloud.sql.connector import Connector

NAME = os.environ["INSTANCE_CONNECTION_NAME"]
ENDPOINT = os.environ.get("CLOUDSQL_DIAG_SQLADMIN_ENDPOINT")
"""None where the connector finds Google's own."""

QUERY = "SELECT current_user, current_database()"


def options(request: dict[str, Any]) -> dict[str, Any]:
    iam = request["login"] == "iam"
    password = {} if iam else {"password": os.environ["POSTGRES_PASSWORD"]}
    return {
        "user": request["user"],
        "db": request["database"],
        "enable_iam_auth": iam,
        "timeout": request["timeout"],
        **password,
    }


def with_psycopg(request: dict[str, Any]) -> tuple[str, str]:
    with Connector(sqladmin_api_endpoint=ENDPOINT) as connector:
        connection = connector.connect(NAME, "psycopg", **options(request))
        try:
            row: tuple[str, str] = connection.execute(QUERY).fetchone()
        finally:
            connection.close()
    return row


async def with_asyncpg(request: dict[str, Any]) -> tuple[str, str]:
    loop = asyncio.get_running_loop()
    async with Connector(sqladmin_api_endpoint=ENDPOINT, loop=loop) as connector:
        connection = await connector.connect_async(NAME, "asyncpg", **options(request))
        try:
            user, database = await connection.fetchrow(QUERY)
        finally:
            await connection.close()
    return user, database


def attempt(request: dict[str, Any]) -> dict[str, str]:
    try:
        if request["driver"] == "asyncpg":
            user, database = asyncio.run(with_asyncpg(request))
        else:
            user, database = with_psycopg(request)
    except Exception as error:  # noqa: BLE001 - which exception an app would see is the answer
        return {"error": type(error).__name__, "text": str(error)}
    return {"user": user, "database": database}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(attempt(json.loads(line))), flush=True)  # noqa: T201 - the answer
