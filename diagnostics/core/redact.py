"""Foreign text made safe to show: cleaned of secrets where it enters, bounded in length, without control characters.

Foreign text is what drivers, servers, HTTP answers and exceptions say. A secret may come back in it whole, encoded, or
in the pieces that a parser made of it, so all of these are searched for:

- the secret as it is and percent-decoded, each character plain or percent-, repr- or JSON-encoded, in any case;
- every piece of three or more characters that ends where one of ``: / ? # @ % & =``, a quotation mark, a backslash or
  whitespace cuts the secret;
- its beginning, sixteen characters and more, where a peer cut a name short;
- the whole of it, from four characters on, or its first sixteen, in the forms of ``disguise``: base64 and base32 at any
  alignment, hex with or without separators, HTML entities, full width, ROT13, backwards, percent-encoded twice, and
  with one or two characters between each two of its own.

What is found becomes ``***``. Where a mask itself would give the secret away the whole text is dropped: the secret is
short, or the piece stands in another setting, or it is a word or number that a reader could fill in.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import quote, unquote

from diagnostics.core import disguise
from diagnostics.core.foreign import CUT, shortened
from diagnostics.core.model import Secret

MASK: Final = "***"
"""Stands for a secret, or a piece of one."""
WITHHELD: Final = "[text withheld]"
"""Stands for a text that cannot be shown even with masks."""

SHOWN = 500
"""Characters of foreign text that are shown: the longest error sentences of PostgreSQL and Google's APIs fit twice."""
WINDOW = 4 * SHOWN
"""Characters that are searched and may be shown: masks shorten, so a few times more than the result may hold."""

_CUTS = ":/?#@%&='\"\\"
"""Where parsers of URLs, shells and connection strings cut."""
_SHORTEST_PIECE = 3
"""Two characters stand in every text by chance; from three on they are a piece."""
_SHORTEST_MASKED = 6
"""A mask for fewer characters leaves too few possibilities."""
_CUT_SHORT = 16
"""Longer than a word that stands in a message by chance, and shorter than the 63 bytes PostgreSQL cuts names to."""


_SHORTEST_DISGUISED = 4
"""Three characters come out of any text by chance, if it is only read in enough ways."""
_AROUND = " \t\r\n'\"`"
"""Blanks and quotation marks, which hands and shells leave around a secret."""
_WIDEST = 12
"""Characters that stand for one of a secret at most: an emoji, percent-encoded."""


class Redactor:
    """Cleans foreign text of these secrets; ``settings`` are the values that may be shown beside it."""

    __slots__ = ("__disguised", "__index", "__reach", "__secrets", "__settings")

    def __init__(self, secrets: tuple[Secret, ...] = (), settings: tuple[str, ...] = ()) -> None:
        self.__secrets = secrets
        self.__settings = settings
        self.__index: dict[str, list[tuple[_Needle, int]]] | None = None
        self.__disguised: tuple[str, ...] = ()
        # What stands behind the window is searched for a secret that begins in it, and not looked at any further.
        self.__reach = WINDOW + 1 + _WIDEST * max((len(secret.reveal()) for secret in secrets), default=0)

    def also(self, secret: Secret) -> "Redactor":
        """A redactor that knows one secret more."""
        return Redactor((*self.__secrets, secret), self.__settings)

    def clean(self, text: str) -> str:
        """The text with secrets masked, or ``WITHHELD``; at most 500 characters, on one line, printable."""
        if self.__index is None:
            self.__index, self.__disguised = _index(self.__secrets), _disguised(self.__secrets)
        text = "".join(map(_harmless, text[: self.__reach]))
        least = min(map(len, self.__disguised), default=self.__reach)
        covered = bytearray(min(len(text), WINDOW))
        if not (self.__cover_pieces(text, covered, self.__index) and self.__cover_runs(text, covered, least)):
            return WITHHELD
        shown = "".join(_masked(text, covered))
        shown = shortened(shown if len(text) <= WINDOW else shown[:SHOWN] + CUT, SHOWN)
        return WITHHELD if self.__disguised_in(disguise.readings(shown, least)) else shown

    def __cover_pieces(self, text: str, covered: bytearray, index: dict[str, list[tuple["_Needle", int]]]) -> bool:
        """Whether a mask does for every piece that is found; ``covered`` gets a 1 for each character under one."""
        folded = "".join(map(_fold, text))
        for at in range(len(covered)):
            for needle, start in index.get(folded[at], ()):
                end, piece = needle.longest(folded, at, start)
                if end > at:
                    if needle.short or self.__gives_away(piece):
                        return False
                    covered[at:end] = b"\1" * (min(end, len(covered)) - at)
        return True

    def __cover_runs(self, text: str, covered: bytearray, least: int) -> bool:
        """The same for encodings of a whole secret."""
        for run in disguise.runs(text, least):
            piece = self.__disguised_in(run.decoded) if run.start < len(covered) else ""
            if piece:
                if len(piece) < _SHORTEST_MASKED or self.__gives_away(piece):
                    return False
                covered[run.start : run.end] = b"\1" * (min(run.end, len(covered)) - run.start)
        return True

    def __disguised_in(self, texts: Iterable[str]) -> str:
        """The first secret that one of the texts holds, empty where none does."""
        lower = map(str.casefold, texts)
        return next((secret for text in lower for secret in self.__disguised if secret in text), "")

    def __gives_away(self, piece: str) -> bool:
        """Whether a reader who knows the settings, or English, could put the piece back in place of the mask."""
        return piece.isalpha() or piece.isdigit() or any(piece in setting.lower() for setting in self.__settings)


class _Needle:
    """One secret as the encodings of its characters, and the places where a parser may cut it."""

    __slots__ = ("ends", "folded", "short", "starts", "units")

    def __init__(self, secret: str) -> None:
        self.folded = "".join(map(_fold, secret))
        self.short = len(secret) < _SHORTEST_MASKED
        self.units = tuple(_encodings(character) for character in secret)
        cuts = [at for at, character in enumerate(secret) if character in _CUTS or character.isspace()]
        self.starts = (0, *(at + 1 for at in cuts if at + 1 < len(secret)))
        self.ends = frozenset((*cuts, len(secret)))

    def longest(self, text: str, at: int, start: int) -> tuple[int, str]:
        """Where the longest piece that starts there ends in the text, and the piece; ``at`` where there is none."""
        found, piece = at, ""
        smallest = min(_SHORTEST_PIECE, len(self.units))
        reached = {at}
        for position in range(start, len(self.units)):
            reached = {
                end + len(form) for end in reached for form in self.units[position] if text.startswith(form, end)
            }
            if not reached:
                break
            length = position + 1 - start
            if length >= smallest and (position + 1 in self.ends or length >= _CUT_SHORT):
                found, piece = max(reached), self.folded[start : position + 1]
        return found, piece


def _index(secrets: tuple[Secret, ...]) -> dict[str, list[tuple[_Needle, int]]]:
    """From the first character of a piece in the text to the secrets and places where it may start."""
    index: dict[str, list[tuple[_Needle, int]]] = {}
    values = dict.fromkeys(form for secret in secrets for form in (secret.reveal(), unquote(secret.reveal())) if form)
    for needle in map(_Needle, values):
        for start in needle.starts:
            for first in {form[0] for form in needle.units[start]}:
                index.setdefault(first, []).append((needle, start))
    return index


def _disguised(secrets: tuple[Secret, ...]) -> tuple[str, ...]:
    """What to look for in other forms, case folded: each secret as it is and percent-decoded, or its beginning."""
    values = (form for secret in secrets for form in (secret.reveal(), unquote(secret.reveal())))
    # Whoever reads a value may take off what stands around it, before an encoding that leaves nothing to cut.
    forms = (form.casefold() for value in values for form in (value, value.strip(), value.strip(_AROUND)))
    return tuple(dict.fromkeys(form[:_CUT_SHORT] for form in forms if len(form) >= _SHORTEST_DISGUISED))


@cache
def _encodings(character: str) -> tuple[str, ...]:
    """Every way in which a character of a secret may be written, folded like the text it is searched in."""
    utf8 = character.encode("utf-8", "surrogatepass")
    forms = [
        character,
        character.upper(),
        quote(utf8, safe=""),
        "".join(f"%{byte:02x}" for byte in utf8),
        json.dumps(character)[1:-1],
        json.dumps(character, ensure_ascii=False)[1:-1],
        repr(character)[1:-1],
        ascii(character)[1:-1],
        repr(utf8)[2:-1],
    ]
    if character == " ":
        forms.append("+")
    if character in "'\"":
        forms += ["\\" + character, character * 2]
    return tuple(dict.fromkeys("".join(_fold(_harmless(c)) for c in form) for form in forms))


def _harmless(character: str) -> str:
    """No line breaks, terminal escapes, direction marks or lone surrogates; one character stays one."""
    if character.isprintable():
        return character
    return " " if character.isspace() else "?"


def _fold(character: str) -> str:
    """Lower case where that is one character too, so that places in the text stay the same."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _masked(text: str, covered: bytearray) -> Iterator[str]:
    """The characters that no secret covers, and one mask for each run that one does."""
    before = 0
    for at, hidden in enumerate(covered):
        if not hidden:
            yield text[at]
        elif not before:
            yield MASK
        before = hidden
