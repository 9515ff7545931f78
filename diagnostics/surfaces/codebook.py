"""The page of a code: a cause, a finding or a check. Everything on it is the catalogue's."""

import difflib
from collections.abc import Iterator

from diagnostics.core.catalog import causes, checks, fill, findings
from diagnostics.core.catalog.entry import Case, Step
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.exit_codes import LAYERS
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import Finding, Value
from diagnostics.core.report import Remedy
from diagnostics.core.rules.plain import meaning
from diagnostics.surfaces import words


class Part(Value, frozen=True, kw_only=True):
    """A paragraph with its label; the first one of a page has none."""

    head: str = ""
    text: str


class Page(Value, frozen=True, kw_only=True):
    """What there is to say of one code. Names that only a run knows stand in capitals."""

    code: str
    title: str
    parts: tuple[Part, ...]
    remedies: tuple[Remedy, ...] = ()


class Line(Value, frozen=True, kw_only=True):
    """One cause in the list of all."""

    cause: str
    title: str
    exit_code: int


def page(code: str) -> Page | None:
    """The page of any code; None where there is no such code."""
    if code in Cause._value2member_map_:
        return of_cause(Cause(code))
    if code in Code._value2member_map_:
        return of_finding(Code(code))
    return of_check(CheckId(code)) if code in CheckId._value2member_map_ else None


def similar(code: str) -> tuple[str, ...]:
    """Codes that may have been meant, best first."""
    known = [each.value for kind in (Cause, Code, CheckId) for each in kind]
    return tuple(difflib.get_close_matches(code, known, n=3))


def lines() -> Iterator[Line]:
    """Every cause, in the order of the path."""
    for cause in Cause:
        yield Line(cause=cause, title=causes.entry(cause).title, exit_code=LAYERS[cause.layer])


def of_cause(cause: Cause) -> Page:
    """What it is, how it shows, what it is mistaken for, what settles it, and what to do."""
    entry = causes.entry(cause)
    nobody = Names()
    return Page(
        code=cause,
        title=entry.title,
        parts=(
            Part(text=fill.prose(entry.explanation, nobody)),
            *(Part(head=_when(case), text=_told(case)) for case in entry.cases),
            Part(head=words.SHOWS, text=entry.shows),
            Part(head=words.MISTAKEN, text=entry.mistaken),
            Part(head=words.SETTLED_BY, text=entry.settled_by),
            Part(head=words.EXIT_CODE, text=str(LAYERS[cause.layer])),
            *((Part(head=words.NO_SCENARIO, text=entry.not_produced),) if entry.not_produced else ()),
        ),
        remedies=(
            *(_remedy(step, ()) for step in entry.steps),
            *(_remedy(step, case.conditions) for case in entry.cases for step in case.possible),
        ),
    )


def _when(case: Case) -> str:
    told = ", ".join(case.conditions)
    return told[:1].upper() + told[1:]


def _told(case: Case) -> str:
    settled = f"{words.SETTLED_BY}: {case.settled_by}" if case.settled_by else ""
    said = (case.title, fill.prose(case.explanation, Names()), settled)
    return " ".join(f"{each.removesuffix('.')}." for each in said if each)


def _remedy(step: Step, case: tuple[str, ...]) -> Remedy:
    """A run shows only the steps that fit it; here all stand together, each with when it does."""
    conditions = (*case, *step.conditions)
    text = fill.prose(step.text, Names())
    return Remedy(
        text=f"{text} ({'; '.join(conditions)})" if conditions else text,
        command=fill.command(step.command, Names()),
        doc=step.doc,
    )


def of_finding(code: Code) -> Page:
    """What was seen, by which check, and the cause it has where nothing else is known."""
    cause, confidence = meaning(code)
    check = (Part(head=words.CHECK, text=code.check),) if code.check else ()
    by_itself = Part(head=words.BY_ITSELF, text=f"{cause}, {confidence}: {causes.entry(cause).title}")
    return Page(code=code, title=findings.sentence(Finding(code=code)), parts=(*check, by_itself))


def of_check(check: CheckId) -> Page:
    """What the check looks at, and what its result means."""
    entry = checks.entry(check)
    return Page(code=check, title=entry.subject, parts=(Part(text=entry.meaning),))
