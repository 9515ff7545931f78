"""One instance of an app that starts: it connects with the library's retries, and says what that took."""

import json
import os
import time

import psycopg

from diagnostics import startup

book = startup.Ledger(total=float(os.environ["TOTAL"]))
began = time.monotonic()
error = ""
try:
    with startup.guard(ledger=book):
        startup.connect_sync(
            lambda: psycopg.connect(
                host=os.environ["POSTGRES_HOST"],
                port=os.environ["POSTGRES_PORT"],
                user=os.environ["POSTGRES_USER"],
                password=os.environ["POSTGRES_PASSWORD"],
                dbname=os.environ["POSTGRES_DB"],
            ),
            ledger=book,
        ).close()
except psycopg.OperationalError as exc:
    error = type(exc).__name__
print(json.dumps({"tries": book.attempts, "seconds": time.monotonic() - began, "error": error}))
