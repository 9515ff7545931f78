"""A command in the foreground: signals reach it, and its end is ours."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 10
"""What Cloud Run gives a container between SIGTERM and SIGKILL."""

SIGNAL_EXIT = 128
"""A shell's exit code for a command that a signal ended, before the signal's number is added."""


@contextmanager
def ending_in_order() -> Iterator[None]:
    """SIGTERM and SIGINT unwind the stack as an exit with the code that a shell would give."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(SIGNAL_EXIT + number)

    with _handling({signal.SIGTERM: leave, signal.SIGINT: leave}):
        yield


def run_in_foreground(argv: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """Run to the end, pass signals on, return the exit code as a shell would."""
    process = subprocess.Popen(argv, env=dict(environment))

    def forward(number: int, _: FrameType | None) -> None:
        # Ctrl-C at a terminal reaches the whole process group without our help.
        if number != signal.SIGINT or not os.isatty(0):
            process.send_signal(number)
        signal.alarm(GRACE_SECONDS)

    def end(_: int, __: FrameType | None) -> None:
        process.kill()

    with _handling({signal.SIGTERM: forward, signal.SIGINT: forward, signal.SIGALRM: end}):
        code = process.wait()
        signal.alarm(0)
    return code if code >= 0 else SIGNAL_EXIT - code


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
