"""Processes that end and that nobody waits for: PID 1 of a container is the parent of all whose own parent is gone."""

import contextlib
import os
from collections.abc import Awaitable, Callable

LOOK_EVERY = 5.0
"""Seconds between two looks: what is left over meanwhile is a number in a table of thousands."""

PATIENCE = 0.5
"""Seconds after which a process that ended and is still there has nobody who asks for it. Whoever starts one of our own
children asks at once."""


def is_first_process() -> bool:
    """Whether we are the one that orphans are given to."""
    return os.getpid() == 1


async def reap(sleep: Callable[[float], Awaitable[None]]) -> None:
    """Until cancelled: let go of what ended and is asked for by nobody."""
    while True:
        ended = _ended()
        await sleep(PATIENCE if ended else LOOK_EVERY)
        if ended and _ended() == ended:
            _let_go(ended)


def _let_go(ended: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(ended, os.WNOHANG)


def _ended() -> int:
    """The process id of a child that has ended, 0 where there is none; it is left as it is."""
    with contextlib.suppress(ChildProcessError):
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found.si_pid if found else 0
    return 0
