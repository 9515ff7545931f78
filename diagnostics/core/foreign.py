"""The border where what others wrote becomes a value of ours: what may go wrong there, and how much is kept.

An answer, a file or a packet can be anything. Whoever reads one catches ``UNREADABLE`` around the reader and nothing
else, and turns it into the border's own error: a text of somebody else is never a crash of ours.
"""

from typing import Final

import msgspec

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

CUT: Final = "…"
"""Ends what was longer than we keep, so that nobody takes it for the whole, and so that it can be counted."""


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and a mark; ``most`` characters at most."""
    return text if len(text) <= most else text[: most - 1] + CUT


def name(text: str) -> str:
    """A name that somebody else gave: at most 255 characters, none that drives a terminal."""
    short = shortened(text, LONGEST_NAME)
    return short if short.isprintable() else "".join(c if c.isprintable() else "?" for c in short)
