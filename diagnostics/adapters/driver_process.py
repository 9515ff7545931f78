"""The process in which a driver runs: started, ended as a group, and collected.

Nothing here needs an event loop, so that a process can load its driver while this one still loads what it needs itself.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import diagnostics

_BOOT = "import sys; sys.path += sys.argv[3:]; from diagnostics.adapters.child.main import main; main()"

_STANDARD = 3
"""The first descriptor that is none of the standard streams, which the child has its own of."""

LASTS = 2.0
"""Seconds in which a killed process is gone: the kernel frees its memory in some milliseconds, unless it hangs in a
call of a file system, and then in no time that is worth waiting for."""

LOOK = 0.001
"""Seconds between two looks whether it is gone: a healthy one ends within one."""


class DriverProcess:
    """One process, for one call of one driver."""

    def __init__(self, driver: str, environ: Mapping[str, str], path: tuple[str, ...]) -> None:
        """OSError where the system starts no process for us."""
        alive, self._lifeline = _lifeline()
        try:
            self._process = subprocess.Popen(
                # Isolated (-I), without site (-S): nothing of the environment or the current folder, which is the
                # app's, is loaded, and it starts twice as fast.
                [sys.executable, "-I", "-S", "-c", _BOOT, driver, str(alive), *path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=dict(environ),
                pass_fds=(alive,),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(alive)
        self.requests, self.answers = _descriptor(self._process.stdin), _descriptor(self._process.stdout)
        self.cpu_seconds = 0.0
        """Of processor time, known when it is gone."""

    @property
    def pid(self) -> int:
        """Of the process, and of the group that it leads."""
        return self._process.pid

    def kill(self) -> None:
        """With all that it started. It may be gone already."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def is_gone(self) -> bool:
        """Whether it has ended, and is collected then."""
        if self._process.returncode is not None:
            return True
        try:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody collects every child of this process, as the first one of a container should.
            pid, status, usage = self.pid, 0, None
        if pid:
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu_seconds = usage.ru_utime + usage.ru_stime if usage else 0.0
        return bool(pid)

    def end(self) -> None:
        """Kill and collect it, where waiting for it holds nobody up."""
        self.kill()
        for _ in range(round(LASTS / LOOK)):
            if self.is_gone():
                break
            time.sleep(LOOK)
        self.close()

    def close(self) -> None:
        """Our ends of its pipes; where it is not gone yet, the kernel kills it now."""
        os.close(self._lifeline)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _descriptor(pipe: IO[bytes] | None) -> int:
    """Of a pipe that never makes us wait."""
    if pipe is None:
        raise LookupError("the process was started with a pipe")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _lifeline() -> tuple[int, int]:
    """A pipe above the standard streams, which are closed in some containers."""
    ends = os.pipe()
    try:
        alive, lifeline = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _STANDARD) for end in ends)
    finally:
        for end in ends:
            os.close(end)
    return alive, lifeline


def import_path() -> tuple[str, ...]:
    """Where the process finds us and the drivers: as this one, but for the folder of the script or the current one."""
    ours = str(Path(diagnostics.__file__).parents[1])
    inherited = sys.path if sys.flags.safe_path else sys.path[1:]
    return tuple(dict.fromkeys((*filter(None, inherited), ours)))
