"""Row 10: the same path once more through the app's own driver, called as the app would call it."""

import pytest
from msgspec.structs import replace

from diagnostics.check import Check, SecretName
from diagnostics.checks.driver import driver_asyncpg, driver_connector, driver_psycopg
from diagnostics.core.facts import DriverAsyncpg, DriverConnector, DriverFact, DriverPsycopg
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, DriverChoice, Options, SkipReason, Status, Target
from diagnostics.core.outcome import Outcome, passed
from diagnostics.ports import DriverCall, DriverResult
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
        (replace(CONNECTED, silent=True, exception="TimeoutError"), "silent", "TimeoutError"),
        (replace(CONNECTED, option_rejected=True, exception="TypeError"), "option_rejected", "TypeError"),
        (replace(CONNECTED, sqlstate="28P01", exception="InvalidPasswordError"), "sqlstate", "28P01"),
        (replace(CONNECTED, exception="ConnectionResetError", message="peer"), "failed", "ConnectionResetError"),
    ],
    ids=["silent", "option_rejected", "sqlstate", "failed"],
)
async def test_what_a_driver_meets_is_its_finding(
    dialect: Dialect, result: DriverResult, slug: str, about: str
) -> None:
    seen = {name: getattr(result, name) for name in ("exception", "sqlstate", "message")}
    expected = fails(Code(f"driver.{dialect}.{slug}"), about, fact=fact(dialect, **seen))
    assert await drive(dialect, result) == expected


@pytest.mark.parametrize(
    "result, slug",
    [
        (replace(CONNECTED, api_failed=True, exception="ClientResponseError"), "api_failed"),
        (replace(CONNECTED, api_failed=True, sqlstate="28P01", exception="X"), "api_failed"),
        (replace(CONNECTED, silent=True, api_failed=True, exception="X"), "silent"),
    ],
    ids=["api", "api before sqlstate", "silence before all"],
)
async def test_the_connector_fails_in_ways_of_its_own(result: DriverResult, slug: str) -> None:
    """Where several are true, the one that came first on its way is told."""
    assert (await drive(Dialect.CONNECTOR, result, CONNECTOR)).code is Code(f"driver.connector.{slug}")


@pytest.mark.parametrize("lacking", ["ImportError", "FileNotFoundError"])
async def test_a_connector_that_cannot_start_where_we_run_is_no_failure_of_the_app(lacking: str) -> None:
    """Our image may lack a library or a writable directory that the app's image has."""
    result = replace(CONNECTED, import_failed=True, exception=lacking, message="what is missing")
    outcome = await drive(Dialect.CONNECTOR, result, CONNECTOR)
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, SkipReason.NOT_CONFIGURED)
    assert (outcome.code, outcome.needs) == (Code.DRIVER_CONNECTOR_IMPORT_FAILED, "what is missing")


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
        dialect=dialect, target=target, limit=check.timeout - 1.0, sqladmin_endpoint="http://sqladmin.test"
    )


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
        (DIRECT, DriverChoice.NONE, set(), set()),
        (CONNECTOR, DriverChoice.NONE, set(), set()),
        (DIRECT, DriverChoice.ALL, ALL_DIRECT, {Dialect.ASYNCPG}),
        (SOCKET, DriverChoice.ALL, ALL_DIRECT, {Dialect.PSYCOPG}),
        (OTHER, DriverChoice.ALL, ALL_DIRECT, set()),
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
