"""What-if trials carried out: after a failure the path once more with one changed input, by the same checks.

Only what the changed input can change is looked at again, over a fresh Climb: settings, the host's name, the mounted
socket, the ladder. What else the run found stays as it is. Which trial, and whether it is safe, is decided in the core.
"""

import asyncio
from dataclasses import replace

import msgspec

from diagnostics.check import Check, Env
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.judge import judged
from diagnostics.core.model import Status
from diagnostics.core.outcome import Mode, Run
from diagnostics.core.trials import Trial, TrialPlan, elsewhere, safe
from diagnostics.pulse import Pulse
from diagnostics.runner import NOTHING, Carried, Observer, run_checks

MOST = 3
"""Trials of one run: as many as hypotheses were ever seen to queue up for one failure, each a connection of its own."""

LIMIT = 9.0
"""Seconds for one trial: a rung that accepts and then says nothing takes 8, and what is below it took milliseconds."""

ROOM = 0.5
"""Seconds that are left of the run's deadline for what comes after: the report."""

REDONE = frozenset({CheckId.CONFIG_TARGET, CheckId.DNS_TARGET, CheckId.SOCKET_MOUNT, *RUNGS})
"""What a changed host, port, user, database, password or TLS mode can change."""


async def run_with_trials(
    checks: tuple[Check, ...],
    env: Env,
    mode: Mode,
    run_id: str,
    observers: tuple[Observer, ...] = (),
    carried: Carried = NOTHING,
) -> Run:
    """One run, and after a failure the trials that its diagnosis asks for, all within the run's deadline."""
    began = env.clock.monotonic()
    run = await run_checks(checks, env, mode, run_id, observers, carried)
    if not any(result.outcome.status is Status.FAIL for result in run.results):
        return run
    for _ in range(MOST):
        trial = await _next(checks, env, run, began)
        if trial is None:
            break
        run = msgspec.structs.replace(run, trials=(*run.trials, trial))
    return msgspec.structs.replace(run, duration_seconds=env.clock.monotonic() - began)


async def _next(checks: tuple[Check, ...], env: Env, run: Run, began: float) -> Trial | None:
    # Rules are loaded only for a run that needs them.
    from diagnostics.core.whatif import next_trial

    left = env.options.timeout - (env.clock.monotonic() - began) - ROOM
    plan = next_trial(run, env.options) if left > ROOM else None
    return await carried_out(plan, checks, env, run, min(left, LIMIT)) if plan else None


async def carried_out(plan: TrialPlan, checks: tuple[Check, ...], env: Env, before: Run, limit: float) -> Trial:
    """One try of a plan within ``limit`` seconds."""
    made = safe(plan, env.target)
    after = await run_checks(checks, _changed(env, made, limit), before.mode, before.run_id, carried=_unchanged(before))
    return judged(made, before, after)


def _unchanged(before: Run) -> Carried:
    """What the run found, but for what the trial is to find anew."""
    loop = asyncio.get_running_loop()
    carried = {}
    for result in before.results:
        if result.check not in REDONE:
            carried[result.check] = loop.create_future()
            carried[result.check].set_result(result)
    return carried


def _changed(env: Env, plan: TrialPlan, limit: float) -> Env:
    """The same surroundings with the changed target; at another endpoint there is no credential in them."""
    vault = env.vault.emptied() if elsewhere(plan, env.target) else env.vault
    if plan.target.password is not None and plan.target.password is not env.target.password:
        vault.also_clean(plan.target.password)
    return replace(
        env,
        resolution=msgspec.structs.replace(env.resolution, target=plan.target),
        options=msgspec.structs.replace(env.options, depth=plan.until, timeout=limit),
        vault=vault,
        pulse=Pulse(env.clock),
    )
