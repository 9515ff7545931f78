"""Row 2: where we run, and whether we really run."""

from diagnostics.check import INSTANT, Env, check
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, RuntimeFreeze, RuntimePlatform
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding
from diagnostics.core.outcome import Outcome, passed, warned

FROZEN_AFTER = 2.0
"""Seconds without a tick of our own clock that only a process without CPU has: twenty ticks, twice the longest pause
seen for loading a driver on a slow shared CPU."""


@check(CheckId.RUNTIME_PLATFORM, title="The environment says where this process runs", timeout=INSTANT, on_timeout=None)
async def runtime_platform(env: Env, facts: Facts) -> Outcome:
    platform = env.platform
    return passed(
        RuntimePlatform(
            kind=platform.kind,
            service=platform.service,
            revision=platform.revision,
            beside_others=platform.beside_others,
            proxy_variables=platform.proxy_variables,
        )
    )


@check(
    CheckId.RUNTIME_FREEZE,
    title="This process had CPU all the time while the path was climbed",
    timeout=INSTANT,
    on_timeout=None,
    after=(CheckId.POSTGRES_QUERY,),
)
async def runtime_freeze(env: Env, facts: Facts) -> Outcome:
    ticks, longest = env.pulse.read()
    fact = RuntimeFreeze(ticks=ticks, longest_gap_seconds=longest)
    if longest >= FROZEN_AFTER:
        return warned(fact, Finding(code=Code.RUNTIME_FREEZE_FROZEN))
    return passed(fact)
