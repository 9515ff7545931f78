"""What-if trials carried out: the path once more with one changed input, by the same checks.

Only what the changed input can change is looked at again, over a fresh Climb: settings, the host's name, the mounted
socket, the ladder. What else the run found stays as it is. Which trial, and whether it is safe, is decided in the core.
"""

import asyncio
from collections.abc import Callable

import msgspec

from diagnostics.check import Check, Env
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.judge import judged
from diagnostics.core.outcome import CheckResult, Run
from diagnostics.core.trials import Trial, TrialPlan, elsewhere, safe
from diagnostics.pulse import Pulse
from diagnostics.runner import run_checks

REDONE = frozenset({CheckId.CONFIG_TARGET, CheckId.DNS_TARGET, CheckId.SOCKET_MOUNT, *RUNGS})
"""What a changed host, port, user, database, password or TLS mode can change."""


async def made(
    plan: TrialPlan, checks: tuple[Check, ...], env: Env, before: Run, limit: float, *, young: bool = False
) -> Trial:
    """One try of a plan within ``limit`` seconds."""
    plan = safe(plan, env.target)
    after = await again(plan, checks, env, before, limit, lambda result: result.check not in REDONE)
    return judged(plan, before, after, young=young)


async def again(
    plan: TrialPlan,
    checks: tuple[Check, ...],
    env: Env,
    before: Run,
    limit: float,
    keeps: Callable[[CheckResult], bool],
) -> Run:
    """A run of the plan's target; ``keeps`` says which results of the run before hold for it."""
    loop = asyncio.get_running_loop()
    carried: dict[CheckId, asyncio.Future[CheckResult | None]] = {}
    for result in filter(keeps, before.results):
        carried[result.check] = loop.create_future()
        carried[result.check].set_result(result)
    return await run_checks(checks, _changed(env, plan, limit), before.mode, before.run_id, carried=carried)


def _changed(env: Env, plan: TrialPlan, limit: float) -> Env:
    """The same surroundings with the changed target; at another endpoint there is no credential in them."""
    vault = env.vault.emptied() if elsewhere(plan, env.target) else env.vault
    if plan.target.password is not None and plan.target.password is not env.target.password:
        vault.also_clean(plan.target.password)
    return msgspec.structs.replace(
        env,
        resolution=msgspec.structs.replace(env.resolution, target=plan.target),
        options=msgspec.structs.replace(env.options, depth=plan.until, timeout=limit),
        vault=vault,
        pulse=Pulse(env.clock),
    )
