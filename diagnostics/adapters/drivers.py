"""The app's own drivers, called as an app with the resolved settings would call them."""

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

from diagnostics.adapters import app_url
from diagnostics.adapters.app_url import Keyword
from diagnostics.adapters.driver_errors import DriverError, described
from diagnostics.adapters.threads import load
from diagnostics.core.model import Dialect, Route, SettingName, Target
from diagnostics.ports import DriverCall, DriverResult

_SILENT = DriverError(exception="TimeoutError", silent=True)


class Connection(Protocol):
    """An open connection of some driver."""

    async def select_one(self) -> None:
        """The query that proves the path."""

    async def close(self) -> None:
        """Say goodbye to the server."""

    def abandon(self) -> None:
        """Close the socket without a word, where that has not been done."""


class Driver(Protocol):
    """One loaded driver."""

    database: str
    """Its keyword for the name of the database."""

    @property
    def version(self) -> str:
        """Of the library."""

    def with_tls(self, target: Target, keywords: dict[str, Keyword]) -> dict[str, Keyword]:
        """The keywords with the target's TLS settings among them."""

    async def open(self, dsn: str, keywords: dict[str, Keyword]) -> Connection:
        """Connect; raises what the driver raises."""


class AppDrivers:
    """asyncpg and psycopg in this process, the Cloud SQL connector in one of its own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    async def connect(self, call: DriverCall) -> DriverResult:
        """Never raises for what the driver raised: that is the result."""
        if call.dialect is Dialect.CONNECTOR:
            from diagnostics.adapters.driver_connector import connect_in_child

            return await connect_in_child(call, self._environ)
        started = time.monotonic()
        driver = await _loaded(call.dialect)
        return await _use(driver, call, time.monotonic() - started)


async def _loaded(dialect: Dialect) -> Driver:
    if dialect is Dialect.ASYNCPG:
        await load("diagnostics.adapters.driver_asyncpg")
        from diagnostics.adapters.driver_asyncpg import AsyncpgDriver

        return AsyncpgDriver()
    if dialect is Dialect.PSYCOPG:
        await load("diagnostics.adapters.driver_psycopg")
        from diagnostics.adapters.driver_psycopg import PsycopgDriver

        return PsycopgDriver()
    raise LookupError(f"no driver for {dialect}")


async def _use(driver: Driver, call: DriverCall, import_seconds: float) -> DriverResult:
    started, connected = time.monotonic(), 0.0
    error, connection = None, None
    deadline = asyncio.timeout(call.limit)
    try:
        async with deadline:
            connection = await driver.open(*arguments(driver, call))
            connected = time.monotonic() - started
            await connection.select_one()
            await connection.close()
    except Exception as raised:  # noqa: BLE001 - whatever a driver raises is what the app would have met
        error = _SILENT if deadline.expired() else described(raised)
    finally:
        if connection is not None:
            connection.abandon()
    return result_of(error, driver.version, connected or time.monotonic() - started, import_seconds)


def result_of(error: DriverError | None, version: str, connect_seconds: float, import_seconds: float) -> DriverResult:
    """The result of a call that raised, or did not raise, an error."""
    found = error or DriverError(exception="")
    return DriverResult(
        driver_version=version,
        connect_seconds=connect_seconds,
        import_seconds=import_seconds,
        exception=found.exception,
        sqlstate=found.sqlstate,
        message=found.message,
        silent=found.silent,
        option_rejected=found.option_rejected,
        api_failed=found.api_failed,
    )


def arguments(driver: Driver, call: DriverCall) -> tuple[str, dict[str, Keyword]]:
    """DSN and keywords: the app's URL as the app hands it over, or the parts where it has none for this driver."""
    target, dsn = call.target, ""
    url = target.url.reveal() if target.url and target.dialect is call.dialect else ""
    if url and app_url.is_plain(url):
        dsn, keywords = url, {}
    elif url and app_url.names(url, call.dialect):
        keywords = app_url.keywords(url, driver.database)
    else:
        keywords = _with_tls(driver, target, _parts(driver, target))
    if call.login_token is not None:
        keywords["password"] = call.login_token.reveal()
    return dsn, keywords


def _parts(driver: Driver, target: Target) -> dict[str, Keyword]:
    parts: dict[str, Keyword] = {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        driver.database: target.database,
    }
    if target.password is not None:
        parts["password"] = target.password.reveal()
    return parts


def _with_tls(driver: Driver, target: Target, keywords: dict[str, Keyword]) -> dict[str, Keyword]:
    """TLS only where the settings speak of it: an app that says nothing gets the driver's default."""
    spoken = (SettingName.TLS_MODE, SettingName.ROOT_CERT, SettingName.CLIENT_CERT, SettingName.CLIENT_KEY)
    if target.route is Route.SOCKET or all(target.origin(setting) == "default" for setting in spoken):
        return keywords
    return driver.with_tls(target, keywords)
