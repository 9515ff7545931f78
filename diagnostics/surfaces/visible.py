"""Text of others, made harmless for terminals: nothing in it can move a cursor, hide, or turn the reading direction."""

import re
import unicodedata

_INVISIBLE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON lets through raw although a terminal or an editor acts on it: DEL, C1 controls, directions, zero widths."""


def visible(text: str) -> str:
    r"""One line in which every character is seen: controls, line ends and directions read ``\n``, ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def json_visible(document: str) -> str:
    r"""The same for JSON text: such characters occur only inside its strings, where ``\u009b`` means the same."""
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def cells(text: str) -> int:
    """Columns that a terminal gives the text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
