"""Pages of the catalogue for ``explain NAME`` and for the reference: plain text that reads as Markdown, too."""

from collections.abc import Iterator

from diagnostics.core.catalog import checks, fill, findings
from diagnostics.core.catalog.causes import CAUSES, entry
from diagnostics.core.catalog.entry import Place, Step
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.exit_codes import LAYERS
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Names

_NOBODY = Names(resource="services")
"""No names: they stand in capitals."""


def page(name: str) -> str | None:
    """The page of a cause, a finding or a check; None where there is nothing of this name."""
    wanted = name.strip().lower()
    if wanted in Cause._value2member_map_:
        return cause_page(Cause(wanted))
    if wanted in Code._value2member_map_:
        return finding_page(Code(wanted))
    return check_page(CheckId(wanted)) if wanted in CheckId._value2member_map_ else None


def suggestions(name: str) -> tuple[str, ...]:
    """Names that may have been meant, the nearest first, at most five."""
    from difflib import get_close_matches

    known = tuple(member.value for kind in (Cause, CheckId, Code) for member in kind)
    wanted = name.strip().lower()
    within = tuple(each for each in known if wanted and wanted in each)
    return tuple(dict.fromkeys((*within, *get_close_matches(wanted, known, 5))))[:5]


def cause_page(cause: Cause) -> str:
    """Everything the catalogue says of a cause."""
    return "\n".join((f"# {cause.value}", "", *_cause(cause), ""))


def finding_page(code: Code) -> str:
    """The sentence of a finding, and the cause it has where nothing else is known."""
    from diagnostics.core.rules.plain import meaning

    cause, confidence = meaning(code)
    sentence = findings.sentence(Finding(code=code, about="…", other="…"))
    lines = [f"# {code.value}", "", f"A finding: {sentence}.", ""]
    lines.append(f"By itself it means {cause.value} ({confidence.value}): {entry(cause).title}.")
    more = [each for each in _causes_of(code) if each is not cause]
    if more:
        lines.append(f"With other evidence: {', '.join(each.value for each in more)}.")
    if code.check is not None:
        lines += ["", f"Found by {code.check.value}. {checks.entry(code.check).meaning}"]
    return "\n".join((*lines, ""))


def check_page(check: CheckId) -> str:
    """What a check is about, and what it may find."""
    about = checks.entry(check)
    own = [code for code in Code if code.check is check]
    lines = [f"# {check.value}", "", f"A check of {about.subject}. {about.meaning}"]
    if own:
        lines += ["", "It may find:", ""]
        lines += [f"- {code.value}: {findings.sentence(Finding(code=code, about='…', other='…'))}" for code in own]
    return "\n".join((*lines, ""))


def causes_reference() -> str:
    """``docs/reference/causes.md``: every cause, in the order of the path."""
    lines = ["# Causes", ""]
    lines.append(
        "Every root cause that a diagnosis may name, in the order of the path. The exit code follows from the layer."
    )
    lines += ["", "| cause | what is the matter | exit |", "| --- | --- | --- |"]
    lines += [f"| [`{c.value}`](#{_anchor(c)}) | {entry(c).title} | {LAYERS[c.layer]} |" for c in CAUSES]
    for cause in CAUSES:
        lines += ["", f"## {cause.value}", "", *_cause(cause)]
    return "\n".join((*lines, "", "This page is made by `make docs`.", ""))


def _cause(cause: Cause) -> Iterator[str]:
    what = entry(cause)
    yield f"**{what.title[0].upper()}{what.title[1:]}.** Exit code {LAYERS[cause.layer]}."
    yield ""
    yield fill.prose(what.explanation, Names())
    yield ""
    yield f"Shows itself as: {what.shows}"
    yield ""
    yield f"Often mistaken for: {what.mistaken}"
    yield ""
    yield f"Settled by: {what.settled_by}."
    yield ""
    yield "Fix, quickest first:"
    for number, step in enumerate(what.steps, 1):
        yield ""
        yield from _step(number, step)
    found = ", ".join(f"`{code.value}`" for code in _findings_of(cause))
    yield ""
    yield (
        f"Named after: {found}." if found else "Named only as another possibility: no check here can see it by itself."
    )


def _step(number: int, step: Step) -> Iterator[str]:
    where = "" if step.place is Place.ANYWHERE else f" ({step.place.value})"
    yield f"{number}. {fill.prose(step.text, _NOBODY)}{where}"
    if step.command:
        yield ""
        yield f"       {fill.command(step.command, _NOBODY)}"
    if step.doc:
        yield ""
        yield f"   <{step.doc}>"


def _findings_of(cause: Cause) -> tuple[Code, ...]:
    from diagnostics.core.rules import RULES

    found = {code for rule in RULES if rule.cause is cause for code in rule.explains}
    return tuple(code for code in Code if code in found)


def _causes_of(code: Code) -> tuple[Cause, ...]:
    from diagnostics.core.rules import RULES

    return tuple(dict.fromkeys(rule.cause for rule in RULES if code in rule.explains))


def _anchor(cause: Cause) -> str:
    """How Markdown renderers make an anchor of the heading."""
    return cause.value.replace(".", "")
