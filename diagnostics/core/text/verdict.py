"""The causes that can have produced a text, ranked, and whether the text settles which one it was."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from diagnostics.core.codes import Cause
from diagnostics.core.model import Value
from diagnostics.core.text.matching import Elsewhere, Match, matches
from diagnostics.core.text.pattern import Pattern, Place, Sign, Strength
from diagnostics.core.text.reading import read

SHOWN = 6
"""Candidates that are named: what a timeout without an address can come from, and still read."""
_FADES = (1.0, 0.6, 0.5, 0.42, 0.36, 0.3)
"""What the second, third ... cause of the same words gets of the first one's weight, the last for all that follow."""
_BEHIND = 0.4
"""And what of that a cause gets that may only lie behind the first."""
_TELLING = 0.15
"""A lift that is worth a word: less comes from words that half of the catalogue has."""
_OUTER = 0.5
"""And of that what an exception gets that another one was raised from: its words are then mostly about waiting."""


_CONSTANT = frozenset({Strength.EXACT, Strength.NAMED})


class Role(StrEnum):
    """How words speak for a cause: before others, beside others, or only as what may lie behind the first."""

    FIRST = "first"
    ALSO = "also"
    BEHIND = "behind"


class Ground(Value, frozen=True, kw_only=True):
    """What in the text spoke for a cause."""

    pattern: Pattern
    words: str
    """The pattern's wording, never the text's."""
    line: int
    signs: frozenset[Sign] = frozenset()
    """What beside the words made the difference."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Where those stand that are not on the line of the words."""
    role: Role
    weight: float


class Candidate(Value, frozen=True, kw_only=True):
    """A cause that can have produced the text. ``weight`` is for comparing, from 0 to 1, and no probability."""

    cause: Cause
    weight: float
    grounds: tuple[Ground, ...]
    """The heaviest first."""
    fits: bool = False
    """Whether what is known beside the text speaks for it, too."""


class Clarity(StrEnum):
    """How far a text goes. Only ``CAUSE`` leaves nothing to measure."""

    CAUSE = "cause"
    """Words that exist for one cause, and nothing that speaks for another."""
    EVENT = "event"
    """What happened is named; more than one cause makes it happen."""
    SYMPTOM = "symptom"
    """Only what any of several causes looks like."""
    NOTHING = "nothing"
    """No known words."""


class Verdict(Value, frozen=True, kw_only=True):
    """The candidates, best first."""

    candidates: tuple[Candidate, ...] = ()
    clarity: Clarity = Clarity.NOTHING
    places: frozenset[Place] = frozenset()
    """What the lines with known words name."""

    @property
    def ambiguous(self) -> bool:
        """Whether only a check can tell which of the candidates it is, or that it is another."""
        return self.clarity is not Clarity.CAUSE


class _Reading(Value, frozen=True, kw_only=True):
    """A match, and the causes that its words have at its place."""

    match: Match
    signs: frozenset[Sign] = frozenset()
    strength: Strength
    causes: tuple[Cause, ...]
    behind: tuple[Cause, ...] = ()
    outer: bool = False
    """Whether something was raised from an exception that says something itself."""

    @property
    def wraps(self) -> bool:
        """Whether it says only that something failed."""
        return self.strength is Strength.WRAPPER

    @property
    def names(self) -> bool:
        """Whether it speaks against other causes. A symptom does not, nor what any program may say of its own."""
        return self.is_constant and not self.outer

    @property
    def is_constant(self) -> bool:
        """Whether the words are somebody's constant, and no combination of ours."""
        return self.strength in _CONSTANT


def judge(text: str, patterns: Sequence[Pattern], lifts: Mapping[Cause, float] | None = None) -> Verdict:
    """What can have produced the text. ``lifts``: how far what is known beside it raises each cause, from 0 to 1."""
    found = matches(patterns, read(text))
    readings = _telling(tuple(reading for match in found if (reading := _reading(match)) is not None))
    candidates = (_lifted(each, (lifts or {}).get(each.cause, 0.0)) for each in _weighed(readings))
    ranked = sorted(candidates, key=lambda each: -each.weight)
    return Verdict(
        candidates=tuple(ranked[:SHOWN]),
        clarity=_clarity(ranked, readings),
        places=frozenset[Place]().union(*(reading.match.places for reading in readings)),
    )


def _reading(match: Match) -> _Reading | None:
    """The causes of the words with the signs beside them; None where they mean nothing there."""
    pattern, row = match.pattern, match.row
    if row is not None:
        strength = row.strength or pattern.strength
        return _Reading(match=match, signs=row.signs, strength=strength, causes=row.causes, behind=row.behind)
    if not pattern.causes:
        return None
    return _Reading(match=match, strength=pattern.strength, causes=pattern.causes, behind=pattern.behind)


def _telling(readings: tuple[_Reading, ...]) -> tuple[_Reading, ...]:
    """A wrapper says that something failed, and nothing where the text says what; so does an outcome on its line."""
    named = {each.match.line.number for each in readings if each.is_constant}
    inner = tuple(
        each
        for each in readings
        if not each.wraps and not (each.strength is Strength.OUTCOME and each.match.line.number in named)
    )
    return _innermost(inner or readings)


def _innermost(readings: tuple[_Reading, ...]) -> tuple[_Reading, ...]:
    """An exception that another one was raised from says less."""
    deepest: dict[int, int] = {}
    for each in readings:
        line = each.match.line
        deepest[line.chain] = max(line.depth, deepest.get(line.chain, line.depth))
    return tuple(
        msgspec.structs.replace(each, outer=each.match.line.depth < deepest[each.match.line.chain]) for each in readings
    )


def _weighed(readings: Iterable[_Reading]) -> tuple[Candidate, ...]:
    """A pattern counts once for a cause, however often it matches; different patterns add up."""
    grounds: dict[Cause, dict[Pattern, Ground]] = {}
    for reading in readings:
        for cause, ground in _grounds(reading):
            known = grounds.setdefault(cause, {})
            if reading.match.pattern not in known or known[reading.match.pattern].weight < ground.weight:
                known[reading.match.pattern] = ground
    return tuple(_candidate(cause, tuple(found.values())) for cause, found in grounds.items())


def _grounds(reading: _Reading) -> Iterable[tuple[Cause, Ground]]:
    match = reading.match
    for rank, cause in enumerate((*reading.causes, *reading.behind)):
        role = Role.FIRST if not rank else Role.ALSO if rank < len(reading.causes) else Role.BEHIND
        share = (
            (_OUTER if reading.outer else 1)
            * _FADES[min(rank, len(_FADES) - 1)]
            * (_BEHIND if role is Role.BEHIND else 1)
        )
        yield (
            cause,
            Ground(
                pattern=match.pattern,
                words=match.words,
                line=match.line.number,
                signs=reading.signs,
                elsewhere=match.elsewhere,
                role=role,
                weight=reading.strength.value * share,
            ),
        )


def _candidate(cause: Cause, found: tuple[Ground, ...]) -> Candidate:
    against = 1.0
    for ground in found:
        against *= 1 - ground.weight
    return Candidate(cause=cause, weight=1 - against, grounds=tuple(sorted(found, key=lambda ground: -ground.weight)))


def _lifted(candidate: Candidate, lift: float) -> Candidate:
    weight = candidate.weight + (1 - candidate.weight) * lift
    return msgspec.structs.replace(candidate, weight=weight, fits=lift > _TELLING)


def _clarity(ranked: Sequence[Candidate], readings: Sequence[_Reading]) -> Clarity:
    """A cause is named where the first has words that only it has, and nothing in the text names another first."""
    if not ranked:
        return Clarity.NOTHING
    first = ranked[0].cause
    named = {reading.causes[0] for reading in readings if reading.names}
    if named == {first} and any(reading.is_constant and reading.causes == (first,) for reading in readings):
        return Clarity.CAUSE
    return Clarity.EVENT if any(reading.is_constant and not reading.outer for reading in readings) else Clarity.SYMPTOM
