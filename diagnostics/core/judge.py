"""What a trial says of its hypothesis: the run before it, and the run with the changed input."""

from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.model import SkipReason, Status
from diagnostics.core.outcome import CheckResult, Outcome, Run
from diagnostics.core.refusals.refusal import PASSING
from diagnostics.core.trials import Trial, TrialPlan, Verdict, elsewhere

_PASSING = frozenset(refusal.slug for refusal in PASSING)
"""Slugs of refusals that come and go: met in a trial, they say nothing about what was changed."""
_BROKE_OFF = ("silent", "closed", "reset")


def judged(plan: TrialPlan, before: Run, after: Run, *, young: bool = False) -> Trial:
    """The trial's result. ``young`` says that silence may still pass by itself, which then drops nothing."""
    results = {result.check: result for result in after.results}
    ended, flipped = _ended(results), _holds(results[plan.flips].outcome)
    return Trial(
        hypothesis=plan.hypothesis,
        changed=plan.changed,
        failed=plan.failed,
        flips=plan.flips,
        verdict=Verdict.FLIPPED if flipped else _verdict(plan, before, ended, young=young),
        check=ended.check if ended else _last(results, plan.flips),
        finding=next(iter(ended.outcome.findings), None) if ended else None,
        about=plan.about,
        to=plan.to,
        seconds=after.duration_seconds,
    )


def _verdict(plan: TrialPlan, before: Run, ended: CheckResult | None, *, young: bool) -> Verdict:
    if ended is None or ended.outcome.status is Status.UNKNOWN or ended.outcome.code is None:
        return Verdict.UNSETTLED
    slug = ended.outcome.code.value.rpartition(".")[2]
    if slug in _PASSING or (young and slug in _BROKE_OFF):
        return Verdict.UNSETTLED
    return Verdict.UNSETTLED if _broke_off_anew(plan, before, ended, slug) else Verdict.STAYED


def _broke_off_anew(plan: TrialPlan, before: Run, ended: CheckResult, slug: str) -> bool:
    """At the same endpoint: what held a moment ago broke, or what had an answer then got none."""
    target = before.resolution.target
    if target is None or elsewhere(plan, target):
        return False
    then = next((result.outcome for result in before.results if result.check is ended.check), None)
    return then is not None and (_holds(then) or (slug in _BROKE_OFF and then.code is not ended.outcome.code))


def _holds(outcome: Outcome) -> bool:
    return outcome.status in (Status.PASS, Status.WARN)


def _ended(results: dict[CheckId, CheckResult]) -> CheckResult | None:
    """The first check on the path that did not hold by itself."""
    return next((result for check in CheckId if (result := results.get(check)) and _broken(result)), None)


def _broken(result: CheckResult) -> bool:
    outcome = result.outcome
    alone = outcome.status is Status.UNKNOWN and outcome.blocked_by is None and outcome.reason is not SkipReason.BLOCKED
    return result.needed and (outcome.status is Status.FAIL or alone)


def _last(results: dict[CheckId, CheckResult], otherwise: CheckId) -> CheckId:
    """The highest rung that holds."""
    held = [check for check in RUNGS if check in results and _holds(results[check].outcome)]
    return held[-1] if held else otherwise
