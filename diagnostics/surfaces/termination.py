"""``/dev/termination-log``: what Kubernetes and Cloud Run show of a container that ended."""

from pathlib import Path

from diagnostics.core.report import Report
from diagnostics.surfaces import short

LIMIT = 4096
"""Bytes that Kubernetes keeps of one container's message."""


def write(path: Path | None, report: Report) -> None:
    """Replace the message by this verdict, where the file exists; OSError where it may not be written."""
    if path is None or not path.exists():
        return
    path.write_bytes(message(report))


def message(report: Report) -> bytes:
    """The short text, cut between characters."""
    return short.render(report).encode()[:LIMIT].decode(errors="ignore").encode()
