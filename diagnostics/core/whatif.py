"""Which trial comes next: what the first diagnosis that is not proven asks for, each one once."""

from diagnostics.core.diagnose import solve
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence, failures
from diagnostics.core.model import Options
from diagnostics.core.outcome import Run
from diagnostics.core.trials import TrialPlan


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
