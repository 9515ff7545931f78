"""Answers that are none, as ``application/problem+json`` (RFC 9457) with a hint of what to do instead."""

import http
from collections.abc import Mapping

import msgspec
from aiohttp import web

from diagnostics.core.model import Value

MEDIA_TYPE = "application/problem+json"


class Problem(Value, frozen=True, kw_only=True):
    """An answer that is none, as RFC 9457 shapes it, and what to do instead."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    hint: str = ""


class Refused(Exception):
    """The request cannot be answered; becomes a Problem. ``headers`` are those that belong to the status."""

    def __init__(self, status: int, detail: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.headers = dict(headers or {})


def answer(refused: Refused) -> web.Response:
    """The response."""
    problem = Problem(
        title=http.HTTPStatus(refused.status).phrase, status=refused.status, detail=refused.detail, hint=refused.hint
    )
    return web.Response(
        status=refused.status, body=msgspec.json.encode(problem), content_type=MEDIA_TYPE, headers=refused.headers
    )
