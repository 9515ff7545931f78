"""``-o short``: one line to paste, one for each trial, and one with the first remedy."""

from collections.abc import Iterator

from diagnostics.core.model import Status
from diagnostics.core.report import DiagnosisEntry, Remedy, Report
from diagnostics.surfaces import words
from diagnostics.surfaces.failures import EXIT_OWN_FAILURE
from diagnostics.surfaces.prose import tried, warned
from diagnostics.surfaces.text import place
from diagnostics.surfaces.timing import duration
from diagnostics.surfaces.visible import visible

_PREFIX = {Status.PASS: "OK", Status.WARN: "WARN", Status.FAIL: "FAIL", Status.SKIP: "SKIP", Status.UNKNOWN: "UNKNOWN"}

FLAKY = "FLAKY"
"""In place of a status, where several runs differ."""


def render(report: Report) -> str:
    """All lines."""
    return "".join(each + "\n" for each in lines(report))


def lines(report: Report) -> Iterator[str]:
    """The verdict with target, cause, confidence and exit code; each trial; what to do first, if there is a cause."""
    # A fault of ours leaves the path's own status as it is, and proves nothing.
    status = Status.UNKNOWN if report.exit_code == EXIT_OWN_FAILURE else report.status
    head = f"{_prefix(report, status)} {visible(report.target.name)}"
    where = visible(place(report.target))
    yield f"{head}{f' ({where})' if where else ''}: {'; '.join(_what(report))} [{words.EXIT} {report.exit_code}]"
    yield from (visible(tried(trial)) for trial in report.trials)
    remedies = report.diagnoses[0].remedies if report.diagnoses else ()
    if remedies:
        yield f"{words.FIX}: {_first(remedies)}"


def _prefix(report: Report, status: Status) -> str:
    return FLAKY if report.looks and report.looks.flaky else _PREFIX[status]


def _what(report: Report) -> Iterator[str]:
    if report.looks:
        from diagnostics.surfaces.repeats import sentence

        yield sentence(report.looks)
    for diagnosis in report.diagnoses:
        yield f"{diagnosis.cause} {diagnosis.confidence}, {visible(diagnosis.title)}{_seen(diagnosis)}"
    if not report.diagnoses:
        doubt = words.doubt(report)
        yield f"{words.verdict(report)}{f' ({visible(doubt)})' if doubt else ''}, {duration(report.duration_seconds)}"
    for _, named in warned(report):
        yield f"{words.WARNING.lower()} {named}"


def _seen(diagnosis: DiagnosisEntry) -> str:
    """What speaks for it most: it names the variable or the step, where the title names the kind of trouble."""
    what = next((line.what for line in diagnosis.evidence if line.what not in {"", diagnosis.title}), "")
    return f" ({visible(what)})" if what else ""


def _first(remedies: tuple[Remedy, ...]) -> str:
    """The command says it shorter than the sentence, where there is one."""
    return visible(remedies[0].command or remedies[0].text)
