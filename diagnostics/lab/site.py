"""An HTTP server behind a door: aiohttp in a thread of its own, fed with the connections that the door lets in.

The lab is made of threads, because only blocking sockets deliver TLS alerts reliably; aiohttp is not. A pair of
connected sockets is the border between the two.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from diagnostics.lab.doors import Door, Mode
from diagnostics.lab.front import Handler
from diagnostics.lab.pipe import pipe
from diagnostics.lab.spot import Spot

_STOP_SECONDS = 5.0
"""For the event loop to close its connections: they are all within this process."""


class Site:
    """Routes served at one address, and a door that faults open and close."""

    def __init__(
        self,
        spot: Spot,
        routes: Iterable[web.AbstractRouteDef],
        middlewares: Iterable[Middleware],
        mode: Callable[[], Mode],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``mode`` says what the door does now; ask it again with ``settle`` after a change. None of TLS is plain."""
        self._app = web.Application(middlewares=[self._through_the_door, *middlewares])
        self._app.add_routes(routes)
        self._mode = mode
        self._tls = tls
        self._door = Door(spot, self._serve, mode)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="lab-http")
        # A silent handler has no other end than that of its connection.
        self._runner = web.AppRunner(
            self._app, access_log=None, handler_cancellation=True, shutdown_timeout=_STOP_SECONDS / 2
        )

    def start(self) -> None:
        """Listen, at a port that stays the same."""
        self._thread.start()
        self._run(self._runner.setup())
        self._door.start()

    def stop(self) -> None:
        """End every connection, the listener and the thread."""
        self._door.stop()
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_SECONDS)
        self._loop.close()

    def settle(self) -> None:
        """Meet new connections as is wanted now."""
        self._door.settle()

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{self._door.address}:{self._door.port}"

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_SECONDS)

    def _serve(self, connection: socket.socket) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            theirs.setblocking(False)  # noqa: FBT003 - the socket module's signature
            server = self._runner.server
            if server is None:
                raise RuntimeError("the site is not started")
            asyncio.run_coroutine_threadsafe(self._loop.connect_accepted_socket(server, theirs), self._loop)
            with self._encrypted(connection) as readable:
                pipe(readable, ours)

    @contextlib.contextmanager
    def _encrypted(self, connection: socket.socket) -> Iterator[socket.socket]:
        """What the server can read, raising OSError where the client does not shake hands."""
        if self._tls is None:
            yield connection
        else:
            with self._tls.wrap_socket(connection, server_side=True) as tls:
                yield tls

    @web.middleware
    async def _through_the_door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A connection from before the door was shut is cut off, or meets the silence that a new one would."""
        match self._mode():
            case Mode.CLOSED if request.transport is not None:
                request.transport.abort()
            case Mode.SILENT:
                # Until the client gives up: aiohttp cancels the handler when the connection ends.
                await asyncio.Event().wait()
        return await handler(request)
