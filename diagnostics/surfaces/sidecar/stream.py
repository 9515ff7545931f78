"""``/api/v1/events``: one connection that stays."""

import asyncio
import contextlib

from aiohttp import web

from diagnostics.surfaces.sidecar.board import Board
from diagnostics.surfaces.sidecar.events import RETRY, Event, Events, until_silent
from diagnostics.surfaces.sidecar.operations import Media
from diagnostics.surfaces.sidecar.problem import Refused

LATER = "30"
"""Seconds after which a client may try again when there are enough."""

_UNAVAILABLE = 503
_SILENCE = b": still here\n\n"


class Stream:
    """The handler of the events."""

    def __init__(self, board: Board, events: Events) -> None:
        self._board = board
        self._events = events

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What the client missed, then what happens."""
        self._board.chosen(request)
        if self._events.full or self._board.ending:
            raise Refused(_UNAVAILABLE, "enough streams are open", "close one", {"Retry-After": LATER})
        response = web.StreamResponse(headers={"Content-Type": Media.EVENTS, "X-Accel-Buffering": "no"})
        # A page that is closed is the usual end of a stream, and may be noticed first by what is written to it.
        with contextlib.suppress(ConnectionError), self._events.client() as queue:
            await response.prepare(request)
            await self._tell(request, response, queue)
        return response

    async def _tell(
        self, request: web.Request, response: web.StreamResponse, queue: "asyncio.Queue[Event | None]"
    ) -> None:
        await response.write(b"retry: %d\n\n" % RETRY)
        details, wanted = self._board.shows_details(request), request.query.get("target")
        for event in self._events.missed(request.headers.get("Last-Event-ID", ""), self._board.monitor):
            if event.is_of(wanted, details=details):
                await response.write(self._events.text(event, details=details))
        async for happened in until_silent(queue):
            if happened is None:
                await response.write(_SILENCE)
            elif happened.is_of(wanted, details=details):
                await response.write(self._events.text(happened, details=details))
