"""Row 1: what the settings came to, before anything is contacted. Values are raw, as the app would use them."""

from diagnostics.check import INSTANT, Env, check
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import ConfigDialect, ConfigHygiene, ConfigTarget, Facts
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, SkipReason
from diagnostics.core.outcome import Outcome, failed, passed, unknown, warned


@check(
    CheckId.CONFIG_TARGET,
    title="The settings name an instance or host, a database and a user",
    timeout=INSTANT,
    on_timeout=None,
)
async def config_target(env: Env, facts: Facts) -> Outcome:
    """All problems at once, never only the first. Settings that we do not know are no failure of the path: unknown."""
    resolution = env.resolution
    fact = ConfigTarget(
        route=resolution.target.route if resolution.target else None,
        sources=tuple(dict.fromkeys(origin.source for origin in resolution.origins)),
        problems=resolution.problems,
        candidates=resolution.candidates if len(resolution.candidates) > 1 else (),
        nearest=resolution.nearest,
        also=resolution.target.also if resolution.target else (),
    )
    if any(problem.code is Code.CONFIG_TARGET_NOT_FOUND for problem in resolution.problems):
        return unknown(SkipReason.NOT_CONFIGURED, *resolution.problems, fact=fact)
    return failed(fact, *resolution.problems) if resolution.problems else passed(fact)


@check(CheckId.CONFIG_HYGIENE, title="The raw values hold nothing that was not meant", timeout=INSTANT, on_timeout=None)
async def config_hygiene(env: Env, facts: Facts) -> Outcome:
    """Only a warning: whether it hurts shows where the value is used."""
    remarks = env.resolution.remarks
    fact = ConfigHygiene(problems=remarks)
    return warned(fact, *remarks) if remarks else passed(fact)


def _has_dialect(env: Env) -> bool:
    target = env.resolution.target
    return bool(env.resolution.dialect_problems) or (target is not None and target.dialect is not Dialect.OTHER)


@check(
    CheckId.CONFIG_DIALECT,
    title="The app's driver takes every option that the URL gives it",
    timeout=INSTANT,
    on_timeout=None,
    requires=(CheckId.CONFIG_TARGET,),
    applies=_has_dialect,
)
async def config_dialect(env: Env, facts: Facts) -> Outcome:
    problems = env.resolution.dialect_problems
    fact = ConfigDialect(dialect=env.target.dialect, problems=problems)
    return warned(fact, *problems) if problems else passed(fact)
