"""What was typed, or stands in a variable, in the wrong place: it may be a URL with a password, and is not repeated."""

import re

LEFT_OUT = "(not repeated)"

_TELLING = re.compile(r"://\S|@|(?:pass|pwd|secret|token|key)\w*[=:]\S", re.IGNORECASE)
"""What a word holds that may be a URL, or a password in one of the forms that name it."""

_NAME = re.compile(r"-{0,2}[A-Za-z][A-Za-z-]{0,30}")
"""A flag or a verb with a slip in it: worth repeating, so that the slip is seen."""


def reticent(text: str) -> str:
    """A sentence of ours without the words of others that tell too much."""
    return " ".join(LEFT_OUT if _TELLING.search(word) else word for word in text.split(" "))


def repeatable(typed: str) -> bool:
    """Whether a word that was typed can only be a misspelt name."""
    return _NAME.fullmatch(typed) is not None
