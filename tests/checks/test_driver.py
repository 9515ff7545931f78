"""Row 10: the same path once more through the app's own driver, called as the app would call it."""

import pytest
from msgspec.structs import replace

from diagnostics.check import Check, SecretName
from diagnostics.checks.driver import LOAD_LIMIT, MARGIN, driver_asyncpg, driver_connector, driver_psycopg
from diagnostics.core.facts import DriverAsyncpg, DriverConnector, DriverFact, DriverPsycopg
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, DriverChoice, Options, SkipReason, Status, Target
from diagnostics.core.outcome import Outcome, passed
from diagnostics.ports import DriverCall, DriverEnd, DriverResult
from tests.checks.stage import CONNECTOR, DIRECT, SOCKET, env, fails, iam, look
from tests.fakes import FakeDrivers

CONNECTED = DriverResult(driver_version="0.30.0", connect_seconds=0.02, import_seconds=0.3)

CHECKS: dict[Dialect, tuple[Check, type[DriverFact]]] = {
    Dialect.ASYNCPG: (driver_asyncpg, DriverAsyncpg),
    Dialect.PSYCOPG: (driver_psycopg, DriverPsycopg),
    Dialect.CONNECTOR: (driver_connector, DriverConnector),
}

drivers = pytest.mark.parametrize("dialect", CHECKS, ids=str)


async def drive(dialect: Dialect, result: DriverResult, target: Target = DIRECT) -> Outcome:
    check, _ = CHECKS[dialect]
    return await look(check, env(target, drivers=FakeDrivers({dialect: result})))


def fact(dialect: Dialect, **more: str) -> DriverFact:
    _, kind = CHECKS[dialect]
    return kind(driver_version="0.30.0", connect_seconds=0.02, import_seconds=0.3, **more)


@drivers
async def test_a_driver_that_connects_passes(dialect: Dialect) -> None:
    assert await drive(dialect, CONNECTED) == passed(fact(dialect))


@drivers
@pytest.mark.parametrize(
    "result, slug, about",
    [
        (replace(CONNECTED, end=DriverEnd.SILENT, exception="TimeoutError"), "silent", "TimeoutError"),
        (replace(CONNECTED, end=DriverEnd.KEPT_BUSY, exception="TimeoutError"), "kept_busy", "TimeoutError"),
        (replace(CONNECTED, end=DriverEnd.OUT_OF_MEMORY, exception="MemoryError"), "out_of_memory", "MemoryError"),
        (replace(CONNECTED, end=DriverEnd.OPTION_REJECTED, exception="TypeError"), "option_rejected", "TypeError"),
        (replace(CONNECTED, end=DriverEnd.FAILED, sqlstate="28P01", exception="X"), "sqlstate", "28P01"),
        (replace(CONNECTED, end=DriverEnd.SILENT, sqlstate="57014", exception="X"), "silent", "57014"),
        (replace(CONNECTED, end=DriverEnd.FAILED, exception="OSError", message="peer"), "failed", "OSError"),
    ],
    ids=["silent", "kept_busy", "out_of_memory", "option_rejected", "sqlstate", "silent with sqlstate", "failed"],
)
async def test_what_a_driver_meets_is_its_finding(
    dialect: Dialect, result: DriverResult, slug: str, about: str
) -> None:
    seen = {name: getattr(result, name) for name in ("exception", "sqlstate", "message")}
    expected = fails(Code(f"driver.{dialect}.{slug}"), about, fact=fact(dialect, **seen))
    assert await drive(dialect, result) == expected


async def test_the_connector_may_fail_at_googles_apis() -> None:
    result = replace(CONNECTED, end=DriverEnd.API_FAILED, sqlstate="28P01", exception="ClientResponseError")
    assert (await drive(Dialect.CONNECTOR, result, CONNECTOR)).code is Code.DRIVER_CONNECTOR_API_FAILED


@drivers
@pytest.mark.parametrize(
    "end, reason",
    [(DriverEnd.IMPORT_FAILED, SkipReason.NOT_CONFIGURED), (DriverEnd.NO_RESULT, SkipReason.NO_ANSWER)],
)
async def test_a_driver_that_cannot_be_run_here_is_no_failure_of_the_app(
    dialect: Dialect, end: DriverEnd, reason: SkipReason
) -> None:
    """Our image may lack a library, a writable directory or the right to one more process that the app's has."""
    result = replace(CONNECTED, end=end, exception="OSError", message="what is missing")
    outcome = await drive(dialect, result)
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, reason)
    assert (outcome.code, outcome.needs) == (Code(f"driver.{dialect}.{end}"), "what is missing")


@drivers
@pytest.mark.parametrize("target", [DIRECT, iam(DIRECT)], ids=["password", "iam"])
async def test_only_an_iam_login_hands_a_token_over(dialect: Dialect, target: Target) -> None:
    check, _ = CHECKS[dialect]
    called = FakeDrivers({dialect: CONNECTED})
    options = Options(sqladmin_endpoint="http://sqladmin.test")
    await look(
        check, env(target, drivers=called, options=options, secrets={SecretName.LOGIN_TOKEN: "ya29.login-token"})
    )
    (call,) = called.calls
    token = call.login_token.reveal() if call.login_token else None
    assert token == ("ya29.login-token" if target is not DIRECT else None)
    assert replace(call, login_token=None) == DriverCall(
        dialect=dialect,
        target=target,
        limit=check.timeout - LOAD_LIMIT - MARGIN,
        load_limit=LOAD_LIMIT,
        sqladmin_endpoint="http://sqladmin.test",
    )


async def test_a_driver_of_the_same_kind_is_not_called_the_apps_own() -> None:
    outcome = await drive(Dialect.PSYCOPG, CONNECTED, replace(SOCKET, driver="psycopg2"))
    assert isinstance(outcome.fact, DriverPsycopg)
    assert outcome.fact.instead_of == "psycopg2"


# --- which of them run ------------------------------------------------------------------------------------------------

OTHER = replace(DIRECT, dialect=Dialect.OTHER)
ALL_DIRECT = {Dialect.ASYNCPG, Dialect.PSYCOPG}


@pytest.mark.parametrize(
    "target, choice, applies, root",
    [
        (DIRECT, DriverChoice.AUTO, {Dialect.ASYNCPG}, {Dialect.ASYNCPG}),
        (SOCKET, DriverChoice.AUTO, {Dialect.PSYCOPG}, {Dialect.PSYCOPG}),
        (CONNECTOR, DriverChoice.AUTO, {Dialect.CONNECTOR}, {Dialect.CONNECTOR}),
        (replace(CONNECTOR, dialect=Dialect.ASYNCPG), DriverChoice.AUTO, {Dialect.CONNECTOR}, {Dialect.CONNECTOR}),
        (OTHER, DriverChoice.AUTO, set(), set()),
        (replace(DIRECT, dialect_named=False), DriverChoice.AUTO, set(), set()),
        (replace(DIRECT, dialect_named=False), DriverChoice.ALL, ALL_DIRECT, set()),
        (DIRECT, DriverChoice.NONE, set(), set()),
        (CONNECTOR, DriverChoice.NONE, set(), set()),
        (DIRECT, DriverChoice.ALL, ALL_DIRECT, {Dialect.ASYNCPG}),
        (SOCKET, DriverChoice.ALL, ALL_DIRECT, {Dialect.PSYCOPG}),
        (OTHER, DriverChoice.ALL, ALL_DIRECT, set()),
        (replace(DIRECT, driver="asyncpg"), DriverChoice.AUTO, {Dialect.ASYNCPG}, {Dialect.ASYNCPG}),
        (replace(SOCKET, driver="psycopg2"), DriverChoice.AUTO, {Dialect.PSYCOPG}, set()),
        (replace(CONNECTOR, driver="jdbc"), DriverChoice.AUTO, {Dialect.CONNECTOR}, set()),
        (replace(CONNECTOR, driver="pg8000"), DriverChoice.AUTO, {Dialect.CONNECTOR}, {Dialect.CONNECTOR}),
        (CONNECTOR, DriverChoice.ALL, {Dialect.CONNECTOR}, {Dialect.CONNECTOR}),
        (replace(DIRECT, dialect=Dialect.CONNECTOR), DriverChoice.AUTO, set(), set()),
        (None, DriverChoice.AUTO, set(), set()),
        (None, DriverChoice.ALL, set(), set()),
    ],
)
def test_the_apps_driver_runs_and_can_fail(
    target: Target | None, choice: DriverChoice, applies: set[Dialect], root: set[Dialect]
) -> None:
    """``all`` adds those that can take the route; only the app's own can fail.

    The connector takes its own route and no other: without an instance there is nothing for it to connect to.
    """
    around = env(target, options=Options(drivers=choice))
    assert {dialect for dialect, (check, _) in CHECKS.items() if check.applies(around)} == applies
    assert {dialect for dialect, (check, _) in CHECKS.items() if check.root(around)} == root
