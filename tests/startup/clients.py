"""Real drivers, pools and SQLAlchemy, each as one call that connects with a URL and closes again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import psycopg_pool
from sqlalchemy import create_engine, pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

Client = Callable[[str], Awaitable[None]]
"""Connects with a ``postgresql://`` URL, and closes; raises what the driver raises."""


async def bare_asyncpg(url: str) -> None:
    connection = await asyncpg.connect(url, ssl=False)
    await connection.close()


async def pooled_asyncpg(url: str) -> None:
    async with asyncpg.create_pool(url, ssl=False, min_size=1, max_size=1):
        pass


async def bare_psycopg(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url):
        pass


async def pooled_psycopg(url: str) -> None:
    async with psycopg_pool.AsyncConnectionPool(url, min_size=1, open=False, num_workers=1) as opened:
        await opened.wait(timeout=0.5)


def _sync_psycopg(url: str) -> None:
    psycopg.connect(url).close()


def _psycopg2(url: str) -> None:
    psycopg2.connect(url).close()


def _pg8000(url: str) -> None:
    parts = make_url(url)
    where: dict[str, Any] = {"host": parts.host, "port": parts.port, "database": parts.database}
    pg8000.dbapi.connect(user=parts.username, password=parts.password, timeout=5, **where).close()


def in_thread(connect: Callable[[str], None]) -> Client:
    """A synchronous driver, as an app calls it from its own loop."""

    async def client(url: str) -> None:
        await asyncio.to_thread(connect, url)

    return client


def _through_sqlalchemy(driver: str) -> Client:
    def connect(url: str) -> None:
        engine = create_engine(_url(url, driver), poolclass=pool.NullPool)
        engine.connect().close()

    return in_thread(connect)


def _through_async_sqlalchemy(driver: str) -> Client:
    async def client(url: str) -> None:
        engine = create_async_engine(_url(url, driver), poolclass=pool.NullPool)
        async with engine.connect():
            pass

    return client


def _url(url: str, driver: str) -> URL:
    parts = make_url(url)
    # Each driver has its own word for "without TLS"; the faults of the table are not about that.
    return parts.set(drivername=f"postgresql+{driver}", query={})


CLIENTS: dict[str, Client] = {
    "asyncpg": bare_asyncpg,
    "asyncpg pool": pooled_asyncpg,
    "psycopg": bare_psycopg,
    "psycopg pool": pooled_psycopg,
    "psycopg, synchronous": in_thread(_sync_psycopg),
    "psycopg2": in_thread(_psycopg2),
    "pg8000": in_thread(_pg8000),
    "SQLAlchemy asyncpg": _through_async_sqlalchemy("asyncpg"),
    "SQLAlchemy psycopg, asynchronous": _through_async_sqlalchemy("psycopg_async"),
    "SQLAlchemy psycopg": _through_sqlalchemy("psycopg"),
    "SQLAlchemy psycopg2": _through_sqlalchemy("psycopg2"),
    "SQLAlchemy pg8000": _through_sqlalchemy("pg8000"),
}
