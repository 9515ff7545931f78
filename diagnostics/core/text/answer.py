"""A verdict on a text in words: titles, reasons and what would settle it, all from the catalogue."""

from functools import cache

import msgspec

from diagnostics.core.catalog import causes
from diagnostics.core.catalog.entry import CauseEntry
from diagnostics.core.catalog.texts import PATTERNS, words
from diagnostics.core.codes import Cause
from diagnostics.core.model import Value
from diagnostics.core.report import AppLimit, Remedy
from diagnostics.core.text.own_lines import OwnLine, own_line
from diagnostics.core.text.surroundings import Pages
from diagnostics.core.text.verdict import Candidate, Clarity, Verdict, judge


class Named(Value, frozen=True, kw_only=True):
    """One candidate on a line of ``explain --jsonl``. ``weight`` is for comparing, from 0 to 1."""

    cause: Cause
    weight: float
    why: str


class Explained(Value, frozen=True, kw_only=True):
    """One candidate with everything ``explain --text`` says of it."""

    cause: Cause
    weight: float
    """For comparing, from 0 to 1, and no probability."""
    fit: str
    """The same in a word."""
    why: str
    title: str
    settled_by: str


class TextAnswer(Value, frozen=True, kw_only=True):
    """What a text can come from, best first. ``ambiguous``: the text alone cannot tell which of them it is."""

    candidates: tuple[Explained, ...]
    clarity: Clarity
    ambiguous: bool
    settle: tuple[Remedy, ...]
    """What to run next, and where the steps for the likeliest cause are."""
    limits: tuple[AppLimit, ...] = ()
    """The app's own limits, where its start-up told them."""
    fired: str = ""
    """Which of them fired, in a sentence."""


class LineAnswer(Value, frozen=True, kw_only=True):
    """The same for one line of ``explain --jsonl``."""

    id: str | int
    candidates: tuple[Named, ...]
    ambiguous: bool


def answer(text: str) -> TextAnswer:
    """For ``explain --text``."""
    verdict = judge(text, PATTERNS)
    plain = TextAnswer(
        candidates=tuple(map(_explained, verdict.candidates)),
        clarity=verdict.clarity,
        ambiguous=verdict.ambiguous,
        settle=_settle(verdict),
    )
    own = own_line(text)
    return plain if own is None else _with(own, plain)


def _with(own: OwnLine, plain: TextAnswer) -> TextAnswer:
    """A line of ours comes first: who wrote it has walked the path, or has at least seen the exception itself."""
    entry = causes.entry(own.cause)
    first = Explained(
        cause=own.cause,
        weight=1.0,
        fit=words.OWN_FIT,
        why=words.own(own),
        title=entry.title,
        settled_by=entry.settled_by,
    )
    others = tuple(each for each in plain.candidates if each.cause is not own.cause)
    clarity = Clarity.CAUSE if own.measured else plain.clarity
    return TextAnswer(
        candidates=(first, *(() if own.measured else others)),
        clarity=clarity,
        ambiguous=not own.measured and plain.ambiguous,
        settle=words.remedies([own.cause], clarity),
        limits=own.limits,
        fired=words.fired(own.limits),
    )


def _settle(verdict: Verdict) -> tuple[Remedy, ...]:
    runs = words.settling(verdict.places) if verdict.ambiguous else ()
    return (*runs, *words.remedies([candidate.cause for candidate in verdict.candidates], verdict.clarity))


def line_answer(id: str | int, text: str, known: object) -> LineAnswer:  # noqa: A002 - the field's name
    """For ``explain --jsonl``; ``known`` is whatever JSON the line has under ``context``."""
    verdict = judge(text, PATTERNS, _lifts(known))
    return LineAnswer(id=id, candidates=tuple(map(_named, verdict.candidates)), ambiguous=verdict.ambiguous)


def _lifts(known: object) -> dict[Cause, float] | None:
    if not known:
        return None
    return _pages().lifts(known if isinstance(known, str) else msgspec.json.encode(known).decode())


@cache
def _pages() -> Pages:
    """Made for the first line that has a context."""
    return Pages({cause: _page(entry) for cause, entry in causes.CAUSES.items()})


def _page(entry: CauseEntry) -> str:
    steps = (step.text for step in entry.steps)
    return " ".join((entry.title, entry.explanation, entry.shows, entry.mistaken, entry.settled_by, *steps))


def _named(candidate: Candidate) -> Named:
    return Named(cause=candidate.cause, weight=_rounded(candidate), why=words.why(candidate))


def _explained(candidate: Candidate) -> Explained:
    entry = causes.entry(candidate.cause)
    return Explained(
        cause=candidate.cause,
        weight=_rounded(candidate),
        fit=words.fit(candidate),
        why=words.why(candidate),
        title=entry.title,
        settled_by=entry.settled_by,
    )


def _rounded(candidate: Candidate) -> float:
    return round(candidate.weight, 2)
