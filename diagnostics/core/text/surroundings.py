"""What is known beside a text, compared with what the catalogue says of each cause: shared words lift a candidate.

A rare word says more than a common one (inverse document frequency over the pages of the catalogue). No candidate comes
in this way: the text has to allow it first.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping

from diagnostics.core.codes import Cause

_LIFT = 0.35
"""How far the best fit lifts a weight towards 1: changes the order of neighbours, never passes a named cause."""
_MUCH = 4.0
"""Sum of rarities at which two thirds of the lift are reached: one word of a single page has log(110), about 4.7."""
_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_ENDINGS = ("ing", "ed", "es", "s")
_STEM = 4
"""Letters that stay at least when an ending goes: ``used`` and ``uses`` are too short to be told from other words."""


class Pages:
    """The words that the catalogue has for each cause, and how rare each word is."""

    __slots__ = ("_rarity", "_words")

    def __init__(self, pages: Mapping[Cause, str]) -> None:
        self._words = {cause: _words_of(page) for cause, page in pages.items()}
        counts = Counter(word for words in self._words.values() for word in words)
        self._rarity = {word: math.log(len(self._words) / count) for word, count in counts.items()}

    def lifts(self, known: str) -> dict[Cause, float]:
        """For each cause, from 0 for nothing in common with what is known to about a third."""
        words = _words_of(known)
        return {cause: self._lift(words & page) for cause, page in self._words.items()}

    def _lift(self, shared: frozenset[str]) -> float:
        return _LIFT * (1 - math.exp(-math.fsum(self._rarity[word] for word in shared) / _MUCH))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(map(_stem, _WORD.findall(text.lower())))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word
