"""A WSGI app whose workers reach the database while they load, as many do."""

import os
from collections.abc import Callable, Iterable

import psycopg

from diagnostics import startup
from diagnostics.startup.gunicorn import ledger

book = ledger()


def connection() -> psycopg.Connection:
    """One to the app's database."""
    return psycopg.connect(
        host=os.environ["POSTGRES_HOST"],
        port=os.environ.get("POSTGRES_PORT", "5432"),
        dbname=os.environ["POSTGRES_DB"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
    )


with startup.guard(ledger=book), book.limit("init", 15.0, source="app.py"):
    startup.connect_sync(connection, ledger=book).close()


def app(_environ: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """A row for each request, under a limit that the hook knows."""
    with book.limit("request", source="app.py"), connection() as opened:
        opened.execute("SELECT 1")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one\n"]
