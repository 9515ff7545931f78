"""Row 10: the same path once more through the app's own driver, called as the app would call it.

The ladder has passed when these run, so what fails here is the driver, its options, or a flap.
"""

from collections.abc import Callable
from typing import TypeVar

from diagnostics.check import Env, SecretName, check
from diagnostics.core.classify import sqlstate_of
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import DriverAsyncpg, DriverConnector, DriverFact, DriverPsycopg, Facts
from diagnostics.core.findings import Code, code_of
from diagnostics.core.model import Dialect, DriverChoice, Finding, Login, Route, SkipReason, Target
from diagnostics.core.outcome import Outcome, failed, passed, unknown
from diagnostics.login_call import by_driver
from diagnostics.ports import DriverCall, DriverEnd, DriverResult

D = TypeVar("D", bound=DriverFact)

LOAD_LIMIT = 15.0
"""Seconds until a driver is loaded in its process: a tenth of one on a quiet machine, several on a cold tenth of a CPU.
"""

LIMIT = 8.0
"""Seconds for connect, SELECT 1 and close, once the driver is loaded: as a stage has, and within the first run of a
sidecar (9.3 s). The same was just done stage by stage."""

CONNECTOR_LIMIT = 20.0
"""Seconds for the official connector, which asks Google's APIs first."""

MARGIN = 1.0
"""Seconds that the check outlives its driver, so that the driver's own result is the fact."""


_NAMES = {
    Dialect.ASYNCPG: frozenset({"asyncpg"}),
    Dialect.PSYCOPG: frozenset({"psycopg", "psycopg_async"}),
    # What the Python connector connects with.
    Dialect.CONNECTOR: frozenset({"asyncpg", "pg8000", "psycopg", "psycopg_async", "psycopg2"}),
}
"""By which names an app means just the driver that we have."""


def _ours(dialect: Dialect, target: Target) -> bool:
    """Whether the driver that we have is the app's, and not another one that follows the same rules."""
    return target.driver in {"", *_NAMES[dialect]}


def _takes(dialect: Dialect, target: Target) -> bool:
    """The connector takes the route that is named after it, and no other driver does."""
    return (dialect is Dialect.CONNECTOR) is (target.route is Route.CONNECTOR)


def _is_of_its_kind(dialect: Dialect, env: Env) -> bool:
    """The app names a driver that follows these rules: worth a try, whoever it is."""
    target = env.resolution.target
    if target is None or env.options.drivers is DriverChoice.NONE or not _takes(dialect, target):
        return False
    return dialect is Dialect.CONNECTOR or (dialect is target.dialect and target.dialect_named)


def _is_the_apps(dialect: Dialect) -> Callable[[Env], bool]:
    """The app names this very driver: what another one says of the same settings is nothing against the app."""

    def root(env: Env) -> bool:
        return _is_of_its_kind(dialect, env) and _ours(dialect, env.target)

    return root


def _applies(dialect: Dialect) -> Callable[[Env], bool]:
    """The app's own kind of driver always, with ``--drivers all`` every one that can take this route."""

    def applies(env: Env) -> bool:
        target = env.resolution.target
        can = target is not None and _takes(dialect, target)
        return _is_of_its_kind(dialect, env) or (can and env.options.drivers is DriverChoice.ALL)

    return applies


@check(
    CheckId.DRIVER_ASYNCPG,
    title="The driver asyncpg connects with the app's settings",
    timeout=LOAD_LIMIT + LIMIT + MARGIN,
    on_timeout=Code.DRIVER_ASYNCPG_SILENT,
    requires=(CheckId.POSTGRES_QUERY,),
    applies=_applies(Dialect.ASYNCPG),
    root=_is_the_apps(Dialect.ASYNCPG),
)
async def driver_asyncpg(env: Env, facts: Facts) -> Outcome:
    return await _connected(env, Dialect.ASYNCPG, DriverAsyncpg, LIMIT)


@check(
    CheckId.DRIVER_PSYCOPG,
    title="The driver psycopg connects with the app's settings",
    timeout=LOAD_LIMIT + LIMIT + MARGIN,
    on_timeout=Code.DRIVER_PSYCOPG_SILENT,
    requires=(CheckId.POSTGRES_QUERY,),
    applies=_applies(Dialect.PSYCOPG),
    root=_is_the_apps(Dialect.PSYCOPG),
)
async def driver_psycopg(env: Env, facts: Facts) -> Outcome:
    return await _connected(env, Dialect.PSYCOPG, DriverPsycopg, LIMIT)


@check(
    CheckId.DRIVER_CONNECTOR,
    title="The Cloud SQL Python connector connects with the app's settings",
    timeout=LOAD_LIMIT + CONNECTOR_LIMIT + MARGIN,
    on_timeout=Code.DRIVER_CONNECTOR_SILENT,
    requires=(CheckId.POSTGRES_QUERY,),
    applies=_applies(Dialect.CONNECTOR),
    root=_is_the_apps(Dialect.CONNECTOR),
)
async def driver_connector(env: Env, facts: Facts) -> Outcome:
    return await _connected(env, Dialect.CONNECTOR, DriverConnector, CONNECTOR_LIMIT)


async def _connected(env: Env, dialect: Dialect, kind: type[D], limit: float) -> Outcome:
    token = env.vault.get(SecretName.LOGIN_TOKEN) if env.target.login is Login.IAM else None
    call = DriverCall(
        dialect=dialect,
        target=env.target,
        limit=limit,
        load_limit=LOAD_LIMIT,
        login_token=token,
        sqladmin_endpoint=env.options.sqladmin_endpoint,
    )
    login = by_driver(env, call)
    earlier = login.earlier()
    if earlier is not None:
        return earlier
    result = await env.drivers.connect(call)
    sqlstate = sqlstate_of(result.sqlstate)
    fact = kind(
        instead_of="" if _ours(dialect, env.target) else env.target.driver,
        driver_version=result.driver_version,
        import_seconds=result.import_seconds,
        connect_seconds=result.connect_seconds,
        exception=result.exception,
        sqlstate=sqlstate,
        message=env.vault.clean(result.message),
    )
    if result.end is DriverEnd.CONNECTED:
        return login.ended(passed(fact), sqlstate)
    finding = Finding(code=code_of(kind.CHECK, _slug(result, sqlstate)), about=sqlstate or result.exception)
    if result.end in _OURS:
        # The process is ours as much as the app's: what it lacks where we run says nothing about the app.
        return unknown(_OURS[result.end], finding, fact=fact, needs=fact.message or result.exception)
    return login.ended(failed(fact, finding), sqlstate)


_OURS = {DriverEnd.IMPORT_FAILED: SkipReason.NOT_CONFIGURED, DriverEnd.NO_RESULT: SkipReason.NO_ANSWER}


def _slug(result: DriverResult, sqlstate: str) -> str:
    return "sqlstate" if result.end is DriverEnd.FAILED and sqlstate else result.end.value
