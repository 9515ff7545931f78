"""The sidecar's HTTP surface put together: the table of operations, and the handler of each."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from diagnostics.monitor import Monitor
from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar import static
from diagnostics.surfaces.sidecar.api import Api
from diagnostics.surfaces.sidecar.board import Access, Board
from diagnostics.surfaces.sidecar.events import Events
from diagnostics.surfaces.sidecar.guard import add_headers, guard
from diagnostics.surfaces.sidecar.operations import OPERATIONS, Operation
from diagnostics.surfaces.sidecar.probes import Probes
from diagnostics.surfaces.sidecar.stream import Stream

LARGEST_BODY = 1024
"""Bytes of a request's body: no operation has one."""


class Sidecar:
    """Answers from the moment its port is bound; the monitor is attached once it is loaded."""

    def __init__(self, clock: Clock, release: str, access: Access, say: Callable[[str], None]) -> None:
        self.board = Board(clock, release, access)
        self.events = Events()
        self._registry = CollectorRegistry()
        # Google's collector for Cloud Run wants process_start_time_seconds of whoever it scrapes.
        ProcessCollector(registry=self._registry)
        self._handlers = self._handlers_by_name(say)

    def attach(self, monitor: Monitor, *collectors: Collector) -> None:
        """From now on this monitor's targets are what is shown."""
        self.board.monitor = monitor
        for collector in collectors:
            self._registry.register(collector)

    def end(self) -> None:
        """The process was told to end: answer what is asked, but hold nobody."""
        self.board.ending = True
        self.events.close()

    def application(self) -> web.Application:
        """Every operation of the table."""
        application = web.Application(
            middlewares=[guard(self.board.access.allowed_hosts)], client_max_size=LARGEST_BODY
        )
        application.on_response_prepare.append(add_headers)
        application.add_routes([_route(operation, self._handlers[operation.name]) for operation in OPERATIONS])
        return application

    def _handlers_by_name(self, say: Callable[[str], None]) -> dict[str, Handler]:
        probes, api = Probes(self.board, say), Api(self.board)
        return {
            "startup": probes.startup,
            "live": probes.live,
            "ready": probes.ready,
            "gate": probes.gate,
            "health": probes.health,
            "report": api.report,
            "reports": api.reports,
            "remembered": api.remembered,
            "run": api.run,
            "events": Stream(self.board, self.events).events,
            "metrics": self.metrics,
            "openapi": api.openapi,
            "page": self.page,
        }

    async def metrics(self, _request: web.Request) -> web.Response:
        """A view of the last reports and the counts, made when it is asked for."""
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def page(self, _request: web.Request) -> web.Response:
        """The status page."""
        return static.page()


def _route(operation: Operation, handler: Handler) -> web.RouteDef:
    if operation.method == "GET":
        return web.get(operation.path, handler)
    return web.post(operation.path, handler)
