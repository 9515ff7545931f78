"""FastAPI with asyncpg: the app answers only when its database does, and says why where it does not."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI

from diagnostics import startup
from diagnostics.startup.asgi import lifespan

ledger = startup.Ledger()
ledger.declare_known("startup probe")


async def open_pool() -> asyncpg.Pool:
    """A pool with one connection that works."""
    return await asyncpg.create_pool(
        host=os.environ["POSTGRES_HOST"],
        port=int(os.environ.get("POSTGRES_PORT", "5432")),
        database=os.environ["POSTGRES_DB"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
        min_size=1,
    )


@asynccontextmanager
async def database(app: FastAPI) -> AsyncIterator[None]:
    """The pool, open from start to end."""
    async with ledger.limit("init", float(os.environ.get("INIT_SECONDS", "15")), source="INIT_SECONDS"):
        pool = await startup.connect(open_pool, ledger=ledger)
    app.state.pool = pool
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan(database, ledger=ledger))


@app.get("/")
async def one() -> dict[str, int]:
    """A row, to show that it works."""
    return {"one": await app.state.pool.fetchval("SELECT 1")}
