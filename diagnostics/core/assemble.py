"""From a run to its report: diagnoses, sentences from the catalogue, real names filled in."""

from collections.abc import Mapping

from diagnostics.core.catalog import facts as summaries
from diagnostics.core.catalog import findings as sentences
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.diagnosis import Diagnosis
from diagnostics.core.egress import measured
from diagnostics.core.evidence import Evidence, failures
from diagnostics.core.exit_codes import exit_code, status_of
from diagnostics.core.facts import IdentityAccount, MetadataServer
from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, FailOn, Resolution, Status
from diagnostics.core.outcome import CheckResult, Outcome, Run
from diagnostics.core.report import (
    AgentInfo,
    CheckEntry,
    Counts,
    DiagnosisEntry,
    EgressEntry,
    PlatformInfo,
    Provisional,
    Remedy,
    Report,
    Setting,
    TargetInfo,
    TrialEntry,
    WarningEntry,
)
from diagnostics.core.size import sized


def assemble(
    run: Run,
    *,
    agent: AgentInfo,
    titles: Mapping[CheckId, str],
    settings: tuple[Setting, ...] = (),
    fail_on: FailOn = FailOn.FAIL,
    provisional: Provisional | None = None,
) -> Report:
    """The report of a run. ``titles`` are the checks' assertions, ``settings`` the values as they may be shown."""
    evidence = Evidence(run)
    diagnoses = _diagnosed(run)
    status = status_of(run, diagnoses)
    report = Report(
        run_id=run.run_id,
        started_at=run.started_at,
        duration_seconds=run.duration_seconds,
        mode=run.mode,
        status=status,
        exit_code=exit_code(run, diagnoses, fail_on),
        provisional=provisional,
        agent=agent,
        target=target_info(run.resolution, settings),
        platform=_platform(evidence),
        works_until=_until(run) if status in (Status.PASS, Status.WARN) else "",
        hints=_hints(evidence),
        diagnoses=_described(diagnoses, evidence),
        warnings=_warnings(run, diagnoses),
        egress=_egress(evidence),
        ladder=run.ladder,
        checks=tuple(check_entry(result, titles.get(result.check, result.check.value)) for result in run.results),
        trials=_tried(run),
        counts=_counts(run),
    )
    return sized(report)


def _diagnosed(run: Run) -> tuple[Diagnosis, ...]:
    if not failures(run.results):
        return ()
    from diagnostics.core.diagnose import diagnose

    return diagnose(run)


def _described(diagnoses: tuple[Diagnosis, ...], evidence: Evidence) -> tuple[DiagnosisEntry, ...]:
    if not diagnoses:
        return ()
    # The catalogue of causes is loaded only for a run that names one.
    from diagnostics.core.describe import described

    return tuple(described(diagnosis, evidence) for diagnosis in diagnoses)


def _until(run: Run) -> str:
    """The depth that the run was to reach, where that is not the last rung."""
    left_out = {result.check for result in run.results if result.outcome.reason and result.outcome.reason.left_out}
    walked = [depth for depth, rung in zip(Depth, RUNGS, strict=True) if rung not in left_out]
    return walked[-1].value if walked and len(walked) < len(RUNGS) else ""


def _hints(evidence: Evidence) -> tuple[Remedy, ...]:
    result = evidence.result(CheckId.CONFIG_TARGET)
    if result is None or result.outcome.code is not Code.CONFIG_TARGET_NOT_FOUND:
        return ()
    from diagnostics.core.describe import hinted

    return hinted(evidence)


def _tried(run: Run) -> tuple[TrialEntry, ...]:
    if not run.trials:
        return ()
    from diagnostics.core.describe import tried

    return tuple(tried(trial) for trial in run.trials)


def target_info(resolution: Resolution, settings: tuple[Setting, ...]) -> TargetInfo:
    """The target without its secrets; ``settings`` are its values as they may be shown."""
    target = resolution.target
    if target is None:
        return TargetInfo(name=resolution.name, settings=settings)
    return TargetInfo(
        name=target.name,
        route=target.route.value,
        host=target.host,
        port=target.port,
        instance=str(target.instance) if target.instance else "",
        database=target.database,
        user=target.user,
        login=target.login.value,
        dialect=target.dialect.value,
        sslmode=target.tls.value,
        settings=settings,
    )


def _platform(evidence: Evidence) -> PlatformInfo:
    metadata, account = evidence.fact(MetadataServer), evidence.fact(IdentityAccount)
    return PlatformInfo(
        kind=evidence.platform.kind.value,
        service=evidence.platform.service,
        revision=evidence.platform.revision,
        region=metadata.region if metadata else "",
        project=metadata.project if metadata else "",
        service_account=account.email if account else "",
    )


def _egress(evidence: Evidence) -> EgressEntry | None:
    found = measured(evidence.fact)
    if found is None:
        return None
    from diagnostics.core.catalog.egress import line

    return EgressEntry(summary=line(found), measured=found)


def _warnings(run: Run, diagnoses: tuple[Diagnosis, ...]) -> tuple[WarningEntry, ...]:
    """What was found beside the path and no diagnosis explains."""
    found = [
        (result.check, finding)
        for result in run.results
        if result.outcome.status is Status.WARN
        for finding in result.outcome.findings
    ]
    if not found:
        return ()
    from diagnostics.core.rules.plain import meaning

    explained = {citation.finding for diagnosis in diagnoses for citation in diagnosis.explains}
    return tuple(
        WarningEntry(
            check=check,
            code=finding.code.value,
            cause=meaning(finding.code)[0].value,
            title=sentences.sentence(finding),
        )
        for check, finding in found
        if finding not in explained
    )


def check_entry(result: CheckResult, title: str) -> CheckEntry:
    """One check as the report shows it; also for those who are told of each check while a run goes on."""
    outcome = result.outcome
    return CheckEntry(
        id=result.check,
        group=result.check.value.partition(".")[0],
        title=title,
        status=outcome.status,
        summary=_summary(outcome),
        code=outcome.code.value if outcome.code else None,
        findings=outcome.findings,
        skip_reason=outcome.reason,
        blocked_by=outcome.blocked_by,
        needs=outcome.needs,
        needed=result.needed,
        facts=outcome.fact,
        requires=result.requires,
        after=result.after,
        as_of=result.as_of,
        started_offset_seconds=result.started_offset_seconds,
        duration_seconds=result.duration_seconds,
        timeout_seconds=result.timeout_seconds,
    )


def _summary(outcome: Outcome) -> str:
    """The right-hand column of a check: what was found, else what was established."""
    if outcome.findings:
        return "; ".join(dict.fromkeys(map(sentences.sentence, outcome.findings)))
    evaluated = outcome.status in (Status.PASS, Status.WARN, Status.FAIL)
    return summaries.summary(outcome.fact) if evaluated and outcome.fact else ""


def _counts(run: Run) -> Counts:
    of = {status: sum(result.outcome.status is status for result in run.results) for status in Status}
    return Counts(
        passed=of[Status.PASS],
        warn=of[Status.WARN],
        failed=of[Status.FAIL],
        skip=of[Status.SKIP],
        unknown=of[Status.UNKNOWN],
    )
