"""Where patterns match. Words are compared and nothing is parsed; wordings that a text does not have cost nothing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

from diagnostics.core.model import Value
from diagnostics.core.text.line import Line
from diagnostics.core.text.pattern import At, Pattern, Place, Sign, Strength
from diagnostics.core.text.reading import comparable
from diagnostics.core.text.signs import matter_of, places_of, signs_in, signs_of_frames, writers_in

GAP = 160
"""Characters that ``*`` may stand for: two names of 63 bytes, as long as PostgreSQL's get, and words between them."""
_NEIGHBOURS = 10
"""Lines around one that may name its place: drivers print address and port on lines of their own."""
_BESIDE = 2
"""Lines around one that may say who speaks of what: a sentence and what follows it, no other message."""
_ENOUGH = 1000
"""Matches that are looked at. A log has a few different messages; this bounds the time for a text made to cost some."""

_SQLSTATE = re.compile(
    r'(?:sqlstate|sql_state|sql state|code|pgcode|"c")["\s:=\[(]{0,6}(\d[0-9a-z]{4})(?![\w.])'
    r"|(?:fatal|error|panic|exception|0x80004005\)): (\d[0-9a-z]{4})(?=:)"
)
"""In the notations of drivers: named, or before the message as psql's VERBOSITY and Npgsql have it."""


class Elsewhere(Value, frozen=True, kw_only=True):
    """A sign that another line shows, and that line's number."""

    sign: Sign
    line: int


class Match(Value, frozen=True, kw_only=True):
    """One place in the text where a pattern's words stand. ``words`` are the pattern's, not the text's."""

    pattern: Pattern
    words: str
    line: Line
    places: frozenset[Place]
    """Those that the line names."""
    row: At | None
    """The first of the pattern's rows whose signs are there."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Those of its signs that the line itself does not show."""


class Wording(Value, frozen=True, kw_only=True):
    """One wording of a pattern, ready to be found."""

    pattern: int
    written: str
    loose: bool
    """Whether anybody uses these words."""
    key: str
    """A word that every line with the wording has as a whole, the longest of them; empty where it has none."""
    expression: re.Pattern[str]


_WORD = re.compile(r"[0-9a-z_]+")


def _wording(number: int, pattern: Pattern, written: str) -> Wording:
    words = comparable(written)
    whole = re.sub(r"[0-9a-z_]*\*|(?<=\*)[0-9a-z_]+", " ", words.replace(" * ", " "))
    return Wording(
        pattern=number,
        written=written,
        loose=pattern.strength is Strength.OUTCOME,
        key=max(_WORD.findall(whole), key=len, default=""),
        expression=re.compile(_edged(words)),
    )


def _edged(words: str) -> str:
    inner = "".join(_escaped(piece) for piece in re.split(r"( ?\* ?)", words.strip("*")))
    before = r"(?<![0-9a-z_])" if words[0].isalnum() else ""
    after = r"(?![0-9a-z_])" if words[-1].isalnum() else ""
    return before + inner + after


def _escaped(piece: str) -> str:
    """A gap with a blank at its side leaves the word there whole."""
    if "*" not in piece:
        return re.escape(piece)
    before, after = piece.split("*")
    return ("(?![0-9a-z_])" if before else "") + f".{{0,{GAP}}}?" + ("(?<![0-9a-z_])" if after else "")


class _Index:
    """The wordings by their keys, so that words that a line does not have cost nothing."""

    __slots__ = ("_by_code", "_by_word")

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._by_word: dict[str, list[Wording]] = {}
        self._by_code: dict[str, int] = {}
        for number, pattern in enumerate(patterns):
            self._by_code.update(dict.fromkeys(map(str.lower, pattern.sqlstates), number))
            for written in pattern.says:
                wording = _wording(number, pattern, written)
                self._by_word.setdefault(wording.key, []).append(wording)

    def found_in(self, line: str) -> tuple["_Found", ...]:
        """Everything that a line has, in the order of the patterns."""
        words = {"", *_WORD.findall(line)}
        sought = [wording for word in words & self._by_word.keys() for wording in self._by_word[word]]
        sought.sort(key=lambda wording: wording.pattern)
        return (*_written(line, sought), *self._coded(line, words))

    def _coded(self, line: str, words: set[str]) -> Iterator["_Found"]:
        if words.isdisjoint(self._by_code):
            return
        for code in {one or other for one, other in _SQLSTATE.findall(line)} & self._by_code.keys():
            yield _Found(pattern=self._by_code[code], words=code.upper())


@cache
def _index(patterns: tuple[Pattern, ...]) -> _Index:
    """Made once a process."""
    return _Index(patterns)


class _Found(Value, frozen=True, kw_only=True):
    """A pattern's words in a line, and where. A SQLSTATE stands nowhere, so that words never hide it."""

    pattern: int
    words: str
    loose: bool = False
    span: tuple[int, int] = (-1, -1)

    def within(self, other: "_Found") -> bool:
        """Whether longer words of another pattern hold these: ``timeout`` in ``worker timeout``.

        Words that anybody uses hide no constant.
        """
        (start, end), (first, last) = self.span, other.span
        longer = first <= start and end <= last and end - start < last - first
        return longer and other.pattern != self.pattern and not (other.loose and not self.loose)


def matches(patterns: Sequence[Pattern], lines: Sequence[Line]) -> tuple[Match, ...]:
    """Where the patterns match, in the order of the text."""
    index = _index(tuple(patterns))
    beside = _Beside(lines)
    found = (
        beside.match(patterns[each.pattern], each.words, at)
        for at, line in enumerate(lines)
        for each in _in_line(line.text, index)
    )
    return tuple(islice(found, _ENOUGH))


class _Beside:
    """The signs beside words, looked up once a line and only where a pattern asks for them."""

    __slots__ = ("_lines", "_shown", "_writers")

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._shown: dict[int, frozenset[Sign]] = {}
        self._writers: dict[int, frozenset[Sign]] = {}

    def match(self, pattern: Pattern, words: str, number: int) -> Match:
        """With the row that the signs choose."""
        row = self._row(pattern, number) if pattern.at else None
        return Match(
            pattern=pattern,
            words=words,
            line=self._lines[number],
            places=places_of(self.line(number)),
            row=row,
            elsewhere=tuple(self._elsewhere(row, number)) if row is not None else (),
        )

    def _elsewhere(self, row: At, number: int) -> Iterator[Elsewhere]:
        """The nearest line for each sign; frames are told with the line that they belong to."""
        for sign in sorted(row.signs - self.line(number) - signs_of_frames(self._lines[number].frames)):
            shows = [each for each in self._span(number, _NEIGHBOURS) if sign in self.line(each)]
            for nearest in sorted(shows, key=lambda each: abs(each - number))[:1]:
                yield Elsewhere(sign=sign, line=self._lines[nearest].number)

    def _row(self, pattern: Pattern, number: int) -> At | None:
        """The row of the line's own signs before those of the lines around it."""
        own = self.line(number) | signs_of_frames(self._lines[number].frames) | self._written_by(number)
        return _first(pattern.at, own) or _first(pattern.at, own | self._around(number))

    def line(self, number: int) -> frozenset[Sign]:
        """Of one line."""
        if number not in self._shown:
            self._shown[number] = signs_in(self._lines[number].text)
        return self._shown[number]

    def _written_by(self, number: int) -> frozenset[Sign]:
        """Who writes the lines around it."""
        for each in self._span(number, _NEIGHBOURS):
            if each not in self._writers:
                self._writers[each] = writers_in(self._lines[each].text)
        return _joined(self._writers[each] for each in self._span(number, _NEIGHBOURS))

    def _around(self, number: int) -> frozenset[Sign]:
        """What the line leaves out and others say: the matter right beside it, places farther off."""
        matter = _joined(self.line(each) for each in self._span(number, _BESIDE))
        return matter_of(matter) | places_of(_joined(self.line(each) for each in self._span(number, _NEIGHBOURS)))

    def _span(self, number: int, width: int) -> range:
        return range(max(0, number - width), min(len(self._lines), number + width + 1))


def _first(rows: Iterable[At], signs: frozenset[Sign]) -> At | None:
    return next((row for row in rows if row.signs <= signs), None)


def _joined(signs: Iterable[frozenset[Sign]]) -> frozenset[Sign]:
    return frozenset[Sign]().union(*signs)


def _in_line(line: str, index: _Index) -> Iterator[_Found]:
    """One a pattern: the first of its wordings that no longer words of another pattern hold."""
    every = index.found_in(line)
    seen: set[int] = set()
    for found in every:
        if found.pattern not in seen and not any(found.within(other) for other in every):
            seen.add(found.pattern)
            yield found


def _written(line: str, wordings: Sequence[Wording]) -> Iterator[_Found]:
    for wording in wordings:
        for found in wording.expression.finditer(line):
            yield _Found(pattern=wording.pattern, words=wording.written, loose=wording.loose, span=found.span())
