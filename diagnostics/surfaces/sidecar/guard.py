"""What stands before and behind every handler: names, errors, headers."""

from collections.abc import Callable
from difflib import get_close_matches

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from diagnostics.surfaces.failures import fault
from diagnostics.surfaces.sidecar import problem
from diagnostics.surfaces.sidecar.callers import may_be_called, name_in
from diagnostics.surfaces.sidecar.operations import OPERATIONS
from diagnostics.surfaces.sidecar.problem import Refused

PROBES = frozenset(operation.path for operation in OPERATIONS if operation.probe)
"""Answered under any name: a platform that probes us by one we do not know must not restart anything because of it."""

LISTED = "GET /api/v1/openapi.json lists what there is"

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer that does not say otherwise. Answers are of now, and are for us to show."""

SERVER = "cloudsql-diag"
"""The name of a library and its version are nobody's business."""

_MISDIRECTED = 421
_OUR_FAULT = 500


def guard(allowed: tuple[str, ...], say: Callable[[str], None]) -> Middleware:
    """The middleware. ``allowed`` are the names that the settings add to addresses and localhost; ``say`` logs."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            _check_name(request, allowed)
            return await handler(request)
        except Refused as refused:
            return problem.answer(refused)
        except web.HTTPException as error:
            return problem.answer(_in_words(request, error))
        except Exception as error:  # noqa: BLE001 - our own bug: said by its places, since its text is nobody's business
            say(f"answering {request.method} ended through a fault of cloudsql-diag: {fault(error)}")
            return problem.answer(Refused(_OUR_FAULT, "a fault of cloudsql-diag itself", "its log says where"))

    return guarded


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal on_response_prepare: also what aiohttp answers by itself, and streams."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SERVER


def called_by_our_name(request: web.Request, allowed: tuple[str, ...]) -> bool:
    """Whether the request names somebody who can only be us, or nobody at all."""
    named = name_in(request)
    return named is None or may_be_called(named, allowed)


def _check_name(request: web.Request, allowed: tuple[str, ...]) -> None:
    if request.path not in PROBES and not called_by_our_name(request, allowed):
        raise Refused(
            _MISDIRECTED,
            "this name is not one by which we may be called",
            "use an address or localhost, or add the name to CLOUDSQL_DIAG_ALLOWED_HOSTS",
        )


def _in_words(request: web.Request, error: web.HTTPException) -> Refused:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refused(error.status, f"this path takes {allowed}", LISTED, {"Allow": allowed})
    if isinstance(error, web.HTTPNotFound):
        alike = get_close_matches(request.path, [operation.path for operation in OPERATIONS], n=1)
        return Refused(error.status, "there is no such path", f"did you mean {alike[0]}?" if alike else LISTED)
    return Refused(error.status, error.reason, LISTED)
