"""A diagnosis in words: titles, evidence, remedies with names, all from the catalogue."""

from diagnostics.core.catalog import causes, checks, fill, hints, quotes, topics
from diagnostics.core.catalog import facts as summaries
from diagnostics.core.catalog import findings as sentences
from diagnostics.core.catalog import trials as attempts
from diagnostics.core.catalog.entry import Scene, Step
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Citation, Diagnosis
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.names import names_of
from diagnostics.core.report import Alternative, DiagnosisEntry, EvidenceLine, Exclusion, Remedy, TrialEntry, Unknown
from diagnostics.core.scene import scene_of
from diagnostics.core.trials import Trial, Verdict


def described(diagnosis: Diagnosis, evidence: Evidence) -> DiagnosisEntry:
    """One diagnosis for the report."""
    entry = causes.entry(diagnosis.cause)
    names = names_of(evidence, diagnosis.focus, entry.setting)
    scene = scene_of(evidence, diagnosis, entry, names)
    case = entry.case(scene)
    return DiagnosisEntry(
        cause=diagnosis.cause.value,
        layer=diagnosis.cause.layer.value,
        confidence=diagnosis.confidence.value,
        title=case.title,
        summary=fill.prose(case.explanation, names),
        evidence=tuple(_line(citation, evidence) for citation in diagnosis.evidence),
        alternatives=tuple(_alternative(each, scene) for each in diagnosis.alternatives),
        excluded=(*_excluded(diagnosis), *_dropped(diagnosis, evidence)),
        untested=_untested(diagnosis),
        unknown=tuple(
            Unknown(what=checks.entry(check).subject, needs=_needs(evidence, check)) for check in diagnosis.unknown
        ),
        explains=tuple(dict.fromkeys(c.finding.code.value for c in diagnosis.explains if c.finding)),
        remedies=tuple(_remedy(step, names) for step in case.steps),
    )


def hinted(evidence: Evidence) -> tuple[Remedy, ...]:
    """How to say where the database is, where no settings are known."""
    nobody = names_of(evidence)
    alone = not evidence.found(Code.CONFIG_HYGIENE_OTHER_CONTAINER)
    steps = hints.NAMED if evidence.resolution.nearest else ()
    steps = (*steps, *hints.NOT_FOUND) if alone else (*hints.OTHER_CONTAINER, *steps, *hints.NOT_FOUND)
    return tuple(_remedy(step, nobody) for step in steps)


def _remedy(step: Step, names: Names) -> Remedy:
    return Remedy(text=fill.prose(step.text, names), command=fill.command(step.command, names), doc=step.doc)


def _alternative(cause: Cause, scene: Scene) -> Alternative:
    case = causes.entry(cause).case(scene)
    return Alternative(cause=cause.value, title=case.title, settled_by=case.settled_by)


def tried(trial: Trial) -> TrialEntry:
    """One trial for the report."""
    flipped, stayed = trial.verdict is Verdict.FLIPPED, trial.verdict is Verdict.STAYED
    return TrialEntry(
        hypothesis=trial.hypothesis.value,
        changed=trial.changed,
        title=attempts.title(trial),
        result=attempts.result(trial),
        verdict=trial.verdict,
        proves=trial.hypothesis.value if flipped else "",
        drops=trial.hypothesis.value if stayed else "",
        failed=trial.failed,
        flips=trial.flips,
        check=trial.check,
        finding=trial.finding,
        about=trial.about,
        to=trial.to,
        duration_seconds=trial.seconds,
        opened_after_seconds=trial.opened_after_seconds,
    )


def _excluded(diagnosis: Diagnosis) -> tuple[Exclusion, ...]:
    return tuple(Exclusion(what=topics.TOPICS[item.topic], because=item.because.value) for item in diagnosis.excluded)


def _dropped(diagnosis: Diagnosis, evidence: Evidence) -> tuple[Exclusion, ...]:
    """Hypotheses that a trial disproved, with the trial as the reason."""
    return tuple(
        Exclusion(what=f"{causes.entry(cause).title}, by itself", because=f"tried: {attempts.title(trial)}")
        for cause in diagnosis.dropped
        for trial in evidence.run.trials
        if trial.hypothesis is cause
    )


def _untested(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What comes after the place where the path ends: it was not tested, and it cannot be what ended it."""
    subjects = tuple(checks.entry(check).subject for check in diagnosis.untested)
    return tuple(dict.fromkeys((*subjects, checks.APP_LIMITS))) if subjects else ()


def _line(citation: Citation, evidence: Evidence) -> EvidenceLine:
    result = evidence.result(citation.check)
    fact = result.outcome.fact if result else None
    if citation.finding is not None:
        said = quotes.quote(fact) if fact else ""
        what = sentences.sentence(citation.finding)
        return EvidenceLine(
            check=citation.check, code=citation.finding.code.value, what=f"{what}; {said}" if said else what
        )
    return EvidenceLine(check=citation.check, what=summaries.summary(fact) if fact else "")


def _needs(evidence: Evidence, check: CheckId) -> str:
    result = evidence.result(check)
    return result.outcome.needs if result else ""
