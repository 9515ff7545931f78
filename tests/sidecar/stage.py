"""A sidecar over a real socket, and a monitor whose reports a test chooses."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from diagnostics import __version__
from diagnostics.checks import CHECKS
from diagnostics.core.report import Report
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from tests.sidecar.scripted import ORDERS, HeldClock, ScriptedSource, Watched

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}
"""What a proxy in front adds: whoever sends it is not on loopback."""


class Stage:
    """A running sidecar."""

    def __init__(
        self, client: "TestClient[web.Request, web.Application]", sidecar: Sidecar, clock: HeldClock, said: list[str]
    ) -> None:
        self.client = client
        self.sidecar = sidecar
        self.clock = clock
        self.said = said
        self._stack = contextlib.AsyncExitStack()

    async def watch(self, source: ScriptedSource) -> Watched:
        """From now on these are what is shown; ended with the test."""
        made = Watched(source, listeners=(self.sidecar.rooms.events,), clock=self.clock)
        self.sidecar.rooms.attach(made.monitor)
        return await self._stack.enter_async_context(made)

    async def show(self, *reports: Report) -> Watched:
        """A monitor of one target whose last report is the last of these."""
        source = ScriptedSource(checks=CHECKS)
        source.script(ORDERS, *reports)
        watched = await self.watch(source)
        for _ in reports[1:]:
            await watched.cycles()
        return watched

    async def close(self) -> None:
        await self._stack.aclose()

    async def status(self, path: str, **headers: str) -> int:
        async with self.client.get(path, headers=headers) as answer:
            return answer.status

    async def json(self, path: str, method: str = "GET", **headers: str) -> Any:
        async with self.client.request(method, path, headers=headers) as answer:
            return json.loads(await answer.read())

    async def metrics(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        async with self.client.get("/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


@contextlib.asynccontextmanager
async def staged(access: Access | None = None) -> AsyncIterator[Stage]:
    """A sidecar with these settings."""
    said: list[str] = []
    clock = HeldClock()
    sidecar = Sidecar(clock, __version__, access or Access(), said.append)
    async with TestClient(TestServer(sidecar.application())) as client:
        stage = Stage(client, sidecar, clock, said)
        try:
            yield stage
        finally:
            sidecar.end()
            await stage.close()
