"""Not yet, or never: fresh sockets to what was silent until one gets through, and then the path once more.

A socket that was opened while the way was closed inherits the kernel's back-off and gets through late (1, 2, 4, 8 ...
seconds), so each try is a new one.
"""

import msgspec

from diagnostics.check import Check, Env
from diagnostics.core.judge import judged
from diagnostics.core.model import Status
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import CheckResult, Run
from diagnostics.core.provisional import Grace
from diagnostics.core.trials import Trial, TrialPlan, Verdict
from diagnostics.ports import Endpoint
from diagnostics.trials.made import REDONE, again

FRESH = 1.0
"""Seconds of one socket, and between the starts of two: its SYN goes out once."""

CLIMB = 2.0
"""Seconds below which the path is not climbed again: a healthy one takes tenths, with an API call before it."""


async def waited(
    plan: TrialPlan, checks: tuple[Check, ...], env: Env, before: Run, limit: float, grace: Grace
) -> Trial:
    """What became of the silence: opened, closed to the end of the grace, or not known yet after ``limit`` seconds."""
    from diagnostics.core.whatif import awaited

    began = env.clock.monotonic()
    endpoints = tuple(Endpoint(address=attempt.address, port=attempt.port) for attempt in awaited(before))
    while endpoints and _young(env, grace) and limit - (env.clock.monotonic() - began) > CLIMB:
        if not await _opens(env, endpoints):
            continue
        opened = (env.clock.now() - grace.began).total_seconds()
        after = await again(plan, checks, env, before, limit - (env.clock.monotonic() - began), _holds_still)
        trial = judged(plan, before, after)
        if trial.verdict is Verdict.FLIPPED:
            spent = env.clock.monotonic() - began
            return msgspec.structs.replace(trial, seconds=spent, opened_after_seconds=opened)
    verdict = Verdict.UNSETTLED if _young(env, grace) else Verdict.STAYED
    return _in_vain(plan, before, verdict, env.clock.monotonic() - began)


def _young(env: Env, grace: Grace) -> bool:
    return grace.left(env.platform, env.clock.now()) > 0.0


async def _opens(env: Env, endpoints: tuple[Endpoint, ...]) -> bool:
    """One fresh socket to each; where none gets through, not before its second is over."""
    began = env.clock.monotonic()
    attempts = await env.network.connect_all(endpoints, FRESH)
    if any(attempt.reach is Reach.OPEN for attempt in attempts):
        return True
    await env.clock.sleep(max(0.0, FRESH - (env.clock.monotonic() - began)))
    return False


def _holds_still(result: CheckResult) -> bool:
    """What the route does not need is not asked again, nor what passed and has nothing to do with the way."""
    passed = result.outcome.status in (Status.PASS, Status.WARN)
    return not result.needed or (passed and result.check not in REDONE)


def _in_vain(plan: TrialPlan, before: Run, verdict: Verdict, seconds: float) -> Trial:
    outcome = next(result.outcome for result in before.results if result.check is plan.failed)
    return Trial(
        hypothesis=plan.hypothesis,
        changed=plan.changed,
        failed=plan.failed,
        flips=plan.flips,
        verdict=verdict,
        check=plan.failed,
        finding=next(iter(outcome.findings), None),
        seconds=seconds,
    )
