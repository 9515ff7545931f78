"""Row 11: what the server says of the session that it gave, on the connection that is open anyway."""

from diagnostics.check import Env, landing
from diagnostics.climb import Climb, one_row
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, PostgresAuth
from diagnostics.core.model import Depth, SkipReason
from diagnostics.core.outcome import Outcome, passed, skipped, unknown, warned
from diagnostics.core.session import LIMITS, SETTINGS, is_asked, remarks, session_of

LIMIT = 2.0
"""Seconds for two statements that read memory and two rows by their keys; the query before them took milliseconds."""


@landing(
    CheckId.POSTGRES_SESSION,
    title="The server's session is one that an app can work in",
    timeout=LIMIT,
    on_timeout=None,
    requires=(CheckId.POSTGRES_QUERY,),
    after=(CheckId.POSTGRES_AUTH,),
    applies=lambda env: env.options.depth is Depth.QUERY,
)
async def postgres_session(climb: Climb, env: Env, facts: Facts) -> Outcome:
    """Whether it takes writes, what ends it early, and what the role and the database may still have.

    Nothing is tried that the server would log as an error: what may not be read is left out.
    """
    login = facts.get(PostgresAuth)
    if login is None or not is_asked(login.server_version):
        return skipped(SkipReason.NOT_APPLICABLE)
    settings = await one_row(climb, SETTINGS)
    if settings is None:
        return unknown(SkipReason.NO_ANSWER)
    limits = await one_row(climb, LIMITS) if settings[-1] == "t" else None
    fact = session_of(settings, limits or ())
    if fact is None:
        return unknown(SkipReason.NO_ANSWER)
    found = remarks(fact, env.target, env.clock.now())
    return warned(fact, *found) if found else passed(fact)
