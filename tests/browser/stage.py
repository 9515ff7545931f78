"""The sidecar's real HTTP surface over a real monitor, whose runs the test writes and which are of this very moment."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Self

from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from diagnostics import __version__
from diagnostics.check import Env
from diagnostics.checks import CHECKS
from diagnostics.core.report import Report
from diagnostics.runner import Carried, Observer
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from tests.browser.chromium import Tab
from tests.sidecar.scripted import ORDERS, HeldClock, ScriptedSource, Watched

SHOWN = "document.querySelector('h1') && document.querySelector('.live')"
"""What holds once a report is there and the agent tells what happens."""


class FreshSource(ScriptedSource):
    """Runs that began just now, or ``age`` seconds ago; those of one target as ``ages`` says."""

    age = 0.0
    ages: Mapping[str, float] = MappingProxyType({})

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        report = await super().run(env, observers, carried, trials=trials)
        age = self.ages.get(env.resolution.name, self.age)
        return replace(report, started_at=datetime.now(UTC) - timedelta(seconds=age))


class Stage:
    """A sidecar that answers on a port of loopback. What it watches is what the test says."""

    def __init__(self, access: Access, port: int = 0) -> None:
        self._access = access
        self._port = port
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.sidecar = Sidecar(HeldClock(), __version__, self._access, lambda _line: None)
        self._server = TestServer(self.sidecar.application(), port=self._port or None)
        await self._server.start_server(shutdown_timeout=0.1)
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.sidecar.end()
        await self._stack.aclose()
        await self._server.close()

    @property
    def address(self) -> str:
        """Where the page is."""
        return str(self._server.make_url("/"))

    @property
    def port(self) -> int:
        """Of this server, for another one that takes its place."""
        return self._server.port or 0

    async def watch(self, source: FreshSource) -> Watched:
        """From now on these targets are what is shown."""
        self.watched = await self._stack.enter_async_context(Watched(source, listeners=(self.sidecar.rooms.events,)))
        self.sidecar.rooms.attach(self.watched.monitor)
        return self.watched

    async def show(self, *reports: Report, age: float = 0.0) -> FreshSource:
        """One target with these runs, the last of them just now or ``age`` seconds ago."""
        source = FreshSource(checks=CHECKS)
        source.age = age
        source.script(ORDERS, *reports)
        await self.watch(source)
        await self.watched.cycles(len(reports) - 1)
        return source

    async def then(self, report: Report) -> None:
        """One run more."""
        source = self.watched.source
        source.script(ORDERS, report)
        await self.watched.cycles()


@contextlib.asynccontextmanager
async def staged(access: Access | None = None, port: int = 0) -> AsyncIterator[Stage]:
    async with Stage(access or Access(), port) as stage:
        yield stage


async def look(tab: Tab, stage: Stage, query: str = "") -> None:
    """Open the page and wait for the report."""
    await tab.open(stage.address + query)
    await tab.until(SHOWN)
