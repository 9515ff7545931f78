"""Frames of the pipes between the agent and a driver's process: four bytes of length, then as many of JSON."""

import json
import os
import struct
from collections.abc import Mapping

LENGTH = struct.Struct("!I")

LONGEST_ANSWER = 128 * 1024
"""Bytes of one answer: five times the longest message (``report.LONGEST_MESSAGE``) where every character takes four
bytes and some are escaped."""


def frame(value: Mapping[str, object]) -> bytes:
    """The value as one frame."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return LENGTH.pack(len(data)) + data


def read_frame(descriptor: int) -> dict[str, object] | None:
    """The next frame; None where the other side closed its end before it was complete."""
    head = _exactly(descriptor, LENGTH.size)
    data = _exactly(descriptor, LENGTH.unpack(head)[0]) if head else b""
    return json.loads(data) if data else None


def _exactly(descriptor: int, size: int) -> bytes:
    parts, missing = [], size
    while missing:
        part = os.read(descriptor, missing)
        if not part:
            return b""
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
