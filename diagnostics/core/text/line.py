"""One line of a text."""

from diagnostics.core.model import Value


class Line(Value, frozen=True, kw_only=True):
    """One comparable line, and where it stands in the text, counted from 1."""

    number: int
    text: str
    chain: int = 0
    """Exceptions that raised each other have the same number."""
    frames: str = ""
    """The frames of a stack trace around it: no message, and they show whose code it was."""
    depth: int = 0
    """How far inside its chain: what an exception was raised from is one deeper."""
