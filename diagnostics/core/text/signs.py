"""What a comparable line shows beside the words of an outcome: who speaks, what was being done, and where."""

import re

from diagnostics.core.text.pattern import Operation, Place, Sign, Speaker
from diagnostics.core.text.places import places_in
from diagnostics.core.text.vocabulary import FRAMES, WRITTEN, Written


def _compiled(written: Written) -> tuple[tuple[Speaker | Operation, re.Pattern[str]], ...]:
    return tuple((sign, re.compile("|".join(ways))) for sign, ways in written)


_EXPRESSIONS = _compiled(WRITTEN)
_OF_FRAMES = _compiled(FRAMES)
_BESIDE = frozenset({Operation.PROBE, Operation.LISTEN, Operation.SERVE_REQUEST, Operation.RUN_STATEMENT})
_WRITERS = frozenset({Speaker.PROXY, Speaker.CONNECTOR, Operation.PROXY_LISTENS})
_OF_WRITERS = tuple((sign, expression) for sign, expression in _EXPRESSIONS if sign in _WRITERS)


def signs_in(line: str) -> frozenset[Sign]:
    """What a comparable line shows."""
    return places_in(line) | frozenset(sign for sign, expression in _EXPRESSIONS if expression.search(line))


def signs_of_frames(frames: str) -> frozenset[Sign]:
    """Whose code was at work."""
    if not frames:
        return frozenset()
    lower = frames.lower()
    return frozenset(sign for sign, expression in _OF_FRAMES if expression.search(lower))


def writers_in(line: str) -> frozenset[Sign]:
    """What a line shares with those around it, whatever they say: whose log it is."""
    return frozenset(sign for sign, expression in _OF_WRITERS if expression.search(line))


def matter_of(signs: frozenset[Sign]) -> frozenset[Sign]:
    """What the lines right beside one say of it: a sentence and what follows it are often two lines."""
    return frozenset(sign for sign in signs if isinstance(sign, Speaker) or sign in _BESIDE)


def places_of(signs: frozenset[Sign]) -> frozenset[Place]:
    """The places among them."""
    return frozenset(sign for sign in signs if isinstance(sign, Place))
