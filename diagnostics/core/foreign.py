"""The border where what others wrote becomes a value of ours: what may go wrong there, and how much is kept.

An answer, a file or a packet can be anything. Whoever reads one catches ``UNREADABLE`` around the reader and nothing
else, and turns it into the border's own error: a text of somebody else is never a crash of ours.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

UNREADABLE: Final = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
"""What readers raise over a text that is not what they expect: a wrong shape (TypeError, LookupError and AttributeError
of libraries that trust theirs), a number that no date can hold (OverflowError), nesting deeper than the stack."""

LONGEST_NAME: Final = 255
"""Characters that we keep of a name: the longest DNS name has 253, names of Google's resources have at most 63."""

MOST: Final = 32
"""Entries that we keep of a list: as many addresses as fit into a DNS answer by UDP, and four times what an instance
has. A list of thousands would be thousands of sockets."""

MOST_ENTRIES: Final = 100
"""Entries that we keep of any other list or table of an answer: networks, flags, names of a certificate."""

LARGEST_NUMBER: Final = 2**53
"""Numbers beyond it are no counts of anything, and JSON's readers do not agree on them (RFC 8259, 6)."""

CUT: Final = "…"
"""Ends what was longer than we keep, so that nobody takes it for the whole, and so that it can be counted."""


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and a mark; ``most`` characters at most."""
    return text if len(text) <= most else text[: most - 1] + CUT


def name(text: str) -> str:
    """A name that somebody else gave: at most 255 characters, none that drives a terminal."""
    short = shortened(text, LONGEST_NAME)
    return short if short.isprintable() else "".join(c if c.isprintable() else "?" for c in short)


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """The first hundred of them, and a mark where there are more."""
    kept = tuple(map(name, islice(texts, MOST_ENTRIES + 1)))
    return kept if len(kept) <= MOST_ENTRIES else (*kept[: MOST_ENTRIES - 1], CUT)


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A value of which nothing is cut: its type says itself how large it may be, or its text is cleaned first."""


def bounded(value: T) -> T:
    """A decoded answer with names and lists as long as we keep them; ValueError for a number that is none of ours."""
    return _bounded(value)  # type: ignore[no-any-return]


def _bounded(value: Any) -> Any:
    match value:
        case str():
            return name(value)
        case int() if abs(value) > LARGEST_NUMBER:
            raise ValueError("a number that counts nothing")
        case tuple():
            return tuple(map(_bounded, value[:MOST_ENTRIES]))
        case Mapping():
            return {_bounded(key): _bounded(entry) for key, entry in islice(value.items(), MOST_ENTRIES)}
        case msgspec.Struct() if not isinstance(value, Whole):
            fields = {field: getattr(value, field) for field in value.__struct_fields__}
            return msgspec.structs.replace(value, **{field: _bounded(entry) for field, entry in fields.items()})
    return value
