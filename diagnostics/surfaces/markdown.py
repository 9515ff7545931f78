"""``-o markdown``: for an issue or a chat. Nothing of the report can end a block, link, mention or carry HTML."""

import re
from collections.abc import Iterator

from diagnostics.core.looks import Looks
from diagnostics.core.report import DiagnosisEntry, Report
from diagnostics.surfaces import words
from diagnostics.surfaces.prose import label, paragraphs, unseen, warned
from diagnostics.surfaces.rows import Row, report_rows
from diagnostics.surfaces.text import place, times
from diagnostics.surfaces.timing import duration, length
from diagnostics.surfaces.visible import visible

_SPECIAL = re.compile(r"[\\`*\[\]<>#|~&]|(?<!\w)_|_(?!\w)")
_MENTION = re.compile(r"(?<!\w)@")


def render(report: Report) -> str:
    """The whole document."""
    return "\n\n".join(_blocks(report)) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is; a mention or a link in it stays text."""
    inert = _SPECIAL.sub(lambda found: "\\" + found[0], visible(text)).replace("://", ":&#47;/")
    return _MENTION.sub("`@`", inert)


def code(text: str) -> str:
    """Text between backticks, more of them than it holds in a row; blanks around, where it starts or ends with one."""
    safe = visible(text)
    fence = "`" * (_longest_run(safe) + 1)
    gap = " " if safe.startswith("`") or safe.endswith("`") else ""
    return f"{fence}{gap}{safe}{gap}{fence}"


def block(text: str) -> str:
    """A fenced block, its fence longer than any in the text."""
    safe = visible(text)
    fence = "`" * max(3, _longest_run(safe) + 1)
    return f"{fence}sh\n{safe}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _blocks(report: Report) -> Iterator[str]:
    where = place(report.target)
    yield f"### {escaped(report.target.name)}" + (f" {code(where)}" if where else "")
    if report.looks:
        yield from _looks(report.looks)
    if not report.diagnoses:
        yield f"**{words.verdict(report)}** ({words.EXIT} {report.exit_code})"
    for number, diagnosis in enumerate(report.diagnoses, 1):
        yield from _diagnosis(diagnosis, label(number, len(report.diagnoses)), report)
    yield from (f"{words.WARNING}: {escaped(said)} {code(named)}" for said, named in warned(report))
    yield "\n".join(_table(report_rows(report)))
    yield from (escaped(text) for text in unseen(report))
    agent = f"cloudsql-diag {escaped(report.agent.version)}, {code(report.run_id)}"
    yield f"{times(report)}; {words.EXIT} {report.exit_code}; {agent}"


def _looks(looks: Looks) -> Iterator[str]:
    from diagnostics.surfaces import repeats

    yield f"**{repeats.verdict(looks)}**"
    yield from (escaped(text) for text in repeats.how(looks))
    rows = (f"| {row.label} | {row.median} | {row.worst} | {row.runs} |" for row in repeats.stages(looks))
    yield "\n".join((f"| {words.STEP} | {words.MEDIAN} | {words.WORST} | |", "|---|---:|---:|---|", *rows))
    yield f"{repeats.STANDS_FOR_THEM}:"


def _diagnosis(diagnosis: DiagnosisEntry, head: str, report: Report) -> Iterator[str]:
    yield f"**{head}: {escaped(diagnosis.title)}** {code(diagnosis.cause)} {diagnosis.confidence}"
    yield "\n".join(f"- {escaped(text)}" for text in paragraphs(diagnosis, report))
    for remedy in diagnosis.remedies:
        yield f"{words.FIX}: {escaped(remedy.text)}"
        if remedy.command:
            yield block(remedy.command)
        if remedy.doc:
            yield code(remedy.doc)


def _table(made: tuple[Row, ...]) -> Iterator[str]:
    yield f"| {words.STEP} | | | {words.TIME} |"
    yield "|---|---|---|---:|"
    for row in made:
        yield f"| {row.label} | {words.STATUS[row.status]} | {escaped(row.text)} | {duration(length(row.spans))} |"
