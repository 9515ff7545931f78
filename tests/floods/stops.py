"""How long a loop stands still: in a test, or in a sidecar that says so when it ends.

``python -P stops.py SECONDS serve ...`` is the program of ``tests.sidecar.hurried``, watched.
"""

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import msgspec

PROGRAM = (sys.executable, "-P", str(Path(__file__)))

SAID = "longest stop of the loop in seconds: "
"""What stands before the number, on a line of standard error."""

LOOK = 0.005
"""Seconds between two looks, a twentieth of what is too long."""


class Stops(msgspec.Struct):
    """The longest time that the loop's thread worked without giving a turn.

    Seconds of its own processor time: what other programs take from this machine is not counted.
    """

    longest: float = 0.0

    async def watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(LOOK)
            self.longest = max(self.longest, time.thread_time() - before)


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Stops]:
    stops = Stops()
    # Half a second is what one look through the objects of a session of thousands of tests takes: not the flood's.
    gc.freeze()
    watch = asyncio.create_task(stops.watch())
    try:
        yield stops
    finally:
        watch.cancel()
        gc.unfreeze()


def longest_said(errors: str) -> float:
    """What a watched program wrote last."""
    return float(errors.rpartition(SAID)[2])


def main() -> None:
    sys.path.append(str(Path(__file__).parents[2]))
    from tests.sidecar import hurried

    run = asyncio.run

    def timed(work: Coroutine[Any, Any, None]) -> None:
        longest = run(_longest_in(work))
        sys.stderr.write(f"{SAID}{longest}\n")

    asyncio.run = timed  # type: ignore[assignment]
    hurried.main()


async def _longest_in(work: Coroutine[Any, Any, None]) -> float:
    async with watched() as stops:
        await work
    return stops.longest


if __name__ == "__main__":
    main()
