"""Lines of styled spans: what text for people is made of before anybody knows whether colours are wanted."""

from collections.abc import Iterable
from enum import StrEnum

from diagnostics.core.model import Value
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.visible import cells


class Style(StrEnum):
    """What a span means; a terminal gives it a colour."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    COMMAND = "command"


_SGR = {
    Style.STRONG: "1",
    Style.FAINT: "2",
    Style.OK: "32",
    Style.WARN: "33",
    Style.FAIL: "1;31",
    Style.UNKNOWN: "35",
    Style.COMMAND: "36",
}
"""The eight colours every terminal has, from its own theme, so that light and dark backgrounds both work."""


class Span(Value, frozen=True, kw_only=False):
    """Some text of one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]


def line(*parts: Span | str) -> Line:
    """A line of spans; strings are plain."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def plain(lines: Iterable[Line]) -> str:
    """The lines without colours and without blanks at their ends."""
    return "".join("".join(span.text for span in each).rstrip() + "\n" for each in lines)


def coloured(lines: Iterable[Line]) -> str:
    """The lines with SGR colours, each span closed, so that a cut line colours nothing else."""
    return "".join("".join(_painted(span) for span in each).rstrip() + "\n" for each in lines)


def drawn(lines: Iterable[Line], screen: Screen) -> str:
    """The lines as the screen can show them."""
    text = coloured(lines) if screen.colour else plain(lines)
    return text if screen.symbols else text.translate(_ASCII)


_ASCII = str.maketrans({"·": "|", "━": "=", "–": "-", "…": "..."})  # noqa: RUF001 - that dash is the subject


def _painted(span: Span) -> str:
    code = _SGR.get(span.style)
    return span.text if code is None or not span.text.strip() else f"\x1b[{code}m{span.text}\x1b[0m"


def wrap(text: str, width: int) -> tuple[str, ...]:
    """Broken at blanks only: a word that is wider than the line stays whole, so that it can be copied."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}" if current else word
        if current and cells(longer) > width:
            lines.append(current)
            current = word
        else:
            current = longer
    return (*lines, current) if current else tuple(lines)


def flow(parts: Iterable[str], gap: str, width: int) -> tuple[str, ...]:
    """Parts side by side with a gap, broken between parts where they do not fit."""
    lines: list[str] = []
    for part in parts:
        if lines and cells(lines[-1] + gap + part) <= width:
            lines[-1] += gap + part
        else:
            lines.append(part)
    return tuple(lines)


def paragraph(text: str, width: int, indent: str, style: Style = Style.PLAIN) -> tuple[Line, ...]:
    """Wrapped text, every line indented."""
    return tuple(line(indent, Span(each, style)) for each in wrap(text, width - len(indent)))


def padded(text: str, width: int) -> str:
    """Filled with blanks up to a number of columns."""
    return text + " " * max(0, width - cells(text))
