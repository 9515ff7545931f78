"""What the kernel holds this process to, whatever the foreign code in it does: memory, time, and its parent's life.

Nothing here depends on Python being able to run: a driver that computes in C keeps the interpreter for itself.
"""

import contextlib
import fcntl
import os
import resource
import select
import signal
import threading
from pathlib import Path

STACK = 2 * 1024 * 1024
"""Bytes of address space for a thread that resolves a name or talks to the metadata server. By default it is what the
shell's limit says, 8 MiB and more, and would count against what the driver may take."""

_FIRST_KILLED = "1000"
"""Of oom_score_adj: where a container's memory ends, this process goes and not the agent."""

_UNKNOWN_START = 256 * 1024 * 1024
"""Bytes that are taken for the start where there is no /proc to say: the connector has 110 MiB of address space, and a
libc that maps locales and modules generously as much again."""


def end_with_parent(lifeline: int) -> None:
    """Be killed, with all that this process starts, when the other end of the pipe is closed: by whoever, however.

    The kernel sends the signal to the process group. PR_SET_PDEATHSIG would spare children of this process, and fire
    when the thread ends that started it.
    """
    if hasattr(fcntl, "F_SETSIG"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    # Where the parent was gone before the signal was asked for.
    if select.select([lifeline], [], [], 0)[0]:
        os._exit(1)


def be_the_first_to_go() -> None:
    """Where memory ends, and without a core file, which would hold the password."""
    threading.stack_size(STACK)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_KILLED)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(more: int) -> None:
    """So many bytes of address space beyond what is taken now, and no more."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = (_address_space() or _UNKNOWN_START) + more
    if hard == resource.RLIM_INFINITY or most < hard:
        # Refused by systems other than Linux, where nobody runs in production.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def limit_time(seconds: float) -> None:
    """Be killed after so long, also where the parent stands still."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _address_space() -> int:
    return _status("VmSize:")


def _status(name: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0
