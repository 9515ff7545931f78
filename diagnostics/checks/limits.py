"""Row 11: limits that a working path runs into: connection slots of the server, and the app's own patience."""

from diagnostics.check import Env, check, landing, on
from diagnostics.climb import Climb, one_row
from diagnostics.core.capacity import LEAST_FREE, OLDEST, SETTINGS, USE, capacity_of, number_of
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import (
    AppBudget,
    DriverAsyncpg,
    DriverConnector,
    DriverFact,
    DriverPsycopg,
    Facts,
    Measurement,
    PostgresAuth,
    PostgresCapacity,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Dialect, Finding, Route, SkipReason
from diagnostics.core.outcome import Outcome, failed, passed, skipped, unknown, warned

CAPACITY_LIMIT = 2.0
"""Seconds for two statements that read memory only; the query before them took milliseconds."""


def _to_the_end(env: Env) -> bool:
    return env.options.depth is Depth.QUERY


@landing(
    CheckId.POSTGRES_CAPACITY,
    title="The server has connection slots left",
    timeout=CAPACITY_LIMIT,
    on_timeout=None,
    requires=(CheckId.POSTGRES_QUERY,),
    after=(CheckId.POSTGRES_AUTH,),
    applies=_to_the_end,
)
async def postgres_capacity(climb: Climb, env: Env, facts: Facts) -> Outcome:
    """Asked on the connection that the ladder ends with, so it costs no slot of its own.

    Where reading is not permitted nothing is tried that the server would log as an error.
    """
    session = facts.get(PostgresAuth)
    if session is None or number_of(session.server_version) < OLDEST:
        return skipped(SkipReason.NOT_APPLICABLE)
    settings = await one_row(climb, SETTINGS)
    if settings is None:
        return unknown(SkipReason.NO_ANSWER)
    *limits, readable = settings
    if readable != "t":
        return unknown(SkipReason.NOT_PERMITTED, needs="SELECT on pg_stat_activity")
    use = await one_row(climb, USE)
    fact = capacity_of((*limits, *(use or ())))
    return unknown(SkipReason.NO_ANSWER) if fact is None else _judged(fact)


def _judged(fact: PostgresCapacity) -> Outcome:
    if fact.free >= LEAST_FREE:
        return passed(fact)
    usable = fact.max_connections - fact.reserved
    return warned(fact, Finding(code=Code.POSTGRES_CAPACITY_NEARLY_FULL, about=str(fact.free), other=str(usable)))


_DRIVERS: dict[Dialect, type[DriverFact]] = {
    Dialect.ASYNCPG: DriverAsyncpg,
    Dialect.PSYCOPG: DriverPsycopg,
    Dialect.CONNECTOR: DriverConnector,
}


def _has_limit(env: Env) -> bool:
    return env.options.app_timeout is not None and _to_the_end(env)


@check(
    CheckId.APP_BUDGET,
    title="Connecting takes less than the app's own limit",
    timeout=1.0,
    on_timeout=None,
    requires=(CheckId.POSTGRES_QUERY,),
    after=(
        on(CheckId.DNS_TARGET, Route.DIRECT, Route.CONNECTOR),
        on(CheckId.ADMIN_CONNECT_SETTINGS, Route.CONNECTOR),
        on(CheckId.ADMIN_CERTIFICATE, Route.CONNECTOR),
        *RUNGS,
        CheckId.DRIVER_ASYNCPG,
        CheckId.DRIVER_PSYCOPG,
        CheckId.DRIVER_CONNECTOR,
    ),
    applies=_has_limit,
    root=_has_limit,
)
async def app_budget(env: Env, facts: Facts) -> Outcome:
    kind = _DRIVERS.get(env.target.dialect)
    driver = facts.get(kind) if kind else None
    if driver is not None and not facts.passed(driver.CHECK):
        return skipped(SkipReason.BLOCKED, driver.CHECK)
    fact = _measured(env, facts, driver)
    if fact.measured_seconds <= fact.limit_seconds:
        return passed(fact)
    times = f"{fact.measured_seconds:.1f} s of {fact.limit_seconds:g} s"
    return failed(fact, Finding(code=Code.APP_BUDGET_TOO_SHORT, about=fact.slowest or "", other=times))


def _measured(env: Env, facts: Facts, driver: DriverFact | None) -> AppBudget:
    """The driver's own time where it ran. Else what the ladder and the look-ups before it took.

    A connector makes both calls of the Admin API at once, so only the longer of the two counts.
    """
    spent = {check: facts.seconds(check) for check in _steps(env.target.route)}
    slowest = max(spent, key=lambda check: spent[check])
    calls = [spent.get(CheckId.ADMIN_CONNECT_SETTINGS, 0.0), spent.get(CheckId.ADMIN_CERTIFICATE, 0.0)]
    return AppBudget(
        limit_seconds=env.options.app_timeout or 0.0,
        measured_seconds=driver.connect_seconds if driver else sum(spent.values()) - min(calls),
        measurement=Measurement.DRIVER if driver else Measurement.LADDER,
        slowest=slowest,
        slowest_seconds=spent[slowest],
    )


def _steps(route: Route) -> tuple[CheckId, ...]:
    calls = (CheckId.ADMIN_CONNECT_SETTINGS, CheckId.ADMIN_CERTIFICATE) if route is Route.CONNECTOR else ()
    names = () if route is Route.SOCKET else (CheckId.DNS_TARGET,)
    return (*calls, *names, *RUNGS)
