"""The sidecar's HTTP surface: answers from the moment its port is bound.

An app may wait for that moment, so what is loaded before it is little: the table of operations and what stands before
every handler. The handlers come with the first request that needs them, or with the monitor.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.guard import add_headers, guard
from diagnostics.surfaces.sidecar.operations import ASSETS, OPERATIONS, Operation
from diagnostics.surfaces.sparing import Sparing

if TYPE_CHECKING:
    from diagnostics.surfaces.sidecar.rooms import Rooms

LARGEST_BODY = 8192
"""Bytes of a request's body: twenty limits of an app have two thousand."""

LIGHT = frozenset({"startup", "live"})
"""Operations that need nothing while there is no monitor."""


class Sidecar:
    """The application; ``rooms`` has everything behind it."""

    def __init__(self, clock: Clock, release: str, access: Access, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._release = release
        self._access = access
        self._say = say
        self._rooms: Rooms | None = None

    @property
    def rooms(self) -> "Rooms":
        """Loaded when first asked for."""
        if self._rooms is None:
            from diagnostics.surfaces.sidecar.rooms import Rooms

            self._rooms = Rooms(self._clock, self._release, self._access, self._say)
        return self._rooms

    def end(self) -> None:
        """The process was told to end."""
        if self._rooms is not None:
            self._rooms.end()

    def application(self) -> web.Application:
        """Every operation of the table, and what the page loads."""
        application = web.Application(
            middlewares=[guard(self._access.allowed_hosts, Sparing(self._say, self._clock))],
            client_max_size=LARGEST_BODY,
        )
        application.on_response_prepare.append(add_headers)
        application.add_routes([self._route(operation) for operation in OPERATIONS])
        application.router.add_get(ASSETS, self._handler("asset"))
        return application

    def _route(self, operation: Operation) -> web.RouteDef:
        if operation.method == "GET":
            # A HEAD is answered without a body; of a stream there is nothing else, and it would not end.
            return web.get(operation.path, self._handler(operation.name), allow_head=not operation.endless)
        return web.route(operation.method, operation.path, self._handler(operation.name))

    def _handler(self, name: str) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if self._rooms is None and name in LIGHT:
                return web.Response(text="ok\n")
            return await self.rooms.handlers[name](request)

        return handle
