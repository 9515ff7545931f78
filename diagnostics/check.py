"""What a check is. Read this page first; then any file in ``checks``.

A check is an async function. Its title is an assertion that is true, true but, false, or unknown. It does one
operation, returns an Outcome of codes and one typed fact, and never writes a sentence:

    @check(
        CheckId.DNS_TARGET,
        title="The host name resolves to addresses",
        timeout=2.0,
        on_timeout=Code.DNS_TARGET_SILENT,
        requires=(CheckId.CONFIG_TARGET,),
    )
    async def dns_target(env: Env, facts: Facts) -> Outcome: ...

The title is an argument and not the docstring, because an app may run with PYTHONOPTIMIZE=2, and then there is none.

``requires`` is hard, ``after`` is order only; either makes the fact of that check readable. An edge may hold for some
routes or one login only: ``on(CheckId.SOCKET_MOUNT, Route.SOCKET)``. A deadline that expires is evidence: it becomes
the finding ``on_timeout``, or UNKNOWN where silence proves nothing. A check that raises is our own bug,
``agent.crashed``.

A rung is a check that gets the Climb, the one owner of the connection; a landing gets it after the last rung. Which
checks a route needs follows from the edges: all that the deepest rung, and the driver check of the app's dialect,
require. Only those can fail.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from diagnostics.backoff import Refusals
from diagnostics.climb import Climb
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts
from diagnostics.core.findings import Code
from diagnostics.core.model import InstanceName, Login, Options, Platform, Resolution, Route, Secret, Target
from diagnostics.core.observed import ApiCall
from diagnostics.core.outcome import Outcome
from diagnostics.core.redact import Redactor
from diagnostics.ports import Clock, Credentials, Drivers, Files, Http, Keys, Network, Resolver
from diagnostics.pulse import Pulse


class SecretName(StrEnum):
    """What checks leave for later checks that must not be a fact."""

    ADMIN_TOKEN = "admin_token"
    LOGIN_TOKEN = "login_token"
    PLATFORM_TOKEN = "platform_token"
    CLIENT_KEY = "client_key"


class Vault:
    """Secrets that one check obtains and another uses, and the cleaning of foreign text from all of them."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._secrets: dict[SecretName, Secret] = {}

    def put(self, name: SecretName, secret: Secret) -> None:
        """Keep it, and clean foreign text of it from now on."""
        self._secrets[name] = secret
        self._redactor = self._redactor.also(secret)

    def get(self, name: SecretName) -> Secret | None:
        """What an earlier check put there."""
        return self._secrets.get(name)

    def adopt(self, earlier: "Vault") -> None:
        """Take over what an earlier run of the same target obtained, for outcomes that are taken over from it."""
        for name in SecretName:
            secret = earlier.get(name)
            if secret is not None:
                self.put(name, secret)

    def clean(self, text: str) -> str:
        """Foreign text, safe to show."""
        return self._redactor.clean(text)

    def emptied(self) -> "Vault":
        """A vault with nothing to hand out, that cleans as well as this one."""
        return Vault(self._redactor)

    def also_clean(self, secret: Secret) -> None:
        """Clean foreign text of one more secret, which is not kept."""
        self._redactor = self._redactor.also(secret)


class Env(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a check may look at or ask."""

    resolution: Resolution
    platform: Platform
    options: Options
    vault: Vault
    network: Network
    resolver: Resolver
    http: Http
    credentials: Credentials
    keys: Keys
    files: Files
    drivers: Drivers
    clock: Clock
    pulse: Pulse
    refused_logins: Refusals[Outcome] = msgspec.field(default_factory=Refusals)
    """What servers refused in earlier runs of this process."""
    busy_apis: Refusals[ApiCall] = msgspec.field(default_factory=Refusals)
    """Which APIs asked to be left alone, and how."""

    @property
    def target(self) -> Target:
        """The target; only checks that require ``config.target`` run when there is one."""
        if self.resolution.target is None:
            raise LookupError("this check reads the target without requiring config.target")
        return self.resolution.target

    @property
    def instance(self) -> InstanceName:
        """The instance's connection name; only checks that apply where it is known read it."""
        if self.target.instance is None:
            raise LookupError("this check reads the instance name on a target without one")
        return self.target.instance


class Edge(msgspec.Struct, frozen=True):
    """One dependency, and for which routes and login it holds."""

    check: CheckId
    routes: frozenset[Route] = frozenset(Route)
    login: Login | None = None

    @property
    def always(self) -> bool:
        """Whether it holds for every target."""
        return self.routes == frozenset(Route) and self.login is None

    def holds(self, target: Target | None) -> bool:
        """Without a target no route is known, so every edge holds."""
        return target is None or (target.route in self.routes and self.login in (None, target.login))


def on(check: CheckId, *routes: Route, login: Login | None = None) -> Edge:
    """An edge for these routes (all when none is named) and this login."""
    return Edge(check, frozenset(routes) or frozenset(Route), login)


def always(_: Env) -> bool:
    """For a check that applies to every target."""
    return True


def never(_: Env) -> bool:
    """For a check that no route needs by itself."""
    return False


INSTANT = 1.0
"""Seconds for a check that only looks at values already read; a second means that our process stands still."""

CheckFunction = Callable[[Env, Facts], Awaitable[Outcome]]
RungFunction = Callable[[Climb, Env, Facts], Awaitable[Outcome]]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One declared check. ``applies`` is asked once at the start of a run, before anything is contacted."""

    id: CheckId
    title: str
    """An assertion, without its full stop."""
    timeout: float
    """Seconds."""
    on_timeout: Code | None
    requires: tuple[Edge, ...] = ()
    after: tuple[Edge, ...] = ()
    applies: Callable[[Env], bool] = always
    root: Callable[[Env], bool] = never
    """Whether the route needs this check by itself, not because another one requires it."""
    cloud_only: bool = False
    """Contacts Google's services: not applicable elsewhere, unless the route needs it."""
    run: CheckFunction | None = None
    climb: RungFunction | None = None
    """Exactly one of the two is set."""

    async def evaluate(self, climb: Climb | None, env: Env, facts: Facts) -> Outcome:
        """Run the function; only the task of the ladder has a climb to hand over."""
        if self.climb is not None and climb is not None:
            return await self.climb(climb, env, facts)
        if self.run is not None:
            return await self.run(env, facts)
        raise TypeError(f"{self.id} has nothing to run")

    @property
    def group(self) -> str:
        """First part of the id."""
        return self.id.value.partition(".")[0]

    def requires_for(self, target: Target | None) -> tuple[CheckId, ...]:
        """Hard dependencies that hold for this target."""
        return tuple(edge.check for edge in self.requires if edge.holds(target))

    def after_for(self, target: Target | None) -> tuple[CheckId, ...]:
        """Order-only dependencies that hold for this target."""
        return tuple(edge.check for edge in self.after if edge.holds(target))


def check(
    id: CheckId,  # noqa: A002 - the word of the domain
    *,
    title: str,
    timeout: float,
    on_timeout: Code | None,
    requires: tuple[CheckId | Edge, ...] = (),
    after: tuple[CheckId | Edge, ...] = (),
    applies: Callable[[Env], bool] = always,
    root: Callable[[Env], bool] = never,
    cloud_only: bool = False,
) -> Callable[[CheckFunction], Check]:
    """Declare a check. Builds a value and registers nothing: ``checks.CHECKS`` is the list."""

    def declare(function: CheckFunction) -> Check:
        return Check(
            id=id,
            title=title,
            timeout=timeout,
            on_timeout=on_timeout,
            requires=_edges(requires),
            after=_edges(after),
            applies=applies,
            root=root,
            cloud_only=cloud_only,
            run=function,
        )

    return declare


def rung(
    id: CheckId,  # noqa: A002 - the word of the domain
    *,
    title: str,
    timeout: float,
    on_timeout: Code | None,
    requires: tuple[CheckId | Edge, ...],
    after: tuple[CheckId | Edge, ...] = (),
) -> Callable[[RungFunction], Check]:
    """Declare a rung: a check whose function gets the Climb."""

    def declare(function: RungFunction) -> Check:
        return Check(
            id=id,
            title=title,
            timeout=timeout,
            on_timeout=on_timeout,
            requires=_edges(requires),
            after=_edges(after),
            root=always,
            climb=function,
        )

    return declare


def landing(
    id: CheckId,  # noqa: A002 - the word of the domain
    *,
    title: str,
    timeout: float,
    on_timeout: Code | None,
    requires: tuple[CheckId | Edge, ...],
    after: tuple[CheckId | Edge, ...] = (),
    applies: Callable[[Env], bool] = always,
) -> Callable[[RungFunction], Check]:
    """Declare a landing: a check that gets the Climb after the last rung, outside the ladder's times.

    It may depend on rungs only, so that the connection goes back as soon as it has been looked at.
    """

    def declare(function: RungFunction) -> Check:
        return Check(
            id=id,
            title=title,
            timeout=timeout,
            on_timeout=on_timeout,
            requires=_edges(requires),
            after=_edges(after),
            applies=applies,
            climb=function,
        )

    return declare


def _edges(edges: tuple[CheckId | Edge, ...]) -> tuple[Edge, ...]:
    return tuple(edge if isinstance(edge, Edge) else Edge(edge) for edge in edges)
