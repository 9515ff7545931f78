"""Whether a run gave the right answer, and in which words it did not. Values in, values out."""

from collections.abc import Iterable, Iterator

from diagnostics.core.catalog.topics import TOPICS
from diagnostics.core.codes import Cause
from diagnostics.core.model import Status
from diagnostics.core.report import DiagnosisEntry, Report
from tests.scenarios.scenario import Expect, Scenario, Value

NOTHING = "nothing"
"""Named by a run without a diagnosis."""
NO_REPORT = "no report"


class Outcome(Value, frozen=True, kw_only=True):
    """What a run of the command left behind."""

    exit: int
    report: Report | None
    errors: str = ""
    """Standard error."""
    seconds: float = 0.0


class Verdict(Value, frozen=True, kw_only=True):
    """A scenario, what came out, and every way in which that is wrong."""

    scenario: Scenario
    outcome: Outcome
    complaints: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Nothing to complain about."""
        return not self.complaints

    @property
    def named(self) -> str:
        """The first cause."""
        return primary(self.outcome)

    @property
    def expected(self) -> str:
        """The cause that was to come first."""
        return str(self.scenario.expect.cause or NOTHING)


def judge(scenario: Scenario, outcome: Outcome) -> Verdict:
    """Compare one run with what is right."""
    complaints = tuple(_complaints(scenario.expect, outcome))
    return Verdict(scenario=scenario, outcome=outcome, complaints=complaints)


def primary(outcome: Outcome) -> str:
    """The first cause that a run named."""
    if outcome.report is None:
        return NO_REPORT
    return outcome.report.diagnoses[0].cause if outcome.report.diagnoses else NOTHING


def evidence(outcome: Outcome) -> str:
    """The first diagnosis' evidence, or the statuses of what did not pass, in one line."""
    if outcome.report is None:
        return outcome.errors.strip()[-300:]
    if outcome.report.diagnoses:
        lines = outcome.report.diagnoses[0].evidence
        return "; ".join(f"{line.code or line.check}: {line.what}" for line in lines)
    odd = [check for check in outcome.report.checks if check.status not in (Status.PASS, Status.SKIP)]
    return "; ".join(f"{check.code or check.id} {check.status}" for check in odd) or "everything passed"


def _complaints(expect: Expect, outcome: Outcome) -> Iterator[str]:
    report = outcome.report
    if outcome.exit != expect.exit:
        yield f"exit code {outcome.exit}, not {expect.exit}"
    if report is None:
        yield NO_REPORT
        return
    if report.exit_code != outcome.exit:
        yield f"the report says exit code {report.exit_code}, the process {outcome.exit}"
    yield from _about_causes(expect, report)
    yield from _about_surroundings(expect, report)
    if report.diagnoses:
        yield from _about_first(expect, report.diagnoses[0])


def _about_causes(expect: Expect, report: Report) -> Iterator[str]:
    wanted = [cause.value for cause in (expect.cause, expect.second) if cause]
    causes = [diagnosis.cause for diagnosis in report.diagnoses]
    if causes != wanted:
        yield f"named {_listed(causes)}, not {_listed(wanted)}"
    blamed = {*causes, *(other.cause for diagnosis in report.diagnoses for other in diagnosis.alternatives)}
    if guilty := blamed & {cause.value for cause in expect.spared}:
        yield f"blames {_listed(guilty)}"
    if missing := _values(expect.warned) - {warning.cause for warning in report.warnings}:
        yield f"does not warn of {_listed(missing)}"


def _about_first(expect: Expect, first: DiagnosisEntry) -> Iterator[str]:
    if expect.confidence and first.confidence != expect.confidence:
        yield f"{first.confidence}, not {expect.confidence}"
    if missing := _values(expect.offered) - {other.cause for other in first.alternatives}:
        yield f"does not offer {_listed(missing)}"
    listed = {exclusion.what for exclusion in first.excluded}
    if missing := {topic.value for topic in expect.excluded if TOPICS[topic] not in listed}:
        yield f"does not exclude {_listed(missing)}"


def _about_surroundings(expect: Expect, report: Report) -> Iterator[str]:
    found = {finding.code for check in report.checks for finding in check.findings}
    if missing := {code.value for code in expect.found if code not in found}:
        yield f"did not find {_listed(missing)}"
    tried = {(trial.changed, trial.verdict) for trial in report.trials}
    if missing := {f"{changed} {verdict}" for changed, verdict in expect.tried if (changed, verdict) not in tried}:
        yield f"did not try {_listed(missing)}"
    if (report.provisional is not None) is not expect.provisional:
        yield "is provisional" if report.provisional else "is not provisional"
    if expect.platform and report.platform.kind != expect.platform:
        yield f"takes the platform for {report.platform.kind}"


def _values(causes: Iterable[Cause]) -> set[str]:
    return {cause.value for cause in causes}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NOTHING
