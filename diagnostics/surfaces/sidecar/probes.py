"""What platforms ask: is it up, does it turn, is there a report, may the app start. And ``/health`` for those who care.

None of the first three depends on the database: a dead database must not make a platform restart anything.
"""

import math
from collections.abc import Callable

import msgspec
from aiohttp import web

from diagnostics.surfaces.sidecar.board import Board
from diagnostics.surfaces.sidecar.callers import is_from_elsewhere
from diagnostics.surfaces.sidecar.gate import Gate
from diagnostics.surfaces.sidecar.guard import called_by_our_name
from diagnostics.surfaces.sidecar.health import MEDIA_TYPE, health_of
from diagnostics.surfaces.sidecar.operations import LONGEST_WORK

WORKERS = 8
"""Probes that may hold their answer at once. One is usual; more are answered at once."""

_OK = 200
_UNAVAILABLE = 503


class Probes:
    """Handlers by the names of their operations."""

    def __init__(self, board: Board, say: Callable[[str], None]) -> None:
        self._board = board
        self._gate = Gate(board.access.gate_passes, board.clock, say)
        self.held = 0
        """Probes whose answer waits for a run."""

    async def startup(self, _request: web.Request) -> web.Response:
        """The port is bound, or nobody could ask."""
        return _text(_OK, "ok")

    async def live(self, request: web.Request) -> web.Response:
        """Always 200, whatever is asked and whatever was found."""
        seconds = _seconds(request.query.get("work", ""), LONGEST_WORK)
        if seconds and self._board.monitor and self.held < WORKERS:
            self.held += 1
            try:
                await self._board.monitor.work(seconds)
            finally:
                self.held -= 1
        return _text(_OK, "ok")

    async def ready(self, _request: web.Request) -> web.Response:
        """A first report of every target, and no end in sight."""
        targets = self._board.targets
        if self._board.ending:
            return _text(_UNAVAILABLE, "ending")
        if not targets or any(target.watch.report is None for target in targets):
            return _text(_UNAVAILABLE, "no report yet")
        return _text(_OK, "ok")

    async def gate(self, request: web.Request) -> web.Response:
        """Whoever asks while it is closed makes the next runs come sooner."""
        targets = self._board.chosen(request)
        closed = self._gate.closed_by(targets)
        if targets and not closed:
            return _text(_OK, "ok")
        # Platforms probe by names that we cannot know; the page of another site may have brought a browser to ask, too.
        trusted = called_by_our_name(request, self._board.access.allowed_hosts) and not is_from_elsewhere(request)
        if self._board.monitor and trusted:
            self._board.monitor.hurry(closed)
        why = self._gate.why(closed, self._board.namer(request))
        return web.Response(status=_UNAVAILABLE, text=why if trusted else "closed\n")

    async def health(self, request: web.Request) -> web.Response:
        """The last reports in the words of the draft."""
        targets = self._board.chosen(request)
        health = health_of(targets, self._board.release, self._board.namer(request))
        return web.Response(
            status=_UNAVAILABLE if health.status == "fail" else _OK,
            body=msgspec.json.encode(health),
            content_type=MEDIA_TYPE,
            headers=self._board.age(*targets),
        )


def _text(status: int, word: str) -> web.Response:
    return web.Response(status=status, text=f"{word}\n")


def _seconds(text: str, most: float) -> float:
    """A number of seconds up to ``most``; 0 where the text is none, because a probe is no place for a quarrel."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return min(number, most) if math.isfinite(number) and number > 0 else 0.0
