"""How the causes of a pasted text are shown."""

from collections.abc import Iterator

from diagnostics.core.catalog.texts.words import HEADS
from diagnostics.core.report import Remedy
from diagnostics.core.text.answer import Explained, TextAnswer
from diagnostics.surfaces import words
from diagnostics.surfaces.document import json_page
from diagnostics.surfaces.layout import Line, Span, Style, drawn, line, padded, paragraph
from diagnostics.surfaces.markdown import block, code, escaped
from diagnostics.surfaces.output import Output
from diagnostics.surfaces.screen import Screen

FORMATS = (Output.TEXT, Output.SHORT, Output.JSON, Output.MARKDOWN)


def render(answer: TextAnswer, output: Output, screen: Screen) -> str:
    """The whole document."""
    match output:
        case Output.JSON:
            return json_page(answer)
        case Output.MARKDOWN:
            return "\n\n".join(_blocks(answer)) + "\n"
        case Output.SHORT:
            return "".join(each + "\n" for each in _short(answer))
        case _:
            return drawn(_lines(answer, screen.width), screen)


def _head(answer: TextAnswer) -> str:
    return HEADS[answer.clarity]


def _next(answer: TextAnswer) -> str:
    return words.SETTLE if answer.ambiguous else words.NEXT


def _lines(answer: TextAnswer, width: int) -> Iterator[Line]:
    yield line(Span(_head(answer), Style.STRONG))
    column = max((len(each.cause) for each in answer.candidates), default=0) + 2
    for each in answer.candidates:
        yield line()
        yield line(Span(padded(each.cause, column), Style.STRONG), f"{each.fit}  ", each.title)
        for text in _reasons(each):
            yield from paragraph(text, width, "  ")
    if answer.fired:
        yield line()
        yield from paragraph(answer.fired, width, "")
    yield line()
    yield line(Span(_next(answer), Style.STRONG))
    yield from _settle(answer.settle, width)


def _reasons(candidate: Explained) -> Iterator[str]:
    yield candidate.why
    yield f"{words.SETTLED_BY}: {candidate.settled_by}"


def _settle(remedies: tuple[Remedy, ...], width: int) -> Iterator[Line]:
    for remedy in remedies:
        yield from paragraph(remedy.text, width, "  ")
        yield line("    ", Span(remedy.command, Style.COMMAND))


def _short(answer: TextAnswer) -> Iterator[str]:
    named = ", ".join(f"{each.cause} ({each.fit})" for each in answer.candidates)
    yield f"{_head(answer)}: {named}" if named else _head(answer)
    if answer.fired:
        yield answer.fired
    yield f"{_next(answer)}: {answer.settle[0].command}"


def _blocks(answer: TextAnswer) -> Iterator[str]:
    yield f"**{_head(answer)}**"
    for each in answer.candidates:
        yield f"{code(each.cause)} ({each.fit}) {escaped(each.title)}"
        yield "\n".join(f"- {escaped(text)}" for text in _reasons(each))
    if answer.fired:
        yield escaped(answer.fired)
    for remedy in answer.settle:
        yield f"{_next(answer)}: {escaped(remedy.text)}"
        yield block(remedy.command)
