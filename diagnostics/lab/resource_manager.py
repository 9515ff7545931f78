"""The one method of the Resource Manager that a workload can use to learn about its own permissions."""

from aiohttp import web

from diagnostics.lab import api_errors
from diagnostics.lab.api_errors import RESOURCE_MANAGER, RefusedError
from diagnostics.lab.front import answer, authenticate, read
from diagnostics.lab.iam import granted
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import CAN_READ_PROJECTS, TokenBook
from diagnostics.lab.world import Value


class Permissions(Value, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Body and answer of testIamPermissions: what is asked, what of it is held."""

    permissions: tuple[str, ...] = ()


class ResourceManager:
    """Answers ``projects.testIamPermissions``; the caller needs no permission to ask."""

    def __init__(self, switchboard: Switchboard, tokens: TokenBook) -> None:
        """``tokens`` knows the caller."""
        self._switchboard = switchboard
        self._tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        """What to mount; v1 is older and answers the same."""
        return [web.post(f"/{version}/projects/{{project}}:testIamPermissions", self._test) for version in ("v3", "v1")]

    async def _test(self, request: web.Request) -> web.StreamResponse:
        authenticate(request, self._tokens, RESOURCE_MANAGER, CAN_READ_PROJECTS)
        world = self._switchboard.world
        project = request.match_info["project"]
        if project not in {world.project, str(world.project_number)}:
            raise RefusedError(api_errors.project_missing("resourcemanager.projects.get", project))
        asked = (await read(request, Permissions)).permissions
        held = granted(self._switchboard)
        return answer(Permissions(permissions=tuple(name for name in asked if name in held)))
