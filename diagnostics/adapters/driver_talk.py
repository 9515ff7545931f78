"""What this process and a driver's process say to each other, each side within its time."""

import asyncio
import contextlib
import os
from collections.abc import Callable

import msgspec

from diagnostics.adapters import driver_request
from diagnostics.adapters.child.frames import LENGTH, LONGEST_ANSWER, frame
from diagnostics.adapters.driver_process import LASTS, LOOK, DriverProcess
from diagnostics.core.model import Dialect
from diagnostics.ports import DriverCall, DriverEnd, DriverResult

MIB = 1024 * 1024

MEMORY = {Dialect.ASYNCPG: 64 * MIB, Dialect.PSYCOPG: 64 * MIB, Dialect.CONNECTOR: 96 * MIB}
"""Bytes of address space that a driver may take beyond what it has when it is loaded: connecting takes 10 MiB, the
connector 30. With the 35 MiB that a loaded driver has, and the agent's 60, it fits into the 256 MiB of our manifests,
whatever a server sends."""

BUSY = 0.1
"""Share of its time that a driver spent computing, from where on that is what it was at: a second of ten, where a
login takes some hundredths. No larger, because a container may have a tenth of a CPU."""

KEY_PAIR = 0.6
"""Seconds of computing that the connector needs for its keys where luck is bad: an RSA pair takes 0.1 on average."""

_SECOND_CLOCK = 2.0
"""Seconds after our limit at which the process ends itself, should this one stand still."""


async def talk(process: DriverProcess, call: DriverCall) -> DriverResult:
    """What the driver came to; the limit counts from when it is loaded. The process is gone afterwards."""
    try:
        ready = await _ready(process, call)
        if ready.end is not DriverEnd.CONNECTED:
            return ready
        done = await _called(process, call, ready.cpu_seconds)
        return msgspec.structs.replace(done, driver_version=ready.driver_version, import_seconds=ready.import_seconds)
    finally:
        await _gone(process)
        process.close()


async def _ready(process: DriverProcess, call: DriverCall) -> DriverResult:
    try:
        async with asyncio.timeout(call.load_limit):
            return await _answer(process.answers)
    except TimeoutError:
        return DriverResult(end=DriverEnd.IMPORT_FAILED, exception="TimeoutError")


async def _called(process: DriverProcess, call: DriverCall, spent: float) -> DriverResult:
    """``spent``: seconds of processor time that it took to be loaded."""
    try:
        async with asyncio.timeout(call.limit):
            await _say(process.requests, _request(call))
            return await _answer(process.answers)
    except TimeoutError:
        await _gone(process)
        allowed = BUSY * call.limit + (KEY_PAIR if call.dialect is Dialect.CONNECTOR else 0.0)
        busy = process.cpu_seconds - spent > allowed
        end = DriverEnd.KEPT_BUSY if busy else DriverEnd.SILENT
        return DriverResult(end=end, exception="TimeoutError", connect_seconds=call.limit)


def _request(call: DriverCall) -> bytes:
    return frame(
        {
            "options": driver_request.options(call),
            "environment": driver_request.defaults(call),
            "limit": call.limit + _SECOND_CLOCK,
            "memory": MEMORY[call.dialect],
        }
    )


async def _answer(pipe: int) -> DriverResult:
    """The next answer; where the process ended, or said what it does not say, that there is none."""
    with contextlib.suppress(EOFError, msgspec.MsgspecError):
        (length,) = LENGTH.unpack(await _heard(pipe, LENGTH.size))
        if length <= LONGEST_ANSWER:
            return msgspec.json.decode(await _heard(pipe, length), type=DriverResult)
    return DriverResult(end=DriverEnd.NO_RESULT, exception="ChildProcessError")


async def _heard(pipe: int, size: int) -> bytes:
    """So many bytes, or EOFError."""
    loop, heard = asyncio.get_running_loop(), b""
    while len(heard) < size:
        try:
            part = os.read(pipe, size - len(heard))
        except BlockingIOError:
            await _when(pipe, loop.add_reader, loop.remove_reader)
            continue
        if not part:
            raise EOFError
        heard += part
    return heard


async def _say(pipe: int, data: bytes) -> None:
    """As fast as it is taken: a process that reads nothing holds nobody up. One that is gone has no answer either."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(BrokenPipeError):
        while data:
            try:
                data = data[os.write(pipe, data) :]
            except BlockingIOError:
                await _when(pipe, loop.add_writer, loop.remove_writer)


async def _when(pipe: int, watch: Callable[[int, Callable[[], None]], None], leave: Callable[[int], bool]) -> None:
    """Until the pipe can be read, or written."""
    able = asyncio.Event()
    watch(pipe, able.set)
    try:
        await able.wait()
    finally:
        leave(pipe)


async def _gone(process: DriverProcess) -> None:
    """Killed with all that it started, and collected."""
    process.kill()
    for _ in range(round(LASTS / LOOK)):
        if process.is_gone():
            return
        await asyncio.sleep(LOOK)
