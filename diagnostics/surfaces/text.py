"""``-o text``: target, steps with their times, then each cause with its evidence and what to do.

Piped it is plain and stable, 100 columns at most. On a terminal it takes the width there is, and from 96 columns on it
draws when each step ran. Commands and long words are never broken, so that they can be copied.
"""

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from diagnostics.core.looks import Constancy, Looks
from diagnostics.core.model import PlatformKind, Route, Status
from diagnostics.core.report import DiagnosisEntry, PlatformInfo, Remedy, Report, TargetInfo
from diagnostics.surfaces import words
from diagnostics.surfaces.layout import Line, Span, Style, drawn, flow, line, padded, paragraph, wrap
from diagnostics.surfaces.prose import label, paragraphs, unseen, warned
from diagnostics.surfaces.rows import Row, report_rows
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.timing import duration, length
from diagnostics.surfaces.visible import cells, visible

STATUS_STYLE = {
    Status.PASS: Style.OK,
    Status.WARN: Style.WARN,
    Status.FAIL: Style.FAIL,
    Status.SKIP: Style.FAINT,
    Status.UNKNOWN: Style.UNKNOWN,
}

_CONSTANCY_STYLE = {
    Constancy.STEADY: Style.OK,
    Constancy.FLAKY: Style.WARN,
    Constancy.BROKEN: Style.FAIL,
    Constancy.UNKNOWN: Style.UNKNOWN,
}

LABEL, STATUS, TIME, BAR = 12, 8, 9, 18
"""Columns of a row: the longest stage, the longest status and the longest common time, each with a blank or two."""
STACKED_BELOW = 60
"""With fewer columns a row takes two lines: beside label, status and time less than half would be left for its text."""
BAR_FROM = 96
"""With fewer columns the bar would take the room of the text."""
INDENT = "  "


def render(report: Report, screen: Screen) -> str:
    """The whole text."""
    return drawn(_lines(report, screen), screen)


def _lines(report: Report, screen: Screen) -> Iterator[Line]:
    yield from _header(report, screen.width)
    yield line()
    if report.looks:
        yield from _looks(report.looks, screen.width)
    yield from _table(report, screen)
    for number, diagnosis in enumerate(report.diagnoses, 1):
        yield line()
        yield from _diagnosis(diagnosis, label(number, len(report.diagnoses)), report, screen.width)
    yield line()
    yield from _verdict(report, screen.width)
    yield from fix(report.hints, screen.width, words.HOW_TO_SAY)
    yield line(Span(f"{words.EXIT} {report.exit_code}", Style.FAINT))


def _header(report: Report, width: int) -> Iterator[Line]:
    first, *rest = flow(_header_parts(report), "   ", width - len(INDENT))
    name = visible(report.target.name)
    yield line(Span(name, Style.STRONG), first.removeprefix(name))
    for each in rest:
        fits = cells(each) <= width - len(INDENT)
        yield from (line(INDENT, part) for part in ((each,) if fits else wrap(each, width - len(INDENT))))


def _header_parts(report: Report) -> Iterator[str]:
    target = report.target
    yield visible(target.name)
    yield visible(place(target)) or words.NO_TARGET
    if target.user:
        yield f"{words.USER} {visible(target.user)}"
    if target.database:
        yield f"{words.DATABASE} {visible(target.database)}"
    yield ", ".join(_platform(report.platform))


def place(target: TargetInfo) -> str:
    """The route and where it leads, as short as it is unmistakable; empty without a target."""
    if target.route == Route.CONNECTOR:
        return f"{target.route} {target.instance}"
    if target.route == Route.DIRECT:
        return f"{target.route} {_bracketed(target.host)}:{target.port}"
    return f"{target.route} {target.host or target.instance}".strip()


def _bracketed(host: str) -> str:
    """An IPv6 address between brackets, since a port follows; any other host as it is."""
    try:
        return f"[{host}]" if isinstance(ip_address(host), IPv6Address) else host
    except ValueError:
        return host


def _platform(platform: PlatformInfo) -> Iterator[str]:
    where = words.PLATFORM.get(PlatformKind(platform.kind), platform.kind)
    yield f"{where} {visible(platform.service)}".rstrip()
    if platform.revision:
        yield f"{words.REVISION} {visible(platform.revision)}"


def _looks(looks: Looks, width: int) -> Iterator[Line]:
    """What several runs came to, above the one that stands for them."""
    from diagnostics.surfaces import repeats

    yield from paragraph(repeats.verdict(looks), width, INDENT, _CONSTANCY_STYLE[looks.constancy])
    for text in repeats.how(looks):
        yield from paragraph(text, width, INDENT)
    for row in repeats.stages(looks):
        yield line(
            INDENT,
            padded(row.label, LABEL),
            f"{words.MEDIAN} {row.median:>8}   {words.WORST} {row.worst:>8}   {row.runs}",
        )
    yield line()
    yield line(INDENT, Span(f"{repeats.STANDS_FOR_THEM}:", Style.FAINT))


def _table(report: Report, screen: Screen) -> Iterator[Line]:
    for row in report_rows(report):
        yield from _stacked(row, screen.width) if screen.width < STACKED_BELOW else _row(row, report, screen)
    for text in (*unseen(report), times(report)):
        yield from paragraph(visible(text), screen.width, INDENT, Style.FAINT)


def times(report: Report) -> str:
    """How long the run took, and the one connection in it."""
    parts = [f"{words.RUN} {duration(report.duration_seconds)}"]
    if report.ladder is not None:
        parts.append(f"{words.CONNECTION} {duration(report.ladder.total_seconds) or '0 ms'}")
        parts.append(f"{words.BETWEEN_STEPS} {duration(report.ladder.unattributed_seconds) or '0 ms'}")
    return ", ".join(parts)


def _row(row: Row, report: Report, screen: Screen) -> Iterator[Line]:
    bar = BAR if screen.interactive and screen.width >= BAR_FROM else 0
    room = screen.width - len(INDENT) - LABEL - STATUS - TIME - bar
    name, status = padded(row.label, LABEL), Span(padded(words.STATUS[row.status], STATUS), STATUS_STYLE[row.status])
    if cells(row.label) >= LABEL:
        name, status = padded(f"{row.label}  ", LABEL + STATUS), Span("")
    first, *rest = wrap(row.text, room) or ("",)
    time = padded("", room - cells(first)) + duration(length(row.spans)).rjust(TIME)
    yield line(INDENT, name, status, first, Span(time, Style.FAINT), Span(_bar(row, report, bar), Style.FAINT))
    yield from (line(INDENT, " " * (LABEL + STATUS), each) for each in rest)


def _stacked(row: Row, width: int) -> Iterator[Line]:
    status = Span(words.STATUS[row.status], STATUS_STYLE[row.status])
    time = duration(length(row.spans))
    yield line(INDENT, row.label, INDENT, status, Span(f"  {time}" if time else "", Style.FAINT))
    yield from paragraph(row.text, width, INDENT * 2)


def _bar(row: Row, report: Report, width: int) -> str:
    """When the row ran within the run: every moment of it that lasted any time is at least one mark."""
    if not width or not row.spans or not duration(length(row.spans)):
        return ""
    marks = width - 2
    scale = marks / max(report.duration_seconds, row.spans[-1][1])
    drawn = [" "] * marks
    for begin, end in row.spans:
        at = min(int(begin * scale), marks - 1)
        for column in range(at, max(at + 1, min(round(end * scale), marks))):
            drawn[column] = "━"
    return "  " + "".join(drawn)


def _verdict(report: Report, width: int) -> Iterator[Line]:
    """What it comes to where no cause says it, and what remains as a warning."""
    if not report.diagnoses:
        yield from paragraph(words.verdict(report), width, "", STATUS_STYLE[report.status])
    for said, named in warned(report):
        yield from _named(f"{words.WARNING}: {said}", (named,), width, Style.WARN)


def _named(title: str, names: tuple[str, ...], width: int, style: Style) -> Iterator[Line]:
    """A title with its codes behind it, the first line at the margin and the others not."""
    whole = "   ".join((visible(title), *names))
    if cells(whole) <= width:
        yield line(Span(whole, style))
        return
    *wrapped, last = wrap(visible(title), width - len(INDENT))
    for number, each in enumerate((*wrapped, *flow((last, *names), "   ", width - len(INDENT)))):
        yield line(INDENT if number else "", Span(each, style))


def _diagnosis(diagnosis: DiagnosisEntry, head: str, report: Report, width: int) -> Iterator[Line]:
    yield from _named(f"{head}: {diagnosis.title}", (diagnosis.cause, diagnosis.confidence), width, Style.STRONG)
    for text in paragraphs(diagnosis, report):
        yield from paragraph(visible(text), width, INDENT)
    yield line()
    yield from fix(diagnosis.remedies, width)


def fix(remedies: tuple[Remedy, ...], width: int, title: str = "") -> Iterator[Line]:
    """What to do, each command on a line of its own."""
    if not remedies:
        return
    yield line(Span(title or (words.FIXES if len(remedies) > 1 else words.FIX), Style.STRONG))
    for remedy in remedies:
        yield from paragraph(visible(remedy.text), width, INDENT)
        if remedy.command:
            yield line(INDENT * 2, Span(visible(remedy.command), Style.COMMAND))
        if remedy.doc:
            yield line(INDENT * 2, Span(visible(remedy.doc), Style.FAINT))
