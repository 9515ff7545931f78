"""``/dev/termination-log``: what Kubernetes and Cloud Run show of a container that ended."""

from pathlib import Path

from diagnostics.core.report import Report
from diagnostics.surfaces import short

LIMIT = 4096
"""Bytes that Kubernetes keeps of one container's message."""


def write(path: Path, report: Report) -> None:
    """Replace the message by this verdict; OSError where the file may not be written."""
    path.write_bytes(message(report))


def message(report: Report) -> bytes:
    """The short text, cut between characters."""
    return short.render(report).encode()[:LIMIT].decode(errors="ignore").encode()
