"""Signals that mean nothing to ``serve``, and would end it: a probe on the app is no reason to lose what we know."""

import signal
import sys
from types import FrameType

_MEANT = {
    *(signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP),
    # A person at the keyboard, and faults of the process itself.
    *(signal.SIGQUIT, signal.SIGABRT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP, signal.SIGXCPU),
    # Harmless by themselves, or by Python.
    *(signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG, signal.SIGPIPE, signal.SIGXFSZ),
}


def overhear_the_rest() -> None:
    """Every other signal does nothing from now on, SIGHUP only where no terminal can hang up.

    By a handler and not by ignoring them: what is ignored stays ignored in the processes that we start.
    """
    terminal = any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    for number in signal.valid_signals() - _MEANT - ({signal.SIGHUP} if terminal else set()):
        signal.signal(number, _nothing)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Not even a line: whoever may send a signal may send many."""
