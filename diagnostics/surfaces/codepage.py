"""How the page of a code, and the list of causes, are shown."""

from collections.abc import Iterator

from diagnostics.surfaces import words
from diagnostics.surfaces.codebook import Page, Part, lines, page, similar
from diagnostics.surfaces.document import json_page
from diagnostics.surfaces.layout import Line, Span, Style, drawn, flow, line, padded, paragraph
from diagnostics.surfaces.markdown import block, code, escaped
from diagnostics.surfaces.output import Output
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.services import UsageError
from diagnostics.surfaces.text import fix


def show(wanted: str | None, output: Output, screen: Screen) -> str:
    """The page of a code, or without one the list of causes; UsageError where there is no such code."""
    return _listed(output, screen) if wanted is None else _shown(_page(wanted), output, screen)


def _page(wanted: str) -> Page:
    wanted = wanted.strip().lower()
    found = page(wanted)
    if found is None:
        alike = similar(wanted)
        hint = f"did you mean {' or '.join(alike)}?" if alike else "cloudsql-diag explain lists the causes"
        raise UsageError("there is no such code", hint=hint)
    return found


def _listed(output: Output, screen: Screen) -> str:
    every = tuple(lines())
    if output is Output.JSON:
        return json_page(every)
    if output is Output.MARKDOWN:
        return "".join(f"- {code(each.cause)} {escaped(each.title)}\n" for each in every)
    width = max(len(each.cause) for each in every) + 2
    return drawn((line(Span(padded(each.cause, width), Style.STRONG), each.title) for each in every), screen)


def _shown(found: Page, output: Output, screen: Screen) -> str:
    if output is Output.JSON:
        return json_page(found)
    if output is Output.MARKDOWN:
        return markdown_page(found, "#")
    return drawn(_lines(found, screen.width), screen)


def _lines(found: Page, width: int) -> Iterator[Line]:
    for each in flow((found.title, found.code), "   ", width):
        yield line(Span(each, Style.STRONG))
    for part in found.parts:
        yield from paragraph(_labelled(part), width, "  ")
    if found.remedies:
        yield line()
        yield from fix(found.remedies, width)


def _labelled(part: Part) -> str:
    return f"{part.head}: {part.text}" if part.head else part.text


def markdown_page(found: Page, heading: str) -> str:
    """The page as a section; its anchor is made of the code, so that links to it stay."""
    blocks = [f"{heading} {code(found.code)}", f"**{escaped(found.title)}**"]
    blocks += [f"{part.head}: {escaped(part.text)}" if part.head else escaped(part.text) for part in found.parts]
    if found.remedies:
        blocks.append(f"{words.FIXES if len(found.remedies) > 1 else words.FIX}:")
    for remedy in found.remedies:
        blocks.append(escaped(remedy.text))
        blocks += [block(remedy.command)] if remedy.command else []
        blocks += [f"<{remedy.doc}>"] if remedy.doc else []
    return "\n\n".join(blocks) + "\n"
