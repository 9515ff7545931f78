"""``/dev/termination-log``: what Kubernetes and Cloud Run show of a container that ended."""

import os
import stat
import threading
from pathlib import Path

from diagnostics.core.report import Report
from diagnostics.surfaces import short

LIMIT = 4096
"""Bytes that Kubernetes keeps of one container's message."""


PATIENCE = 1.0
"""Seconds for a write of 4 KiB: the verdict is out, and nobody shall wait for where it is kept besides."""


def write(path: Path, report: Report) -> None:
    """Replace the message by this verdict; OSError where the file is none, may not be written, or hangs."""
    failures: list[OSError] = [TimeoutError("it takes too long")]

    def work() -> None:
        try:
            _replace(path, message(report))
        except OSError as error:
            failures[:] = [error]
        else:
            failures.clear()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if failures:
        raise failures[0]


def _replace(path: Path, content: bytes) -> None:
    # Without waiting, and nothing is cut before it is known what it is: a pipe would take no word and never end.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), "wb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("not a regular file")
        file.truncate(0)
        file.write(content)


def message(report: Report) -> bytes:
    """The short text, cut between characters."""
    return short.render(report).encode()[:LIMIT].decode(errors="ignore").encode()
