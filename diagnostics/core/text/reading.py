"""A log as lines that can be compared: without colours, escapes, envelopes, stack frames and differences of quoting.

Takes time in proportion to the text: every expression here looks at a character a bounded number of times.
"""

import re
from collections.abc import Iterator

import msgspec

from diagnostics.core.text.line import Line
from diagnostics.core.text.traces import linked

LONGEST = 2000
"""Characters that are compared at once; a longer line is several. The longest messages of clients have about 1000."""
_OVERLAP = 200
"""Characters that two pieces of a long line share: no wording is longer."""
_FIELD = re.compile(r"^\w{1,80}: ")
_ENOUGH = 40
"""Characters by which a message is found again in its document."""
_FAR = 20_000
"""Characters that are searched for it: ten of the longest messages, so that the time stays in proportion."""
_DEEPEST = 8
"""Levels of a JSON entry that are looked into; Google's error details nest to five."""

_COLOUR = re.compile(r"\x1b\[[0-9;:?]{0,32}[ -/]?[@-~]")
_QUOTES = str.maketrans(dict.fromkeys("'`\u2018\u2019\u201c\u201d\u00b4\u00ab\u00bb", '"'))
_BLANKS = re.compile(r"[^\S\n]+")
_ESCAPED = re.compile(r"\\{1,4}([nrt\"'`/])")
_UNESCAPED = {"n": "\n", "r": " ", "t": " "}
_CUT_NAME = re.compile(r"\n(?=[\"'`][\s,;:)])")
"""A line that begins with a closing quotation mark: the line break stands inside a quoted name."""
CUT = "\u23ce"
"""Stands for a line break inside a name."""
_COUNTED = re.compile(r"\d+(?!\.?\d)")
"""Times, process ids and ports, which differ where a message is repeated; of an address only the last part."""
ENVELOPE = frozenset(
    {
        "httpRequest",
        "insertId",
        "labels",
        "logName",
        "operation",
        "receiveTimestamp",
        "resource",
        "severity",
        "sourceLocation",
        "spanId",
        "timestamp",
        "trace",
    }
)
"""Fields of Cloud Logging's LogEntry that say where an entry comes from, not what happened."""


def read(text: str) -> tuple[Line, ...]:
    """The lines of a log that say something, each message once: one that is repeated is no more evidence."""
    seen: set[str] = set()
    return tuple(_new(_lines(text), seen))


def comparable(text: str) -> str:
    """Text in the form in which words are compared."""
    return _BLANKS.sub(" ", text.translate(_QUOTES)).strip().lower()


def _new(lines: Iterator[Line], seen: set[str]) -> Iterator[Line]:
    for line in lines:
        message = _COUNTED.sub("#", line.text)
        if message and message not in seen:
            seen.add(message)
            yield line


def _lines(text: str) -> Iterator[Line]:
    text = _COLOUR.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    for line in linked(_raw(text)):
        for start in range(0, max(len(line.text), 1), LONGEST - _OVERLAP):
            piece = comparable(line.text[start : start + LONGEST])
            yield Line(number=line.number, text=piece, chain=line.chain, depth=line.depth, frames=line.frames)


def _raw(text: str) -> Iterator[Line]:
    """Lines as they were written, those of messages inside entries too, where they are written out as escapes."""
    whole = _decoded(text)
    if whole is not None:
        places = _Places(text)
        for message in _messages(whole):
            yield from _parts(places.line_of(message), message)
        return
    for number, entry in enumerate(_CUT_NAME.sub(CUT, text).split("\n"), 1):
        decoded = _decoded(entry)
        for message in _messages(entry if decoded is None else decoded):
            yield from _parts(number, message)


def _parts(number: int, message: str) -> Iterator[Line]:
    written_out = _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), message)
    for part in _CUT_NAME.sub(CUT, written_out).split("\n"):
        if part:
            yield Line(number=number, text=part)


class _Places:
    """In which line of a document of JSON a message stands: looked for from where the last one was, and not far."""

    __slots__ = ("_at", "_line", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def line_of(self, message: str) -> int:
        """Its first words are enough; one that is not found is told with the line of the one before."""
        start = _FIELD.sub("", message)[:_ENOUGH]
        found = self._text.find(start.split("\n")[0].split('"')[0], self._at, self._at + _FAR)
        if found > self._at:
            self._line += self._text.count("\n", self._at, found)
            self._at = found
        return self._line


def _decoded(text: str) -> object | None:
    """The value of a JSON entry; None for anything else."""
    stripped = text.strip()
    if not stripped.startswith(("{", "[")) or not stripped.endswith(("}", "]")):
        return None
    try:
        found = msgspec.json.decode(stripped)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict | list) and found else None


def _messages(value: object, name: str = "", depth: int = 0) -> Iterator[str]:
    """Every text and number in an entry but those of the envelope, each after the name of its field."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield f"{name}: {value}" if name else str(value)
    elif isinstance(value, list | dict) and depth < _DEEPEST:
        items = value.items() if isinstance(value, dict) else ((name, each) for each in value)
        for inner, each in items:
            if inner not in ENVELOPE:
                yield from _messages(each, inner, depth + 1)
