"""All handlers with what they share, loaded when the first of them is needed: the port is to be bound before."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from diagnostics.monitor import Monitor
from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar import static
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.api import Api
from diagnostics.surfaces.sidecar.board import Board
from diagnostics.surfaces.sidecar.events import Events
from diagnostics.surfaces.sidecar.metrics import MonitorCollector
from diagnostics.surfaces.sidecar.names import Namer, neutral_name, real_name
from diagnostics.surfaces.sidecar.probes import Probes
from diagnostics.surfaces.sidecar.stream import Stream


class Rooms:
    """Handlers by the names of their operations."""

    def __init__(self, clock: Clock, release: str, access: Access, say: Callable[[str], None]) -> None:
        self.board = Board(clock, release, access)
        self.events = Events()
        self._registries: dict[Namer, CollectorRegistry] = {
            real_name: CollectorRegistry(),
            neutral_name: CollectorRegistry(),
        }
        for registry in self._registries.values():
            # Google's collector for Cloud Run wants process_start_time_seconds of whoever it scrapes.
            ProcessCollector(registry=registry)
        self.probes, api = Probes(self.board, say), Api(self.board)
        self.handlers: dict[str, Handler] = {
            "startup": self.probes.startup,
            "live": self.probes.live,
            "ready": self.probes.ready,
            "gate": self.probes.gate,
            "health": self.probes.health,
            "report": api.report,
            "reports": api.reports,
            "remembered": api.remembered,
            "run": api.run,
            "limits": api.limits,
            "events": Stream(self.board, self.events).events,
            "metrics": self._metrics,
            "openapi": api.openapi,
            "page": self._page,
            "asset": static.asset,
        }

    def attach(self, monitor: Monitor) -> None:
        """From now on this monitor's targets are what is shown."""
        self.board.monitor = monitor
        for name, registry in self._registries.items():
            registry.register(MonitorCollector(monitor, name))

    def end(self) -> None:
        """The process was told to end: answer what is asked, but hold nobody."""
        self.board.ending = True
        self.events.close()

    async def _metrics(self, request: web.Request) -> web.Response:
        registry = self._registries[self.board.namer(request)]
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _page(self, _request: web.Request) -> web.Response:
        return static.page()
