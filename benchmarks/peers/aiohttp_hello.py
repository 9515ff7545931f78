"""The least a sidecar can be: an aiohttp server that says hello."""

import sys

from aiohttp import web


async def hello(_request: web.Request) -> web.Response:
    """The one answer."""
    return web.Response(text="hello")


application = web.Application()
application.add_routes([web.get("/startup", hello)])
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
