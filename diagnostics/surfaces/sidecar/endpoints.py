"""The paths of ``serve``. None ends in ``z``: Google's front end may keep such paths for itself.

``/startup`` says that the agent is up, ``/live`` that its event loop turns, ``/ready`` that a first report exists. None
of the three depends on the database: a dead database must not make the platform restart anything.
"""

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from diagnostics.core.serialize import encode
from diagnostics.monitor import Monitor, Watch
from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar.health import MEDIA_TYPE, health_of

NO_REPORT = b'{"error":"no report yet"}\n'

_OK = 200
_UNAVAILABLE = 503


class Sidecar:
    """The HTTP surface. Answers from the moment its port is bound; the monitor is attached once it is loaded."""

    def __init__(self, clock: Clock, release: str) -> None:
        self._clock = clock
        self._release = release
        self._registry = CollectorRegistry()
        # Google's collector for Cloud Run wants process_start_time_seconds of whoever it scrapes.
        ProcessCollector(registry=self._registry)
        self._monitor: Monitor | None = None

    def attach(self, monitor: Monitor, *collectors: Collector) -> None:
        """From now on the last report of this monitor is what is shown."""
        self._monitor = monitor
        for collector in collectors:
            self._registry.register(collector)

    def application(self) -> web.Application:
        """The paths."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/startup", self._up),
                web.get("/live", self._up),
                web.get("/ready", self._ready),
                web.get("/health", self._health),
                web.get("/api/v1/report", self._report),
                web.get("/metrics", self._metrics),
            ]
        )
        return application

    @property
    def _watch(self) -> Watch:
        return self._monitor.watch if self._monitor else Watch()

    async def _up(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        ready = self._watch.report is not None
        return web.Response(status=_OK if ready else _UNAVAILABLE, text="ok\n" if ready else "no report yet\n")

    async def _health(self, _request: web.Request) -> web.Response:
        health = health_of(self._watch.report, self._release)
        status = _UNAVAILABLE if health.status == "fail" else _OK
        return web.Response(
            status=status, body=msgspec.json.encode(health), content_type=MEDIA_TYPE, headers=self._age()
        )

    async def _report(self, _request: web.Request) -> web.Response:
        watch = self._watch
        if watch.report is None or self._monitor is None:
            return web.Response(status=_UNAVAILABLE, body=NO_REPORT, content_type="application/json")
        report = msgspec.structs.replace(
            watch.report, since=watch.since, last_success_at=watch.last_success_at, changes=self._monitor.tally.changes
        )
        return web.Response(body=encode(report), content_type="application/json", headers=self._age())

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def _age(self) -> dict[str, str]:
        """Whole seconds since the last report, in the header that HTTP has for it."""
        watch = self._watch
        return {} if watch.report is None else {"Age": str(int(self._clock.monotonic() - watch.reported_at))}
