"""Other forms of a text: encodings of whole strings, which leave no character of a secret where it was.

Two kinds. A *run* is a stretch that may be base64, base32 or hex; it is decoded from each place where a group may
begin, so that whatever stood before the secret when it was encoded makes no difference. A *reading* is the whole text
read in another way. Both only have to be good enough to find a secret that is known: nothing decoded is ever shown.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/_\-]{60,}\s+)*[A-Za-z0-9+/_\-]{6,}={0,2}")
"""Both alphabets (RFC 4648), and lines of 60 characters and more as in PEM and MIME. Six characters hold four bytes."""
_BASE32: Final = re.compile(r"[A-Z2-7]{7,}={0,6}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|\\u00|[%=])?[0-9A-Fa-f]{2}[ :,.\-]?\s?){4,}(?:0x|\\x|\\u00|[%=])?[0-9A-Fa-f]?")
"""The last half of a byte may be what a peer cut off."""
_NO_DIGIT: Final = re.compile(r"0x|\\x|\\u00|[^0-9A-Fa-f]")

_STANDARD: Final = str.maketrans("-_", "+/")
_ROT13: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_WIDEST: Final = 3
"""Characters from one of a text to the next where separators of one or two stand between."""


class Run(NamedTuple):
    """A stretch of a text, and what it may decode to."""

    start: int
    end: int
    decoded: tuple[str, ...]


def runs(text: str, least: int) -> Iterator[Run]:
    """Every stretch that may be an encoding of ``least`` bytes or more."""
    for found in _long(_BASE64, text, least * 4 // 3):
        yield Run(*found.span(), _decoded("".join(found[0].split()).rstrip("=").translate(_STANDARD), 4))
    for found in _long(_BASE32, text, least * 8 // 5):
        yield Run(*found.span(), _decoded(found[0].rstrip("="), 8))
    for found in _long(_HEX, text, least * 2):
        yield Run(*found.span(), _decoded(_NO_DIGIT.sub("", found[0]).upper(), 2))


def readings(text: str, least: int) -> Iterator[str]:
    """The text read in every other way in which it may hold ``least`` characters or more."""
    if len(text) < least:
        return
    if "&" in text:
        # Its table of entities takes longer to load than all else here, and few texts need it.
        import html

        yield html.unescape(text)
    if "%" in text:
        yield unquote(unquote(text))
    if not text.isascii():
        import unicodedata

        yield unicodedata.normalize("NFKC", text)
    yield text[::-1]
    yield text.translate(_ROT13)
    for step in range(2, _WIDEST + 1):
        if len(text) > step * (least - 1):
            yield from (text[first::step] for first in range(step))


def _long(form: re.Pattern[str], text: str, least: int) -> Iterator[re.Match[str]]:
    return (found for found in form.finditer(text) if len(found[0]) >= least)


def _decoded(digits: str, group: int) -> tuple[str, ...]:
    return tuple(_read(digits[start:], group).decode("utf-8", "replace") for start in range(group))


def _read(digits: str, group: int) -> bytes:
    """What whole bytes the digits hold; ``group`` of them hold a whole number."""
    try:
        match group:
            case 2:
                return bytes.fromhex(digits[: len(digits) // 2 * 2])
            case 4:
                # One digit alone holds no byte.
                digits = digits[:-1] if len(digits) % 4 == 1 else digits
                return base64.b64decode(digits + "=" * (-len(digits) % 4))
            case _:
                whole = len(digits) // 8 * 8 + _BASE32_TAIL[len(digits) % 8]
                return base64.b32decode(digits[:whole] + "=" * (-whole % 8))
    except (binascii.Error, ValueError):
        return b""


_BASE32_TAIL: Final = (0, 0, 2, 2, 4, 5, 5, 7)
"""Of so many digits after the last group, those that hold whole bytes (RFC 4648, 6)."""
