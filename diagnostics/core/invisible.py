"""Characters that nobody sees: line breaks and other controls, zero-width and direction characters, spaces."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, separators."""


def invisible(character: str) -> bool:
    """Whether nobody sees it, wherever it stands."""
    return unicodedata.category(character) in _INVISIBLE


def stripped(text: str) -> str:
    """The text without invisible characters at its ends."""
    start, end = 0, len(text)
    while start < end and invisible(text[start]):
        start += 1
    while start < end and invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def trimmed(text: str) -> str:
    """The same, and inside only plain spaces are left of them: what was meant, where they came by accident."""
    return "".join(character for character in stripped(text) if character == " " or not invisible(character))
