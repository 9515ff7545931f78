"""What all of Google's APIs have in common: how a caller is known, how bodies are read, how answers and errors look."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec
from aiohttp import web

from diagnostics.lab import api_errors
from diagnostics.lab.api_errors import RefusedError
from diagnostics.lab.tokens import TokenBook

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_Body = TypeVar("_Body")


def authenticate(request: web.Request, tokens: TokenBook, service: str, scopes: Iterable[str]) -> None:
    """Return if the caller's token is good; RefusedError 401 if not, 403 if it has none of ``scopes``."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not value:
        raise RefusedError(api_errors.no_credentials(service))
    token = tokens.find(value.strip())
    if token is None:
        raise RefusedError(api_errors.bad_credentials(service))
    if not token.allows(scopes):
        raise RefusedError(api_errors.insufficient_scopes(service))


async def read(request: web.Request, body: type[_Body]) -> _Body:
    """The posted JSON as ``body``, raising RefusedError (400); unknown fields are refused as Google does."""
    try:
        return msgspec.json.decode(await request.read(), type=body)
    except msgspec.MsgspecError as error:
        raise RefusedError(api_errors.invalid_argument(f"Invalid JSON payload received. {error}")) from error


def answer(value: object, status: int = 200) -> web.Response:
    """``value`` as JSON."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json", charset="UTF-8"
    )


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a refusal into its JSON, and a path that no API has into Google's page."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return web.Response(body=refused.error.body(), status=refused.error.code, content_type="application/json")
    except web.HTTPNotFound:
        page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p>That's an error.</html>\n"
        return web.Response(text=page, status=404, content_type="text/html")
