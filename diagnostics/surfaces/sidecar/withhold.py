"""A report for callers that are not on loopback: what was found and what it means, without whom it is about.

Nothing is struck out. A new report is written from closed sets of words, numbers and times, so that a field that
somebody adds tomorrow is left out until somebody lets it in here; sentences with names in them are written again by the
catalogue, without the names.
"""

from msgspec.structs import replace

from diagnostics.core.catalog import causes, fill, findings
from diagnostics.core.codes import Cause
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import Finding, PlatformKind
from diagnostics.core.outcome import Ladder
from diagnostics.core.report import (
    AgentInfo,
    Alternative,
    CheckEntry,
    DiagnosisEntry,
    EvidenceLine,
    Exclusion,
    PlatformInfo,
    Remedy,
    Report,
    TargetInfo,
    Unknown,
    WarningEntry,
)
from diagnostics.core.scene import nameless_scene
from diagnostics.monitor import Incident
from diagnostics.monitor.difference import CauseDifference
from diagnostics.surfaces.sidecar.names import renamed_incident

NOBODY = Names()
"""Every name unknown: the catalogue writes capitals in their place."""


def withheld(report: Report, name: str) -> Report:
    """The same run, with nothing of the target, the account or a peer in it; ``name`` is how the target is called."""
    kind = PlatformKind(report.platform.kind)
    return Report(
        schema_version=report.schema_version,
        run_id=report.run_id,
        started_at=report.started_at,
        duration_seconds=report.duration_seconds,
        mode=report.mode,
        status=report.status,
        exit_code=report.exit_code,
        provisional=report.provisional,
        works_until=report.works_until,
        agent=AgentInfo(version=report.agent.version),
        target=_target(report.target, name),
        platform=PlatformInfo(kind=kind, service=report.platform.service, revision=report.platform.revision),
        diagnoses=tuple(_diagnosis(entry, report) for entry in report.diagnoses),
        warnings=tuple(_warning(entry) for entry in report.warnings),
        ladder=_ladder(report.ladder),
        checks=tuple(map(_check, report.checks)),
        counts=report.counts,
        since=report.since,
        last_success_at=report.last_success_at,
        changes=report.changes,
        looks=report.looks,
        withheld=True,
    )


def withheld_incident(incident: Incident, name: str) -> Incident:
    """Only the causes of what is different: the rest are addresses, accounts and certificates."""
    causes_only = tuple(each for each in incident.differences if isinstance(each, CauseDifference))
    return replace(renamed_incident(incident, name), differences=causes_only)


def _target(target: TargetInfo, name: str) -> TargetInfo:
    return TargetInfo(name=name, route=target.route, login=target.login, dialect=target.dialect, sslmode=target.sslmode)


def _diagnosis(entry: DiagnosisEntry, report: Report) -> DiagnosisEntry:
    about = causes.entry(Cause(entry.cause))
    case = about.case(nameless_scene(report, entry, about))
    return DiagnosisEntry(
        cause=entry.cause,
        layer=entry.layer,
        confidence=entry.confidence,
        title=case.title,
        summary=fill.prose(case.explanation, NOBODY),
        evidence=tuple(
            EvidenceLine(check=line.check, code=line.code, what=_sentence(line.code)) for line in entry.evidence
        ),
        alternatives=tuple(
            Alternative(cause=each.cause, title=each.title, settled_by=each.settled_by) for each in entry.alternatives
        ),
        excluded=tuple(Exclusion(what=each.what, because=each.because) for each in entry.excluded),
        untested=entry.untested,
        unknown=tuple(Unknown(what=each.what, needs="") for each in entry.unknown),
        explains=entry.explains,
        remedies=tuple(
            Remedy(text=fill.prose(step.text, NOBODY), command=fill.command(step.command, NOBODY), doc=step.doc)
            for step in case.steps
        ),
    )


def _warning(entry: WarningEntry) -> WarningEntry:
    return WarningEntry(check=entry.check, code=entry.code, cause=entry.cause, title=_sentence(entry.code))


def _ladder(ladder: Ladder | None) -> Ladder | None:
    if ladder is None:
        return None
    return Ladder(
        route=ladder.route,
        address="",
        rungs=ladder.rungs,
        total_seconds=ladder.total_seconds,
        unattributed_seconds=ladder.unattributed_seconds,
    )


def _check(entry: CheckEntry) -> CheckEntry:
    return CheckEntry(
        id=entry.id,
        group=entry.group,
        title=entry.title,
        status=entry.status,
        summary=_sentence(entry.code),
        code=entry.code,
        findings=tuple(Finding(code=finding.code) for finding in entry.findings),
        skip_reason=entry.skip_reason,
        blocked_by=entry.blocked_by,
        needed=entry.needed,
        requires=entry.requires,
        after=entry.after,
        as_of=entry.as_of,
        started_offset_seconds=entry.started_offset_seconds,
        duration_seconds=entry.duration_seconds,
        timeout_seconds=entry.timeout_seconds,
    )


def _sentence(code: str | None) -> str:
    """What the catalogue says of a code when it knows no names."""
    return findings.sentence(Finding(code=Code(code))) if code else ""
