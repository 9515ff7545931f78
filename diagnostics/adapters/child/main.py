"""One call of a driver: the driver's name and a lifeline as arguments, the request with its secrets on standard input.

A peer can hold a driver for as long as it likes, in computing, in memory, in calls that nothing interrupts. In a
process of its own it can be killed.
"""

import asyncio
import os
import sys
import time
from importlib import import_module
from types import ModuleType
from typing import Any

from diagnostics.adapters.child import bounds, verdict
from diagnostics.adapters.child.frames import frame, read_frame


def main() -> None:
    """Load, say so, connect as the request says, say what came of it. Ends without waiting for a library's threads."""
    bounds.end_with_parent(int(sys.argv[2]))
    bounds.be_the_first_to_go()
    answers = _claim_stdout()
    driver = import_module(f"diagnostics.adapters.child.{sys.argv[1]}")
    ready = _load(driver)
    _tell(answers, frame(ready))
    request = None if "end" in ready else read_frame(0)
    if request is not None:
        _tell(answers, _answer(driver, request))
    os._exit(0)


def _claim_stdout() -> int:
    """Our end of the pipe; what libraries print goes nowhere."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _tell(answers: int, data: bytes) -> None:
    while data:
        data = data[os.write(answers, data) :]


def _load(driver: ModuleType) -> dict[str, object]:
    started = time.monotonic()
    try:
        version = driver.load()
    except Exception as error:  # noqa: BLE001 - a library that is installed by halves raises anything
        return verdict.described(error) | {"end": "import_failed"}
    seconds = time.monotonic() - started
    return {"driver_version": version, "import_seconds": seconds, "cpu_seconds": time.process_time()}


def _answer(driver: ModuleType, request: dict[str, Any]) -> bytes:
    """What the call came to. An answer that needs no memory is ready before the driver may take it all."""
    os.environ.update(request["environment"])
    bounds.limit_time(request["limit"])
    bounds.limit_memory(request["memory"])
    last_words = frame(verdict.OUT_OF_MEMORY)
    try:
        return frame(asyncio.run(_done(driver, request["options"])))
    except MemoryError:
        return last_words


async def _done(driver: ModuleType, options: dict[str, Any]) -> dict[str, object]:
    started, connected, refused = time.monotonic(), 0.0, False

    def note_connected() -> None:
        nonlocal connected
        connected = time.monotonic() - started

    def note_refused(_: object, context: dict[str, Any]) -> None:
        """Where memory ends as bytes are received, asyncio tells its handler, and the driver of a lost connection."""
        nonlocal refused
        refused = refused or verdict.ran_out_of_memory(context.get("exception"))

    asyncio.get_running_loop().set_exception_handler(note_refused)
    result: dict[str, object] = {"end": "connected"}
    try:
        await driver.connect(options, note_connected)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is what the app would have met
        result = verdict.described(error) if not refused else dict(verdict.OUT_OF_MEMORY)
    return result | {"connect_seconds": connected or time.monotonic() - started}
