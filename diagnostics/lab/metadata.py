"""The metadata server as a Cloud Run service sees it.

A tree of names: a leaf answers text, a branch its listing, ``?recursive=true`` JSON with camelCase names. What Cloud
Run does not have (instance name, attributes, network interfaces) is not in the tree and answers 404. Every request must
carry ``Metadata-Flavor: Google``, every answer does, or a client takes the peer for something else.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

import msgspec
from aiohttp import web

from diagnostics.lab.front import Handler
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import Scope, TokenBook
from diagnostics.lab.world import Value, World

FLAVOR = {"Metadata-Flavor": "Google"}

_ROOT = "/computeMetadata/v1/"

_HARMLESS_SCOPES = (Scope.DEVSTORAGE_READ_ONLY, Scope.LOGGING_WRITE)
"""What a machine that was created with narrow scopes has, whatever a client asks for."""

Leaf: TypeAlias = str | int | tuple[str, ...]
Tree: TypeAlias = Mapping[str, "Leaf | Tree | None"]


class TokenAnswer(Value, frozen=True, kw_only=True):
    """Answer of the token endpoint; ``expires_in`` counts seconds."""

    access_token: str
    expires_in: int
    token_type: str


def tree(world: World, scopes: Iterable[str]) -> Tree:
    """Everything that the server knows; None stands for what is made on request, and ``recursive`` leaves it out."""
    account: Tree = {
        "aliases": ("default",),
        "email": world.service_account,
        "scopes": tuple(scopes),
        "token": None,
    }
    place = f"projects/{world.project_number}"
    return {
        "instance": {
            "id": "0066a1c8d2b94e17f3a5" + "5c" * 60,
            "region": f"{place}/regions/{world.region}",
            "service-accounts": {"default": account, world.service_account: account},
            # Always zone 1 on Cloud Run, and never the real one.
            "zone": f"{place}/zones/{world.region}-1",
        },
        "project": {"numeric-project-id": world.project_number, "project-id": world.project},
        "universe": {"universe-domain": "googleapis.com"},
    }


class MetadataServer:
    """Answers below ``/computeMetadata/v1/`` from the world, and tokens from the book."""

    def __init__(self, switchboard: Switchboard, tokens: TokenBook, clock: Callable[[], datetime]) -> None:
        """``tokens`` issues what the token endpoint hands out."""
        self._switchboard = switchboard
        self._tokens = tokens
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/", self._ping),
            web.get("/computeMetadata/v1", self._branch_without_slash),
            web.get(_ROOT + "instance/service-accounts/{account}/token", self._token),
            web.get(_ROOT + "{path:.*}", self._entry),
        ]

    async def _ping(self, _request: web.Request) -> web.Response:
        """What google-auth asks to learn whether it is on Google Cloud."""
        return _text("computeMetadata/\n")

    async def _branch_without_slash(self, _request: web.Request) -> web.Response:
        return _moved(_ROOT)

    async def _entry(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        node = _find(tree(self._switchboard.world, self._scopes()), [name for name in path.split("/") if name])
        match node:
            case None:
                return _missing()
            case Mapping() if request.query.get("recursive", "").lower() == "true":
                return _json(_values(node))
            case Mapping() if path and not path.endswith("/"):
                return _moved(f"{_ROOT}{path}/")
            case Mapping():
                return _text(_listing(node))
            case tuple():
                return _text("".join(f"{line}\n" for line in node))
            case _:
                return _text(str(node))

    async def _token(self, request: web.Request) -> web.Response:
        if request.match_info["account"] not in {"default", self._switchboard.world.service_account}:
            return _missing()
        if self._switchboard.active("token-500"):
            return _text("Could not fetch URI /token\n", status=500)
        token = self._tokens.issue(self._scopes(request.query.get("scopes", "")))
        seconds = int((token.expires_at - self._clock()).total_seconds())
        return _json(TokenAnswer(access_token=token.value, expires_in=seconds, token_type="Bearer"))

    def _scopes(self, asked: str = "") -> tuple[str, ...]:
        """Cloud Run gives what is asked for; with nothing asked, everything the roles allow."""
        if self._switchboard.active("wrong-scope"):
            return _HARMLESS_SCOPES
        return tuple(filter(None, asked.replace(" ", ",").split(","))) or (Scope.CLOUD_PLATFORM,)


@web.middleware
async def from_the_workload(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what the app may have been tricked into sending: no flavor, or forwarded for somebody else."""
    if request.headers.get("Metadata-Flavor") != "Google":
        return _text("Missing Metadata-Flavor:Google header.\n", status=403)
    if "X-Forwarded-For" in request.headers:
        return _text("Requests with X-Forwarded-For are not served.\n", status=403)
    return await handler(request)


def _find(node: "Leaf | Tree | None", names: list[str]) -> "Leaf | Tree | None":
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _listing(branch: Tree) -> str:
    return "".join(f"{name}/\n" if isinstance(node, Mapping) else f"{name}\n" for name, node in sorted(branch.items()))


def _values(branch: Tree) -> dict[str, object]:
    return {
        _camel(name): _values(node) if isinstance(node, Mapping) else node
        for name, node in branch.items()
        if node is not None
    }


def _camel(name: str) -> str:
    """``numeric-project-id`` as JSON spells it; e-mail addresses stay what they are."""
    if "@" in name:
        return name
    first, *others = name.split("-")
    return first + "".join(other.capitalize() for other in others)


def _moved(location: str) -> web.Response:
    """Branches end with a slash; clients follow."""
    return web.Response(status=301, headers={"Location": location, **FLAVOR})


def _missing() -> web.Response:
    return _text("404 page not found\n", status=404)


def _text(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/text", headers=FLAVOR)


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", headers=FLAVOR)
