"""The connector's own process: ``python -m diagnostics.adapters.connector_child``, secrets on standard input.

The connector resolves, dials and shakes hands with calls that nothing can interrupt, in a loop that then serves nobody
else. In a process of its own it can be killed.
"""

import asyncio
import os
import sys
import tempfile
import time
from typing import BinaryIO

import msgspec

from diagnostics.adapters.connector_protocol import Done, Ready, Request
from diagnostics.adapters.driver_errors import described


def main() -> None:
    """One request, one result. Ends without waiting for the connector's threads."""
    answers = _claim_stdout()
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    ready = _load()
    _tell(answers, ready)
    if ready.error is None:
        _tell(answers, asyncio.run(_done(request)))
    os._exit(0)


def _claim_stdout() -> BinaryIO:
    """Our end of the pipe; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _tell(answers: BinaryIO, message: Ready | Done) -> None:
    answers.write(msgspec.json.encode(message) + b"\n")
    answers.flush()


def _load() -> Ready:
    """What the connector needs before it contacts anything: its libraries, and a place for its certificates."""
    started = time.monotonic()
    try:
        tempfile.gettempdir()
        import asyncpg  # noqa: F401 - the connector would load it inside the measured time
        from google.cloud.sql.connector.version import __version__ as version
    except (ImportError, FileNotFoundError) as error:
        return Ready(error=described(error))
    return Ready(version=str(version), import_seconds=time.monotonic() - started)


async def _done(request: Request) -> Done:
    started, error = time.monotonic(), None
    try:
        await _connect(request)
    except Exception as raised:  # noqa: BLE001 - whatever the connector raises is what the app would have met
        error = described(raised)
    return Done(connect_seconds=time.monotonic() - started, error=error)


async def _connect(request: Request) -> None:
    """As the connector's documentation tells apps to: its defaults, the app's settings."""
    from google.cloud.sql.connector import create_async_connector

    connector = await create_async_connector(sqladmin_api_endpoint=request.sqladmin_endpoint or None)
    connection = await connector.connect_async(
        request.instance,
        "asyncpg",
        user=request.user,
        password=request.password,
        db=request.database,
        ip_type=request.ip_type,
        enable_iam_auth=request.iam,
    )
    await connection.fetchval("SELECT 1")
    await connection.close()


if __name__ == "__main__":
    main()
