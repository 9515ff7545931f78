"""The Cloud SQL Admin API, under both prefixes that clients use: ``/sql/v1beta4`` and ``/v1``.

A request passes the same questions as at Google, in the same order: is the service there, who is calling and with which
scope, is the API enabled, is quota left, may the caller do this, does the instance exist, does it run.
"""

from collections.abc import Callable

import msgspec
from aiohttp import web
from msgspec.structs import replace

from diagnostics.lab import api_errors, catalogue, listings
from diagnostics.lab.api_errors import SQLADMIN, RefusedError
from diagnostics.lab.catalogue import Catalogue
from diagnostics.lab.certs import ClientLeaf
from diagnostics.lab.ephemeral import BadPublicKeyError, EphemeralCertificates
from diagnostics.lab.front import Handler, answer, authenticate, read
from diagnostics.lab.iam import Permission, granted
from diagnostics.lab.listings import Link
from diagnostics.lab.resources import Resource
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import CAN_ADMINISTER_SQL, TokenBook
from diagnostics.lab.world import InstanceState, Value, World

Build = Callable[[World, Link], Resource]

_VERSIONS = (("/sql/v1beta4", Link.V1BETA4), ("/v1", Link.V1))
"""Prefix and the form of links below it."""


class EphemeralCertRequest(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of generateEphemeralCert: PEM key, and the login token of an IAM user."""

    public_key: str
    access_token: str = ""
    read_time: str = msgspec.field(name="readTime", default="")
    valid_duration: str = msgspec.field(name="validDuration", default="")


class AdminApi:
    """Answers for the instances of the world."""

    def __init__(
        self,
        switchboard: Switchboard,
        tokens: TokenBook,
        instances: Catalogue,
        ephemeral: EphemeralCertificates,
    ) -> None:
        """``ephemeral`` signs client certificates, ``instances`` describes them."""
        self._switchboard = switchboard
        self._tokens = tokens
        self._instances = instances
        self._ephemeral = ephemeral

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [route for prefix, link in _VERSIONS for route in self._version(prefix, link)]

    def _version(self, prefix: str, link: Link) -> list[web.RouteDef]:
        project = prefix + "/projects/{project}"
        instance = project + "/instances/{instance}"
        by_name = prefix + "/locations/{location}/dns/{dns_name}:resolveConnectSettings"

        def get(path: str, permission: Permission, build: Build, *, running: bool = False) -> web.RouteDef:
            return web.get(path, self._method(link, permission, build, running=running))

        return [
            get(instance + "/connectSettings", Permission.INSTANCES_GET, self._instances.connect_settings),
            get(instance, Permission.INSTANCES_GET, self._instances.instance),
            get(instance + "/listServerCas", Permission.INSTANCES_LIST_SERVER_CAS, self._instances.server_cas),
            get(instance + "/users", Permission.USERS_LIST, listings.users, running=True),
            get(instance + "/databases", Permission.DATABASES_LIST, listings.databases, running=True),
            get(project + "/instances", Permission.INSTANCES_LIST, self._instances.instances),
            get(project + "/operations", Permission.INSTANCES_GET, listings.operations),
            get(by_name, Permission.INSTANCES_GET, self._instances.connect_settings),
            web.post(instance + ":generateEphemeralCert", self._generate_ephemeral_cert),
        ]

    def _method(self, link: Link, permission: Permission, build: Build, *, running: bool) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            world = self._admit(request, permission)
            if running and world.state is not InstanceState.RUNNING:
                raise RefusedError(api_errors.instance_not_running())
            return answer(build(world, link))

        return handle

    async def _generate_ephemeral_cert(self, request: web.Request) -> web.StreamResponse:
        world = self._admit(request, Permission.INSTANCES_CONNECT)
        body = await read(request, EphemeralCertRequest)
        # A token that is no good is no error here: the database refuses the login.
        login = self._tokens.login(body.access_token)
        try:
            issued = self._ephemeral.issue(body.public_key, leaf=self._client_leaf(), login=login)
        except BadPublicKeyError as error:
            raise RefusedError(api_errors.invalid_argument(f"Invalid public key: {error}.")) from error
        return answer(catalogue.ephemeral_cert(world, issued.certificate))

    def _client_leaf(self) -> ClientLeaf:
        if self._switchboard.active("client-cert-refused"):
            return ClientLeaf.UNKNOWN_CA
        if self._switchboard.active("client-cert-expired"):
            return ClientLeaf.EXPIRED
        return ClientLeaf.GENUINE

    def _admit(self, request: web.Request, permission: Permission) -> World:
        """The world with the instance that is asked for in it, raising RefusedError."""
        world = self._switchboard.world
        if self._switchboard.active("api-503"):
            raise RefusedError(api_errors.unavailable())
        authenticate(request, self._tokens, SQLADMIN, CAN_ADMINISTER_SQL)
        if self._switchboard.active("api-401"):
            raise RefusedError(api_errors.bad_credentials(SQLADMIN))
        if self._switchboard.active("api-organization-policy"):
            raise RefusedError(api_errors.outside_perimeter(SQLADMIN))
        if self._switchboard.active("api-quota-project"):
            raise RefusedError(api_errors.quota_project_denied(SQLADMIN, world.project))
        if self._switchboard.active("api-disabled"):
            raise RefusedError(api_errors.service_disabled(SQLADMIN, "Cloud SQL Admin API", world.project_number))
        if self._switchboard.active("api-429"):
            raise RefusedError(api_errors.quota_exceeded(SQLADMIN, world.project_number))
        name = request.match_info.get("instance", world.instance)
        elsewhere = request.match_info.get("project", world.project) != world.project
        if elsewhere or permission not in granted(self._switchboard):
            raise RefusedError(api_errors.not_authorized(permission, name))
        return self._found(request, world, name)

    def _found(self, request: web.Request, world: World, name: str) -> World:
        dns_name = request.match_info.get("dns_name", world.dns_name).rstrip(".")
        here = request.match_info.get("location", world.region) == world.region
        known = name in {world.instance, world.other_instance} and dns_name == world.dns_name and here
        if self._switchboard.active("api-404") or not known:
            raise RefusedError(api_errors.instance_missing())
        return replace(world, instance=name)
