"""Writing to streams whose reader may be gone, or whose encoding may lack a character."""

import contextlib
import io
import os
import stat
import sys
from typing import TextIO


def open_closed() -> None:
    """Put the null device where whoever started us closed a standard stream (``>&-``): the verdict is the exit code.

    In the order of their numbers, so that each gets its own. A connection that got one of these numbers would be sent
    what libraries print.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def tolerant(stream: TextIO) -> TextIO:
    r"""The stream, from now on writing ``\xb7`` where its encoding lacks a character instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def piped() -> bool:
    """Whether standard input is a pipe or a file: a terminal, a device or a socket has no text for us."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


class Documents:
    """Standard output: whole documents. After its reader went away (``| head``) there is nobody to write to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = tolerant(stream)
        self._reader_gone = False

    def write(self, document: str) -> None:
        """Write and flush; OSError for anything but a reader that is gone."""
        if self._reader_gone:
            return
        try:
            self._stream.write(document)
            self._stream.flush()
        except OSError as error:
            _silence(self._stream)
            if not isinstance(error, BrokenPipeError):
                raise
            self._reader_gone = True


class Notes:
    """Standard error: lines for people. Nothing depends on whether anybody reads them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = tolerant(stream)

    def line(self, text: str) -> None:
        """One line."""
        self.raw(text + "\n")

    def raw(self, text: str) -> None:
        """As it is."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            _silence(self._stream)
        except ValueError:
            # Closed by somebody.
            return


def _silence(stream: TextIO) -> None:
    """The interpreter flushes standard streams when it ends, and would complain once more."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
