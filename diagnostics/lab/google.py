"""Google's side of the lab: the metadata server and the APIs, each behind a door of its own.

On loopback the APIs speak plain HTTP, because every client that we know takes ``http://`` endpoints; where the lab is
the resolver and can have Google's names, they have certificates for them.
"""

import ssl
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from diagnostics.lab.admin_api import AdminApi
from diagnostics.lab.api_errors import SQLADMIN
from diagnostics.lab.catalogue import Catalogue
from diagnostics.lab.certs import Certificates
from diagnostics.lab.cloud_run import CloudRun
from diagnostics.lab.doors import Mode
from diagnostics.lab.ephemeral import EphemeralCertificates
from diagnostics.lab.front import Handler, errors_as_json
from diagnostics.lab.metadata import MetadataServer, from_the_workload
from diagnostics.lab.plan import Plan
from diagnostics.lab.platform_end import WayOut
from diagnostics.lab.resource_manager import ResourceManager
from diagnostics.lab.site import Site
from diagnostics.lab.spot import SocketMaker
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import TokenBook
from diagnostics.lab.world import Value

_CALLS_KEPT = 1000
"""Enough for any test; a lab that stays up for days must not grow."""

_CAPTIVE_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in to the network</title></head>
<body><form method="post" action="/login"><input name="user"><input name="code"></form></body></html>
"""


class Call(Value, frozen=True, kw_only=True):
    """One request that was answered; never its headers or body, which hold tokens."""

    method: str
    path: str
    status: int
    user_agent: str


def now() -> datetime:
    """The lab's clock: the real one, since certificates are judged by clients that know no other."""
    return datetime.now(UTC)


class Google:
    """Metadata server and APIs of one lab."""

    def __init__(
        self,
        switchboard: Switchboard,
        plan: Plan,
        certificates: Certificates,
        tls: ssl.SSLContext | None = None,
        variables: Callable[[], Mapping[str, str]] = dict,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """``certificates`` are those that the instance's listeners use, too; without ``tls`` the APIs are plain.

        ``variables`` says what the app is told now.
        """
        self.tokens = TokenBook(lambda: switchboard.world.service_account, clock)
        self.ephemeral = EphemeralCertificates(certificates, clock)
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self._switchboard = switchboard
        self._plan = plan
        metadata = MetadataServer(switchboard, self.tokens, clock)
        admin = AdminApi(switchboard, self.tokens, Catalogue(plan.addresses, certificates), self.ephemeral)
        manager = ResourceManager(switchboard, self.tokens)
        self._metadata = Site(plan.metadata, metadata.routes(), [self._record, from_the_workload], self._metadata_mode)
        run = CloudRun(switchboard, self.tokens, variables)
        self.api_routes = (*admin.routes(), *manager.routes(), *run.routes())
        middlewares = [self._record, self._captive, errors_as_json]
        self._apis = Site(plan.apis, self.api_routes, middlewares, self._api_mode, tls)

    @property
    def metadata_host(self) -> str:
        """``host:port``, for GCE_METADATA_HOST and GCE_METADATA_IP."""
        return self._metadata.place

    @property
    def api_endpoint(self) -> str:
        """URL of Google's APIs without a trailing slash, as the Python connector takes it."""
        return f"https://{SQLADMIN}" if self._plan.apis_have_names else f"http://{self._apis.place}"

    def way_out(self, container: SocketMaker, authorities: str) -> WayOut:
        """The way that the platform's end of a socket takes; ``authorities`` is a file."""
        if not self._plan.apis_have_names:
            host, port = self._apis.place.split(":")
            return WayOut(make=container, api_host=self._apis.place, api_place=lambda: (host, int(port)))
        return WayOut(
            make=container,
            api_host=SQLADMIN,
            api_place=lambda: (self._plan.addresses.api_addresses(self._switchboard.world)[0], self._plan.apis.port),
            tls=ssl.create_default_context(cafile=authorities),
        )

    def start(self) -> None:
        """Listen."""
        self._metadata.start()
        self._apis.start()
        self._switchboard.listen(self.settle)

    def stop(self) -> None:
        """End all connections and listeners."""
        self._metadata.stop()
        self._apis.stop()

    def settle(self) -> None:
        """Open and close the doors as the faults that are on want it."""
        self._metadata.settle()
        self._apis.settle()

    def _metadata_mode(self) -> Mode:
        if self._switchboard.active("metadata-silent"):
            return Mode.SILENT
        return Mode.CLOSED if self._switchboard.active("metadata-down") else Mode.OPEN

    def _api_mode(self) -> Mode:
        # Without NAT nothing public answers, and Google's APIs are public.
        silent = self._switchboard.any_active("api-drop", "all-traffic-without-nat")
        return Mode.SILENT if silent else Mode.OPEN

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        agent = request.headers.get("User-Agent", "")
        call = Call(method=request.method, path=request.path, status=response.status, user_agent=agent)
        self.calls.append(call)
        return response

    @web.middleware
    async def _captive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._switchboard.active("api-html"):
            return web.Response(text=_CAPTIVE_PAGE, content_type="text/html")
        return await handler(request)
