"""The app of the first incident: two limits inside each other, and one sentence for both."""

import asyncio
import os

import asyncpg

from diagnostics import startup

SOURCE = "database_timeout_config"
ledger = startup.Ledger()
ledger.declare_known("/cloudsql dial", "startup probe", "gunicorn --timeout", "asyncpg timeout")


async def connect_lazily() -> None:
    names = {"host": "HOST", "database": "DB", "user": "USER", "password": "PASSWORD"}
    await asyncpg.connect(**{name: os.environ[f"POSTGRES_{variable}"] for name, variable in names.items()})


async def start() -> None:
    try:
        async with ledger.limit("initialization", 8.0, source=SOURCE), ledger.limit("table_setup", 5.0, source=SOURCE):
            await connect_lazily()
    except TimeoutError as exc:
        raise RuntimeError("Database initialization timeout after 8.0s") from exc


async def main() -> None:
    async with startup.guard(ledger=ledger, diagnose=os.environ.get("DIAGNOSE", "auto"), budget=20.0):
        await start()


if __name__ == "__main__":
    asyncio.run(main())
