"""What a rule may look at: total functions over one run, without a guess in them.

UNKNOWN never counts, neither for nor against: its findings and facts are not seen here.
"""

from collections.abc import Iterable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Citation
from diagnostics.core.facts import F, Fact
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Platform, Resolution, Route, SettingName, Status, Target
from diagnostics.core.outcome import CheckResult, Run
from diagnostics.core.trials import Changed, Trial, Verdict

_FOUND = (Status.FAIL, Status.WARN)
_EVALUATED = (Status.PASS, Status.WARN, Status.FAIL)


class Evidence:
    """One run as the rules see it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._results = {result.check: result for result in run.results}
        self._findings: dict[Code, list[Finding]] = {}
        self._facts: dict[type[Fact], Fact] = {}
        for result in run.results:
            outcome = result.outcome
            if outcome.status in _FOUND:
                for finding in outcome.findings:
                    self._findings.setdefault(finding.code, []).append(finding)
            if outcome.status in _EVALUATED and outcome.fact is not None:
                self._facts[type(outcome.fact)] = outcome.fact

    @property
    def resolution(self) -> Resolution:
        """What the settings gave."""
        return self.run.resolution

    @property
    def target(self) -> Target | None:
        """The target, where the settings gave one."""
        return self.run.resolution.target

    @property
    def route(self) -> Route | None:
        """The target's route."""
        return self.target.route if self.target else None

    @property
    def platform(self) -> Platform:
        """Where the run was made."""
        return self.run.platform

    def result(self, check: CheckId) -> CheckResult | None:
        """What was recorded of a check."""
        return self._results.get(check)

    def found(self, *codes: Code) -> bool:
        """Whether any of these was found, as a failure or beside it."""
        return any(code in self._findings for code in codes)

    @property
    def google(self) -> bool:
        """Whether Google Cloud has a part in it: the run is on it, or an instance of it is meant."""
        return self.platform.kind.on_google_cloud or bool(self.target and self.target.instance)

    def findings(self, *codes: Code) -> tuple[Finding, ...]:
        """All findings with one of these codes."""
        return tuple(finding for code in codes for finding in self._findings.get(code, ()))

    def finding(self, *codes: Code) -> Finding | None:
        """The first of them."""
        return next(iter(self.findings(*codes)), None)

    def passed(self, *checks: CheckId) -> bool:
        """Whether the titles of all these are true; WARN says so only of a check that could have failed."""
        return all(self._true(self._results.get(check)) for check in checks)

    def failed(self, *checks: CheckId) -> bool:
        """Whether any of these failed."""
        results = (self._results.get(check) for check in checks)
        return any(result is not None and result.outcome.status is Status.FAIL for result in results)

    def fact(self, kind: type[F]) -> F | None:
        """What a check established, whether it passed or not."""
        fact = self._facts.get(kind)
        return fact if isinstance(fact, kind) else None

    def trial(self, cause: Cause, changed: Changed) -> Trial | None:
        """What trying this for that cause came to, None where it was not tried."""
        return next((t for t in self.run.trials if t.hypothesis is cause and t.changed is changed), None)

    def proved(self, cause: Cause, changed: Changed | None) -> bool:
        """Whether trying this proved the cause."""
        found = self.trial(cause, changed) if changed else None
        return found is not None and found.verdict is Verdict.FLIPPED

    def dropped(self, cause: Cause, changed: Changed | None = None) -> bool:
        """Whether trying this dropped the cause; without ``changed``, whether anything did and nothing proved it."""
        verdicts = {t.verdict for t in self.run.trials if t.hypothesis is cause and changed in (None, t.changed)}
        return Verdict.STAYED in verdicts and Verdict.FLIPPED not in verdicts

    def origin(self, setting: SettingName) -> str:
        """Where the value of a setting came from, empty where nothing gave it."""
        return next((o.source for o in self.resolution.origins if o.setting is setting), "")

    def about(self, setting: SettingName, *codes: Code) -> Finding | None:
        """The first finding with one of these codes about the variable that holds a setting."""
        source = self.origin(setting)
        return next(
            (finding for finding in self.findings(*codes) if finding.about in {source, setting.value} - {""}), None
        )

    @staticmethod
    def _true(result: CheckResult | None) -> bool:
        if result is None:
            return False
        status = result.outcome.status
        return status is Status.PASS or (status is Status.WARN and result.needed)


def failures(results: Iterable[CheckResult]) -> tuple[Citation, ...]:
    """The frontier: what failed. Blocked checks were skipped, so nothing here follows from the rest.

    A check counts once, by its code; only ``config.target`` names problems that have nothing to do with each other.
    """
    return tuple(
        citation for result in results if result.outcome.status is Status.FAIL for citation in _citations(result)
    )


def _citations(result: CheckResult) -> tuple[Citation, ...]:
    findings: tuple[Finding | None, ...] = result.outcome.findings or (None,)
    counted = findings if result.check is CheckId.CONFIG_TARGET else findings[:1]
    return tuple(Citation(check=result.check, finding=finding) for finding in counted)
