"""The app's drivers against the lab's PostgreSQL, and against peers that fail in one way each."""

import asyncio
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Dialect, Login, Origin, Route, Secret, SettingName, Target, TlsMode
from diagnostics.lab import world as lab_world
from diagnostics.lab.lab import Lab
from diagnostics.ports import DriverCall, DriverEnd, DriverResult
from tests.adapters import listeners
from tests.lab.clients.drivers import login_token

LIMIT = 10.0
SHORT = 0.3
BOTH = pytest.mark.parametrize("dialect", [Dialect.ASYNCPG, Dialect.PSYCOPG])


def target_of(lab: Lab, dialect: Dialect, **changes: object) -> Target:
    """The direct route, by parts."""
    world = lab.world
    settings: dict[str, object] = {
        "name": "orders",
        "route": Route.DIRECT,
        "dialect": dialect,
        "host": lab.addresses.public,
        "database": world.database,
        "user": world.user,
        "password": Secret(world.password),
    }
    return Target(**(settings | changes))  # type: ignore[arg-type]


def at_socket(lab: Lab, dialect: Dialect) -> Target:
    return target_of(lab, dialect, route=Route.SOCKET, host=f"{lab.around.socket_dir}/{lab.world.connection_name}")


def by_url(lab: Lab, dialect: Dialect, scheme: str, options: str = "") -> Target:
    world = lab.world
    password = quote(world.password, safe="")
    url = f"{scheme}://{world.user}:{password}@{lab.addresses.public}:5432/{world.database}{options}"
    return target_of(lab, dialect, url=Secret(url), host="never-used.invalid")


async def connect(target: Target, limit: float = LIMIT, **more: object) -> DriverResult:
    call = DriverCall(dialect=target.dialect, target=target, limit=limit, load_limit=LIMIT, **more)  # type: ignore[arg-type]
    return await AppDrivers(os.environ).connect(call)


def failure(result: DriverResult) -> tuple[str, str]:
    return result.exception, result.sqlstate


CONNECTED = ("", "")


@BOTH
async def test_a_driver_connects_by_parts_and_says_how_long_it_took(lab: Lab, dialect: Dialect) -> None:
    result = await connect(target_of(lab, dialect))
    assert failure(result) == CONNECTED, result.message
    assert 0 < result.connect_seconds < LIMIT
    assert result.driver_version[0].isdigit()


@BOTH
async def test_a_driver_connects_to_a_socket(lab: Lab, dialect: Dialect) -> None:
    lab.arrange(route=lab_world.Route.SOCKET)
    result = await connect(at_socket(lab, dialect))
    assert failure(result) == CONNECTED, result.message


@pytest.mark.parametrize(
    "dialect, scheme, options",
    [
        (Dialect.ASYNCPG, "postgresql", "?sslmode=require"),
        (Dialect.ASYNCPG, "postgresql+asyncpg", "?ssl=require"),
        (Dialect.PSYCOPG, "postgres", "?sslmode=require"),
        (Dialect.PSYCOPG, "postgresql+psycopg", "?sslmode=require"),
        (Dialect.PSYCOPG, "postgresql+psycopg2", "?application_name=api"),
    ],
)
async def test_a_url_is_handed_over_as_the_app_would(lab: Lab, dialect: Dialect, scheme: str, options: str) -> None:
    result = await connect(by_url(lab, dialect, scheme, options))
    assert failure(result) == CONNECTED, result.message


async def test_a_url_with_the_socket_in_its_query_leads_there(lab: Lab) -> None:
    lab.arrange(route=lab_world.Route.SOCKET)
    world, socket = lab.world, f"{lab.around.socket_dir}/{lab.world.connection_name}"
    for dialect, scheme in ((Dialect.ASYNCPG, "postgresql+asyncpg"), (Dialect.PSYCOPG, "postgresql")):
        url = f"{scheme}://{world.user}:{quote(world.password, safe='')}@/{world.database}?host={socket}"
        result = await connect(target_of(lab, dialect, url=Secret(url), route=Route.SOCKET))
        assert failure(result) == CONNECTED, result.message


async def test_a_url_for_another_driver_is_not_handed_over(lab: Lab) -> None:
    """With all drivers asked for, those the URL does not name get the parts."""
    target = target_of(lab, Dialect.PSYCOPG, url=Secret("postgresql+psycopg://nobody@nowhere.invalid/none?x=y"))
    call = DriverCall(dialect=Dialect.ASYNCPG, target=target, limit=LIMIT, load_limit=LIMIT)
    assert failure(await AppDrivers(os.environ).connect(call)) == CONNECTED


@pytest.mark.parametrize(
    "dialect, scheme, options, exception",
    [
        (Dialect.ASYNCPG, "postgresql+asyncpg", "?sslmode=require", "TypeError"),
        (Dialect.ASYNCPG, "postgresql", "?sslmode=sometimes", "asyncpg.exceptions._base.ClientConfigurationError"),
        (Dialect.PSYCOPG, "postgresql+psycopg", "?ssl=require", "psycopg.ProgrammingError"),
        (Dialect.PSYCOPG, "postgresql", "?pgbouncer=true", "psycopg.ProgrammingError"),
    ],
)
async def test_an_option_that_a_driver_does_not_take_is_rejected(
    lab: Lab, dialect: Dialect, scheme: str, options: str, exception: str
) -> None:
    result = await connect(by_url(lab, dialect, scheme, options))
    assert (result.exception, result.end) == (exception, DriverEnd.OPTION_REJECTED)


async def test_asyncpg_keeps_the_servers_own_code(lab: Lab) -> None:
    result = await connect(target_of(lab, Dialect.ASYNCPG, database="nonesuch"))
    assert (result.sqlstate, result.end) == ("3D000", DriverEnd.FAILED)


@BOTH
async def test_a_refused_login_is_the_drivers_own_exception(lab: Lab, dialect: Dialect) -> None:
    result = await connect(target_of(lab, dialect, password=Secret("wrong")))
    expected = {
        Dialect.ASYNCPG: ("asyncpg.exceptions.InvalidPasswordError", "28P01"),
        Dialect.PSYCOPG: ("psycopg.OperationalError", ""),
    }
    assert failure(result) == expected[dialect]
    assert "password authentication failed" in result.message
    assert result.end is DriverEnd.FAILED


@BOTH
async def test_tls_is_what_the_settings_say(lab: Lab, dialect: Dialect) -> None:
    origins = (Origin(setting=SettingName.TLS_MODE, source="PGSSLMODE"),)
    trusted = target_of(lab, dialect, tls=TlsMode.VERIFY_CA, root_cert=str(lab.around.server_ca_file), origins=origins)
    assert failure(await connect(trusted)) == CONNECTED
    lab.arrange("server-cert-unknown-ca", route=lab_world.Route.DIRECT)
    assert (await connect(trusted)).exception in {"ssl.SSLCertVerificationError", "psycopg.OperationalError"}


@BOTH
async def test_an_iam_login_sends_its_token_as_password(lab: Lab, dialect: Dialect) -> None:
    environment = lab.arrange(route=lab_world.Route.DIRECT, login=lab_world.Login.IAM)
    origins = (Origin(setting=SettingName.TLS_MODE, source="PGSSLMODE"),)
    target = target_of(
        lab, dialect, user=lab.world.iam_user, password=None, login=Login.IAM, tls=TlsMode.REQUIRE, origins=origins
    )
    result = await connect(target, login_token=Secret(login_token(environment)))
    assert failure(result) == CONNECTED, result.message


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _assert_closed(before: int) -> None:
    """The server's ends are in this process, too, and close when ours do."""
    for _ in range(300):
        if open_descriptors() <= before:
            return
        await asyncio.sleep(0.01)
    pytest.fail("a connection is still open")


@BOTH
async def test_silence_ends_at_the_limit_and_leaves_nothing_open(dialect: Dialect) -> None:
    with listeners.deaf() as deaf, listeners.listening(listeners.read_until_end) as mute:
        before = open_descriptors()
        for endpoint in (deaf, mute):
            target = Target(
                name="x",
                route=Route.DIRECT,
                dialect=dialect,
                host=endpoint.address,
                port=endpoint.port,
                database="d",
                user="u",
            )
            started = asyncio.get_running_loop().time()
            result = await connect(target, SHORT)
            assert result.end is DriverEnd.SILENT
            assert asyncio.get_running_loop().time() - started < 2.0
        await _assert_closed(before)


@BOTH
async def test_a_refusal_is_not_silence(dialect: Dialect) -> None:
    with listeners.refused() as endpoint:
        target = Target(
            name="x",
            route=Route.DIRECT,
            dialect=dialect,
            host=endpoint.address,
            port=endpoint.port,
            database="d",
            user="u",
        )
        result = await connect(target)
    assert result.exception in {"ConnectionRefusedError", "psycopg.OperationalError"}
    assert result.end is DriverEnd.FAILED


@BOTH
async def test_failures_leave_nothing_open(lab: Lab, dialect: Dialect) -> None:
    await connect(target_of(lab, dialect, password=Secret("wrong")))
    before = open_descriptors()
    for _ in range(5):
        await connect(target_of(lab, dialect, password=Secret("wrong")))
        await connect(target_of(lab, dialect, database="nonesuch"))
        await connect(target_of(lab, dialect))
    await _assert_closed(before)
