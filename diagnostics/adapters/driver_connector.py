"""The Cloud SQL Python connector in a process of its own, killed as a group when its time is over."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from diagnostics.adapters.connector_protocol import Done, Ready, Request
from diagnostics.adapters.driver_errors import DriverError
from diagnostics.adapters.drivers import result_of
from diagnostics.core.model import Login
from diagnostics.ports import DriverCall, DriverResult

T = TypeVar("T")

_CHILD = "diagnostics.adapters.connector_child"

IMPORT_LIMIT = 15.0
"""Seconds until the imports must be done: half a second on a quiet machine, several on a cold tenth of a CPU."""

DEFAULT_ENDPOINT = "https://sqladmin.googleapis.com"
"""The connector's own default, which it derives from the universe when it is not told: so it is not told."""

_LONGEST_LINE = 1024 * 1024
"""Bytes of one answer, as for any other answer that we read; asyncio's own limit is shorter than some error texts."""


async def connect_in_child(call: DriverCall, environ: Mapping[str, str]) -> DriverResult:
    """What the connector came to; the deadline counts from when its imports are done."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        # Without the current folder on the path: that is the app's, and may hold modules of any name.
        "-P",
        "-m",
        _CHILD,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=_LONGEST_LINE,
        env=dict(environ),
        start_new_session=True,
    )
    try:
        return await _converse(process, request_of(call), call.limit)
    finally:
        await _end(process)


def request_of(call: DriverCall) -> Request:
    """What an app would hand to the connector. A login token is not among it: the connector asks for its own."""
    target = call.target
    endpoint = call.sqladmin_endpoint
    return Request(
        instance=str(target.instance or ""),
        user=target.user,
        database=target.database,
        ip_type=target.ip_type.value,
        iam=target.login is Login.IAM,
        password=target.password.reveal() if target.password else None,
        sqladmin_endpoint="" if endpoint == DEFAULT_ENDPOINT else endpoint,
    )


async def _converse(process: Process, request: Request, limit: float) -> DriverResult:
    ready = await _ready(process, request)
    if ready.error is not None:
        return msgspec.structs.replace(result_of(ready.error, "", 0.0, 0.0), import_failed=True)
    try:
        async with asyncio.timeout(limit):
            done = _decoded(await _line(process), Done) or Done(connect_seconds=0.0, error=_DIED)
    except TimeoutError:
        done = Done(connect_seconds=limit, error=DriverError(exception="TimeoutError", silent=True))
    return result_of(done.error, ready.version, done.connect_seconds, ready.import_seconds)


_DIED = DriverError(exception="ChildProcessError", message="the connector's process ended without a result")


async def _ready(process: Process, request: Request) -> Ready:
    if process.stdin is None:
        raise LookupError("the process was started with a pipe")
    # A process that died at once is told by its silence on the other pipe.
    with contextlib.suppress(ConnectionError):
        process.stdin.write(msgspec.json.encode(request))
        await process.stdin.drain()
    process.stdin.close()
    try:
        async with asyncio.timeout(IMPORT_LIMIT):
            return _decoded(await _line(process), Ready) or Ready(error=_DIED)
    except TimeoutError:
        return Ready(error=DriverError(exception="TimeoutError"))


async def _line(process: Process) -> bytes:
    if process.stdout is None:
        raise LookupError("the process was started with a pipe")
    return await process.stdout.readline()


def _decoded(line: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError:
        return None


async def _end(process: Process) -> None:
    """Kill what still runs, with all that it started, and collect it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
