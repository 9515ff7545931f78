"""Our own lines in a pasted log: whoever wrote one has measured, and knows the app's limits.

The sidecar writes a line at each change of state, ``diagnostics.startup`` one where a start-up failed. Both are JSON
with the same fields; in a log that was read back from Cloud Logging the fields stand under ``jsonPayload``.
"""

import re
from collections.abc import Iterator

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.foreign import UNREADABLE, name
from diagnostics.core.model import Value
from diagnostics.core.report import AppLimit

COMPONENT = "cloudsql-diag"
MOST = 20
"""Limits that are shown: a start-up has a dozen."""


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]{0,39}")


class OwnLine(Value, frozen=True, kw_only=True):
    """What a line of ours says."""

    line: int = 0
    cause: Cause
    confidence: str = ""
    measured: bool
    """Whether the path was walked for it; a start-up without an agent only reads its exception."""
    limits: tuple[AppLimit, ...] = ()


class _Fields(Value, frozen=True, kw_only=True):
    component: str
    cause: str = ""
    confidence: str = ""
    diagnosed_by: str = "agent"
    timers: tuple[AppLimit, ...] = ()


class _Entry(Value, frozen=True, kw_only=True):
    json_payload: _Fields | None = msgspec.field(default=None, name="jsonPayload")


def own_line(text: str) -> OwnLine | None:
    """The last one that names a cause; None where there is none."""
    found = list(_found(text))
    return found[-1] if found else None


def _found(text: str) -> Iterator[OwnLine]:
    if COMPONENT not in text:
        return
    for number, line in enumerate(text.splitlines(), 1):
        fields = _fields(line) if COMPONENT in line else None
        if fields is None or fields.component != COMPONENT or fields.cause not in Cause._value2member_map_:
            continue
        yield OwnLine(
            line=number,
            cause=Cause(fields.cause),
            confidence=name(fields.confidence),
            measured=fields.diagnosed_by != "text",
            limits=tuple(_shown(limit) for limit in fields.timers[:MOST]),
        )


def _fields(line: str) -> _Fields | None:
    try:
        start = line.index("{")
        entry = msgspec.json.decode(line[start:].rstrip().encode(), type=_Entry)
        return entry.json_payload or msgspec.json.decode(line[start:].rstrip().encode(), type=_Fields)
    except UNREADABLE:
        return None


def _shown(limit: AppLimit) -> AppLimit:
    """Only what looks like a name is repeated: all else in a pasted text may hold a secret."""
    return msgspec.structs.replace(limit, name=_named(limit.name), source="")


def _named(text: str) -> str:
    return text if _NAME.fullmatch(text) else "a limit"
