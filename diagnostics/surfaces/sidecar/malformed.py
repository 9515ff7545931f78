"""What comes to the port and is no request: answered in our own words, by a server without a name."""

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from diagnostics.surfaces.sidecar import problem
from diagnostics.surfaces.sidecar.guard import HEADERS, SERVER
from diagnostics.surfaces.sidecar.problem import Refused

_SERVER_ERRORS = 500


class Handler(RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = _SERVER_ERRORS,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - repeats what was sent
    ) -> web.StreamResponse:
        """Part of RequestHandler: an answer after which the connection is closed; ConnectionError where one began."""
        self.log_exception("Error handling request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        ours = status >= _SERVER_ERRORS
        detail = "a fault of cloudsql-diag itself" if ours else "this is no request that can be read"
        answer = problem.answer(Refused(status, detail, headers={**HEADERS, "Server": SERVER}))
        answer.force_close()
        return answer
