"""The Cloud Run Admin API v2 and Serverless VPC Access v1, as far as a container may want to read about itself."""

from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from diagnostics.lab import api_errors
from diagnostics.lab.api_errors import RUN, VPC_ACCESS, RefusedError
from diagnostics.lab.front import Handler, answer, authenticate
from diagnostics.lab.iam import Permission, granted
from diagnostics.lab.network import Attachment
from diagnostics.lab.resources import Resource
from diagnostics.lab.revisions import CONNECTOR, Described
from diagnostics.lab.sockets import attached
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import CAN_READ_CONNECTORS, CAN_READ_RUN, TokenBook
from diagnostics.lab.world import Route, Value, Workload, World

Here = Callable[[World], Mapping[str, str]]
Build = Callable[[Described], Resource]


class Method(Value, frozen=True, kw_only=True):
    """A call that reads one resource."""

    path: str
    service: str
    scopes: frozenset[str]
    permission: Permission
    here: Here
    """The path's parameters for which there is such a resource; empty where there is none."""
    build: Build


def _service(world: World) -> Mapping[str, str]:
    return {"service": world.service} if world.workload is Workload.SERVICE else {}


def _revision(world: World) -> Mapping[str, str]:
    return {"service": world.service, "revision": world.revision} if world.workload is Workload.SERVICE else {}


def _job(world: World) -> Mapping[str, str]:
    return {"job": world.job} if world.workload is Workload.JOB else {}


def _connector(world: World) -> Mapping[str, str]:
    return {"connector": CONNECTOR} if world.network.vpc is Attachment.CONNECTOR else {}


_PLACE = "projects/{project}/locations/{location}"


def _of_run(path: str, permission: Permission, here: Here, build: Build) -> Method:
    return Method(
        path=f"/v2/{_PLACE}/{path}", service=RUN, scopes=CAN_READ_RUN, permission=permission, here=here, build=build
    )


METHODS = (
    _of_run("services/{service}", Permission.RUN_SERVICES_GET, _service, Described.service),
    _of_run("services/{service}/revisions/{revision}", Permission.RUN_REVISIONS_GET, _revision, Described.revision),
    _of_run("jobs/{job}", Permission.RUN_JOBS_GET, _job, Described.job),
    Method(
        path=f"/v1/{_PLACE}/connectors/{{connector}}",
        service=VPC_ACCESS,
        scopes=CAN_READ_CONNECTORS,
        permission=Permission.CONNECTORS_GET,
        here=_connector,
        build=Described.connector,
    ),
)


class CloudRun:
    """Answers for the service or job of the world."""

    def __init__(self, switchboard: Switchboard, tokens: TokenBook, variables: Callable[[], Mapping[str, str]]) -> None:
        """``variables`` says what the app is told now."""
        self._switchboard = switchboard
        self._tokens = tokens
        self._variables = variables

    def routes(self) -> Iterable[web.RouteDef]:
        """What to mount."""
        return [web.get(method.path, self._handler(method)) for method in METHODS]

    def _handler(self, method: Method) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            authenticate(request, self._tokens, method.service, method.scopes)
            resource = request.path.removeprefix("/").partition("/")[2]
            if method.permission not in granted(self._switchboard) or not self._is_ours(request):
                raise RefusedError(api_errors.permission_denied(method.service, method.permission, resource))
            known = method.here(self._switchboard.world)
            if not known or any(request.match_info[name] != value for name, value in known.items()):
                raise RefusedError(api_errors.not_found(resource))
            return answer(method.build(self._described()))

        return handle

    def _is_ours(self, request: web.Request) -> bool:
        """A project or location that the caller knows nothing of is one that it may not see."""
        world, asked = self._switchboard.world, request.match_info
        return asked["project"] in {world.project, str(world.project_number)} and asked["location"] == world.region

    def _described(self) -> Described:
        board = self._switchboard
        mounted = attached(board) if board.setup.route is Route.SOCKET else ()
        return Described(board.world, self._variables(), mounted)
