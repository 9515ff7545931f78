"""The JSON API: the last report, those before it, and a run on request."""

import asyncio
import math

import msgspec
from aiohttp import web

from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.model import Value
from diagnostics.core.report import Report
from diagnostics.core.serialize import encode
from diagnostics.monitor import Asked, TargetWatch, TooSoon
from diagnostics.surfaces.sidecar.board import Board
from diagnostics.surfaces.sidecar.callers import is_from_elsewhere, is_local
from diagnostics.surfaces.sidecar.openapi import encoded
from diagnostics.surfaces.sidecar.operations import LONGEST_WAIT, Media
from diagnostics.surfaces.sidecar.problem import Refused
from diagnostics.surfaces.sidecar.views import Accepted, Limits, Reports, app_limits, target_view, withheld_view

WAIT = 30.0
"""Seconds for which POST /api/v1/run waits unless it is told otherwise: twice the longest run of a black hole."""

_ACCEPTED = 202
_NO_CONTENT = 204
_BAD_REQUEST = 400
_FORBIDDEN = 403
_NOT_FOUND = 404
_UNSUPPORTED = 415
_TOO_MANY = 429


class Api:
    """Handlers by the names of their operations."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def report(self, request: web.Request) -> web.Response:
        """The last report of a target."""
        return self._last(request, self._board.one(request))

    async def reports(self, request: web.Request) -> web.Response:
        """Every target with its runs and incidents."""
        details = self._board.shows_details(request)
        view = target_view if details else withheld_view
        targets = tuple(map(view, self._board.chosen(request)))
        return _json(Reports(withheld=not details, targets=targets))

    async def remembered(self, request: web.Request) -> web.Response:
        """The report of one run, of whatever target."""
        run_id = request.match_info["run_id"]
        for target in self._board.targets:
            report = target.history.report(run_id)
            if report is not None:
                return _document(self._board.report_for(request, target, report))
        raise Refused(_NOT_FOUND, "no such run is remembered", "GET /api/v1/reports lists those that are")

    async def run(self, request: web.Request) -> web.Response:
        """Run now; the report, or 202 where it takes longer than the caller waits."""
        _check_origin(request)
        _check_body(request)
        wait = _wait(request.query.get("wait"))
        target = self._board.one(request)
        try:
            target.turn.ask(Asked.ON_THIS_MACHINE if is_local(request) else Asked.SOMEBODY)
        except TooSoon as soon:
            after = str(math.ceil(soon.seconds))
            raise Refused(
                _TOO_MANY,
                "the last run that was asked for was just now",
                f"ask again in {after} s",
                {"Retry-After": after},
            ) from None
        over, _ = await asyncio.wait([target.turn.over], timeout=wait)
        if not over:
            return _json(Accepted(target=self._board.namer(request)(target)), _ACCEPTED)
        return self._last(request, target)

    async def limits(self, request: web.Request) -> web.Response:
        """Keep the limits of the app's start-up, to be shown beside what was measured."""
        _check_origin(request)
        if not is_local(request):
            raise Refused(_FORBIDDEN, "only the app beside us tells its limits", "ask from this machine")
        target = self._board.one(request)
        target.limits = app_limits(await _limits_in(request))
        return web.Response(status=_NO_CONTENT, content_type=Media.TEXT)

    async def openapi(self, _request: web.Request) -> web.Response:
        """What there is."""
        return web.Response(body=encoded(self._board.release), content_type=Media.JSON)

    def _last(self, request: web.Request, target: TargetWatch) -> web.Response:
        report = self._board.report_for(request, target, self._board.last_report(target))
        return _document(report, self._board.age(target))


def _document(report: Report, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=encode(report), content_type=Media.JSON, headers=headers)


def _json(value: Value, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type=Media.JSON)


def _check_origin(request: web.Request) -> None:
    if is_from_elsewhere(request):
        raise Refused(_FORBIDDEN, "the page of another site may not ask for a run", "ask from the status page at /")


def _check_body(request: web.Request) -> None:
    """None is read; one that is no JSON is what the form of another page would send."""
    if request.can_read_body and request.content_type != Media.JSON:
        raise Refused(_UNSUPPORTED, "this takes no body", "leave it out; parameters stand behind the ?")


async def _limits_in(request: web.Request) -> Limits:
    if request.content_type != Media.JSON:
        raise Refused(_UNSUPPORTED, "the limits come as JSON", "Content-Type: application/json")
    try:
        return msgspec.json.decode(await request.read(), type=Limits)
    except UNREADABLE:
        raise Refused(_BAD_REQUEST, "the body holds no limits", "GET /api/v1/openapi.json has its schema") from None


def _wait(text: str | None) -> float:
    if text is None:
        return WAIT
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_WAIT:
        raise Refused(_BAD_REQUEST, f"wait takes seconds from 0 to {LONGEST_WAIT:g}")
    return seconds
