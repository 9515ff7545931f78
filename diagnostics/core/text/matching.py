"""Where patterns match. Words are compared and nothing is parsed; wordings that a text does not have cost nothing."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

from diagnostics.core.model import Value
from diagnostics.core.text.line import Line
from diagnostics.core.text.pattern import Pattern, Place
from diagnostics.core.text.places import places_in
from diagnostics.core.text.reading import comparable

GAP = 160
"""Characters that ``*`` may stand for: two names of 63 bytes, as long as PostgreSQL's get, and words between them."""
_NEIGHBOURS = 10
"""Lines around one that may name its place: drivers print address and port on lines of their own."""
_ENOUGH = 1000
"""Matches that are looked at. A log has a few different messages; this bounds the time for a text made to cost some."""

_SQLSTATE = re.compile(
    r'(?:sqlstate|sql_state|sql state|code|pgcode|"c")["\s:=\[(]{0,6}(\d[0-9a-z]{4})(?![\w.])'
    r"|(?:fatal|error|panic|exception|0x80004005\)): (\d[0-9a-z]{4})(?=:)"
)
"""In the notations of drivers: named, or before the message as psql's VERBOSITY and Npgsql have it."""


class Match(Value, frozen=True, kw_only=True):
    """One place in the text where a pattern's words stand. ``words`` are the pattern's, not the text's."""

    pattern: Pattern
    words: str
    line: Line
    places: frozenset[Place]
    near: frozenset[Place]
    """Places that the lines around it name."""


class Wording:
    """One wording of a pattern, ready to be found."""

    __slots__ = ("_expression", "_pieces", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        self._pieces = tuple(filter(None, (comparable(piece) for piece in written.split("*"))))
        self._expression = re.compile(_edged(comparable(written)))

    def possible(self, text: str) -> bool:
        """Whether all its pieces are anywhere in the text."""
        return all(piece in text for piece in self._pieces)

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Where the line has them in order."""
        if self.possible(line):
            yield from (found.span() for found in self._expression.finditer(line))


def _edged(words: str) -> str:
    inner = f".{{0,{GAP}}}?".join(re.escape(piece.strip()) for piece in words.strip("*").split("*"))
    before = r"(?<![0-9a-z_])" if words[0].isalnum() else ""
    after = r"(?![0-9a-z_])" if words[-1].isalnum() else ""
    return before + inner + after


@cache
def _wordings(says: tuple[str, ...]) -> tuple[Wording, ...]:
    """Compiled once a process."""
    return tuple(map(Wording, says))


class _Found(Value, frozen=True, kw_only=True):
    """A pattern's words in a line, and where. A SQLSTATE stands nowhere, so that words never hide it."""

    pattern: int
    words: str
    span: tuple[int, int] = (-1, -1)

    def within(self, other: "_Found") -> bool:
        """Whether longer words of another pattern hold these: ``timeout`` in ``worker timeout``."""
        (start, end), (first, last) = self.span, other.span
        return other.pattern != self.pattern and first <= start and end <= last and end - start < last - first


def matches(patterns: Sequence[Pattern], lines: Sequence[Line]) -> tuple[Match, ...]:
    """Where the patterns match, in the order of the text."""
    whole = "\n".join(line.text for line in lines)
    wordings = [
        (number, wording)
        for number, pattern in enumerate(patterns)
        for wording in _wordings(pattern.says)
        if wording.possible(whole)
    ]
    codes = [(number, code) for number, pattern in enumerate(patterns) for code in pattern.sqlstates]
    named = _Named(lines)
    found = (
        Match(
            pattern=patterns[each.pattern],
            words=each.words,
            line=line,
            places=named.at(at),
            near=named.around(at),
        )
        for at, line in enumerate(lines)
        for each in _in_line(line.text, wordings, codes)
    )
    return tuple(islice(found, _ENOUGH))


class _Named:
    """The places that lines name, looked up once a line."""

    __slots__ = ("_known", "_lines")

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._known: dict[int, frozenset[Place]] = {}

    def at(self, number: int) -> frozenset[Place]:
        """Of one line."""
        if number not in self._known:
            self._known[number] = places_in(self._lines[number].text)
        return self._known[number]

    def around(self, number: int) -> frozenset[Place]:
        """Of it and its neighbours."""
        first, last = max(0, number - _NEIGHBOURS), min(len(self._lines), number + _NEIGHBOURS + 1)
        return frozenset().union(*map(self.at, range(first, last)))


def _in_line(line: str, wordings: Sequence[tuple[int, Wording]], codes: Sequence[tuple[int, str]]) -> Iterator[_Found]:
    """One a pattern: the first of its wordings that no longer words of another pattern hold."""
    every = (*_written(line, wordings), *_coded(line, codes))
    seen: set[int] = set()
    for found in every:
        if found.pattern not in seen and not any(found.within(other) for other in every):
            seen.add(found.pattern)
            yield found


def _written(line: str, wordings: Sequence[tuple[int, Wording]]) -> Iterator[_Found]:
    for number, wording in wordings:
        for span in wording.spans(line):
            yield _Found(pattern=number, words=wording.written, span=span)


def _coded(line: str, codes: Sequence[tuple[int, str]]) -> Iterator[_Found]:
    named = {(one or other).upper() for one, other in _SQLSTATE.findall(line)}
    for number, code in codes if named else ():
        if code in named:
            yield _Found(pattern=number, words=code)
