"""Which trial comes next: what the first diagnosis that is not proven asks for, each one once.

Waiting is the one that no rule asks for by itself: a young instance's silence fits every cause of silence.
"""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnose import diagnose, solve
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence, failures
from diagnostics.core.facts import EgressGoogleApis, EgressPublic
from diagnostics.core.model import Options
from diagnostics.core.observed import Attempt, Reach
from diagnostics.core.outcome import Run
from diagnostics.core.provisional import silence
from diagnostics.core.trials import Changed, TrialPlan


def next_trial(run: Run, options: Options) -> TrialPlan | None:
    """A trial that would settle a diagnosis, None where nothing failed or nothing is left to be tried."""
    if not failures(run.results):
        return None
    from diagnostics.core.rules.plans import plan

    evidence = Evidence(run)
    for rule, diagnosis in solve(evidence):
        if rule is None or rule.tries is None or diagnosis.confidence is Confidence.PROVEN:
            continue
        made = evidence.trial(rule.cause, rule.tries) is not None
        wanted = None if made else plan(evidence, diagnosis, rule.cause, rule.tries, options)
        if wanted is not None:
            return wanted
    return None


def wait_for(run: Run, options: Options) -> TrialPlan | None:
    """The path as it is, once it has opened; None where no silence stands in its way, or we were the ones asleep."""
    failed, target = silence(run), run.resolution.target
    if failed is None or target is None or Cause.RUNTIME_CPU_THROTTLED in {each.cause for each in diagnose(run)}:
        return None
    return TrialPlan(
        hypothesis=Cause.VPC_WARMING_UP,
        changed=Changed.WAITED,
        target=target,
        failed=failed,
        flips=failed,
        until=options.depth,
    )


def awaited(run: Run) -> tuple[Attempt, ...]:
    """What was silent and tells by itself when the way opens: as near to the instance as this run got."""
    from diagnostics.core.rules import signs

    evidence = Evidence(run)
    apis, public = evidence.fact(EgressGoogleApis), evidence.fact(EgressPublic)
    nearest_first = (
        signs.dialled(evidence),
        signs.measured(evidence, signs.PROXY_PORT) if signs.behind_a_proxy(evidence) else (),
        (apis.public_vip,) if apis and apis.public_vip else (),
        (public.attempt,) if public and public.attempt else (),
    )
    silent = (tuple(a for a in attempts if a.reach is Reach.SILENT) for attempts in nearest_first)
    return next((attempts for attempts in silent if attempts), ())
