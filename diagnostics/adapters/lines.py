"""The log of a process that must not wait for whoever reads it."""

import contextlib
import os
import queue
import threading
from collections.abc import Iterator

WAITING = 1000
"""Lines that may wait, of one or two KiB each: hours of a path that comes and goes."""


class Lines:
    """Writes in a thread of its own.

    A log that is not read fills its pipe (64 KiB on Linux), and the next write waits: in the loop that would hold the
    answer to a liveness probe, and a platform would restart the container for it.
    """

    def __init__(self, out: int = 1, err: int = 2, waiting: int = WAITING) -> None:
        self._out, self._err = out, err
        self._waiting: queue.Queue[tuple[int, str] | None] = queue.Queue(waiting)
        self._lost = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """To standard output, text with its line end; lost where too much waits already."""
        self._put(self._out, text)

    def note(self, text: str) -> None:
        """A sentence for people, to standard error."""
        self._put(self._err, _said(text))

    def end(self, seconds: float) -> None:
        """Wait so long at most for what is not written yet; nothing may be written afterwards."""
        with contextlib.suppress(queue.Full):
            for last in (*self._loss(), None):
                self._waiting.put(last, timeout=seconds / 3)
            self._thread.join(seconds / 3)

    def _put(self, stream: int, text: str) -> None:
        try:
            for line in (*self._loss(), (stream, text)):
                self._waiting.put_nowait(line)
            self._lost = 0
        except queue.Full:
            self._lost += 1

    def _loss(self) -> Iterator[tuple[int, str]]:
        if self._lost:
            yield self._err, _said(f"{self._lost} lines are lost: the log was not read")

    def _work(self) -> None:
        while line := self._waiting.get():
            _write(*line)


def _said(text: str) -> str:
    return f"cloudsql-diag: {text}\n"


def _write(stream: int, text: str) -> None:
    """Past Python's buffers: what a full disk refused would wait in them, and turn the end of the process into 120."""
    with contextlib.suppress(OSError):
        os.write(stream, text.encode(errors="backslashreplace"))
