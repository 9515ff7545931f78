"""From a run to its root causes: frontier, first rule that matches, remove what it explains, repeat.

Pure: the same run gives the same diagnoses, now or from a saved report.
"""

from typing import TYPE_CHECKING, NamedTuple

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Citation, Confidence, Diagnosis
from diagnostics.core.evidence import Evidence, failures
from diagnostics.core.exclusions import dropped, excluded, still_possible, unknown, untested
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Status
from diagnostics.core.outcome import Run

if TYPE_CHECKING:
    from diagnostics.core.rules.rule import Rule

_ORDER = {check: place for place, check in enumerate(CheckId)}


class Solved(NamedTuple):
    """A diagnosis and the rule that made it, None where no rule fits."""

    rule: "Rule | None"
    diagnosis: Diagnosis


def diagnose(run: Run) -> tuple[Diagnosis, ...]:
    """Root causes in path order, none where nothing failed. Each failure is explained by exactly one of them."""
    return tuple(solved.diagnosis for solved in solve(Evidence(run)))


def solve(evidence: Evidence) -> tuple[Solved, ...]:
    """The same with the rules behind them."""
    waiting = failures(evidence.run.results)
    found: list[Solved] = []
    while waiting:
        solved = _first(evidence, waiting)
        found.append(solved)
        waiting = tuple(citation for citation in waiting if citation not in solved.diagnosis.explains)
    return tuple(sorted(found, key=lambda solved: _place(evidence, solved.diagnosis)))


def _first(evidence: Evidence, waiting: tuple[Citation, ...]) -> Solved:
    # Rules are loaded only for a run that needs them.
    from diagnostics.core.rules.table import rules_for

    codes = {citation.finding.code for citation in waiting if citation.finding}
    for rule in rules_for(evidence):
        if not codes.isdisjoint(rule.explains) and not _over(rule, evidence) and rule.when(evidence):
            return Solved(rule, _by_rule(rule, evidence, waiting))
    return Solved(None, _unclassified(evidence, waiting))


def _over(rule: "Rule", evidence: Evidence) -> bool:
    """Whether a trial dropped what the rule would say; another way to the same cause may still be open."""
    return evidence.dropped(rule.cause, rule.tries)


def _by_rule(rule: "Rule", evidence: Evidence, waiting: tuple[Citation, ...]) -> Diagnosis:
    own = tuple(citation for citation in waiting if citation.finding and citation.finding.code in rule.explains)
    focus = rule.focus(evidence) or own[0].finding
    proved = evidence.proved(rule.cause, rule.tries)
    explained = _still_open((*_citations(evidence, rule.explains), *_cited(focus)), evidence, waiting)
    covered = _still_open(_citations(evidence, rule.covers), evidence, waiting)
    cited = (Citation(check=check) for check in rule.cites if _established(evidence, check))
    return Diagnosis(
        cause=rule.cause,
        confidence=Confidence.PROVEN if proved else rule.confidence,
        focus=focus,
        explains=tuple(dict.fromkeys((*explained, *covered))),
        evidence=_in_path_order((*explained, *cited)),
        alternatives=() if proved else still_possible(evidence, rule.alternatives),
        excluded=excluded(evidence, rule.cause),
        dropped=dropped(evidence, rule.cause),
        untested=untested(evidence),
        unknown=unknown(evidence),
    )


def _unclassified(evidence: Evidence, waiting: tuple[Citation, ...]) -> Diagnosis:
    first = waiting[0]
    return Diagnosis(
        cause=Cause.UNCLASSIFIED,
        confidence=Confidence.POSSIBLE,
        focus=first.finding,
        explains=(first,),
        evidence=_in_path_order((first, *_citations(evidence, tuple(Code)))),
        excluded=excluded(evidence, Cause.UNCLASSIFIED),
        dropped=dropped(evidence, Cause.UNCLASSIFIED),
        untested=untested(evidence),
        unknown=unknown(evidence),
    )


def _citations(evidence: Evidence, codes: tuple[Code, ...]) -> tuple[Citation, ...]:
    return tuple(citation for finding in evidence.findings(*codes) for citation in _cited(finding))


def _cited(finding: Finding | None) -> tuple[Citation, ...]:
    """None for the two codes about ourselves, which are no evidence."""
    check = finding.code.check if finding else None
    return (Citation(check=check, finding=finding),) if check else ()


def _still_open(
    citations: tuple[Citation, ...], evidence: Evidence, waiting: tuple[Citation, ...]
) -> tuple[Citation, ...]:
    """Each failure has one cause; a warning may speak for several."""
    return tuple(dict.fromkeys(each for each in citations if each in waiting or not evidence.failed(each.check)))


def _established(evidence: Evidence, check: CheckId) -> bool:
    """Whether a check has something to cite that is not one of its findings."""
    result = evidence.result(check)
    return (
        result is not None
        and result.outcome.status in (Status.PASS, Status.WARN)
        and result.outcome.fact is not None
        and not result.outcome.findings
    )


def _place(evidence: Evidence, diagnosis: Diagnosis) -> int:
    """Where on the path the first failure is that the cause explains; warnings it explains may lie before."""
    return min(_ORDER[citation.check] for citation in diagnosis.explains if evidence.failed(citation.check))


def _in_path_order(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
    return tuple(sorted(dict.fromkeys(citations), key=lambda citation: _ORDER[citation.check]))
