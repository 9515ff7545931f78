"""What a scenario is: a named world, the app that runs in it, and the diagnosis that is right there.

Expectations come from what really happened and from how Google's parts are documented to behave, never from what the
product printed. Where two worlds look alike from inside a container, the right answer is the more usual cause with the
other one offered beside it; such a row says so.
"""

import shlex
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from diagnostics.core.codes import Cause, Layer
from diagnostics.core.diagnosis import Confidence, Topic
from diagnostics.core.findings import Code
from diagnostics.core.model import PlatformKind
from diagnostics.core.trials import Changed, Verdict
from diagnostics.lab.world import Login, Route

Pairs = tuple[tuple[str, str], ...]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the values here."""


SILENT = frozenset({
    Cause.API_UNREACHABLE,
    Cause.INSTANCE_CONNECTOR_REQUIRED,
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    Cause.INSTANCE_NOT_RUNNING,
    Cause.TCP_TIMEOUT,
})  # fmt: skip
"""Causes beside the network's whose runs wait for an answer that never comes."""

SLOW_FAULTS = frozenset({
    "accept-then-silence",
    "api-names-fail",
    "metadata-silent",
    "resolver-drop",
    "silent-drop",
    "slow-link",
    "slow-resolver",
    "stale-address",
})  # fmt: skip


class Expect(Value, frozen=True, kw_only=True):
    """The right diagnosis; by default that there is none and the path works."""

    cause: Cause | None = None
    exit: int = 0
    confidence: Confidence | None = None
    """None where nothing but the evidence of the run decides it."""
    second: Cause | None = None
    """Named after the first, where two faults show in one run."""
    excluded: tuple[Topic, ...] = ()
    """Listed as what cannot be the reason."""
    spared: frozenset[Cause] = frozenset()
    """Neither diagnosed nor offered as an alternative."""
    offered: tuple[Cause, ...] = ()
    """Listed as alternatives, because the run cannot tell them apart from the cause."""
    warned: tuple[Cause, ...] = ()
    """Causes of the warnings that must stand beside."""
    found: tuple[Code, ...] = ()
    """Findings that some check must report."""
    provisional: bool = False
    tried: tuple[tuple[Changed, Verdict], ...] = ()
    """Trials that the run must have made, and what came of them."""
    platform: PlatformKind | None = None


class Scenario(Value, frozen=True, kw_only=True):
    """One run."""

    id: str
    what: str
    """What is wrong, in a line."""
    world: Pairs = ()
    faults: tuple[str, ...] = ()
    route: Route
    login: Login = Login.PASSWORD
    settings: tuple[tuple[str, str | None], ...] = ()
    """Changes of the app's environment: templates over the variables that the lab made, None takes one away."""
    flags: tuple[str, ...] = ()
    """Of ``check``."""
    frozen_seconds: float = 0.0
    """How long the command is stopped in the middle of its run."""
    expect: Expect = Expect()

    @property
    def slow(self) -> bool:
        """Whether the run waits for silence: seconds instead of one."""
        cause = self.expect.cause
        waits = cause is not None and (cause.layer in {Layer.VPC, Layer.NET} or cause in SILENT)
        return waits or bool(self.frozen_seconds) or not SLOW_FAULTS.isdisjoint(self.faults)

    @property
    def command(self) -> str:
        """How a person runs the same by hand, without changed settings."""
        world = [f"--world {key}={value}" for key, value in self.world]
        faults = [f"--fault {fault}" for fault in self.faults]
        where = ["--isolation netns", f"--route {self.route}", f"--login {self.login}"]
        check = ["--", "cloudsql-diag", "check", *self.flags] if self.flags else []
        return " ".join(["cloudsql-diag lab run", *where, *world, *faults, *check])


def named(cause: Cause, exit_code: int, confidence: Confidence | None = None, **more: object) -> Expect:
    """The expectation of a cause; ``more`` are fields of Expect."""
    return msgspec.structs.replace(Expect(cause=cause, exit=exit_code, confidence=confidence), **more)


def rows(
    name: str,
    what: str,
    on: str,
    expect: Expect,
    *,
    world: str = "",
    faults: str = "",
    settings: Mapping[str, str | None] | None = None,
    flags: str = "",
    frozen_seconds: float = 0.0,
) -> tuple[Scenario, ...]:
    """One scenario for each ``route`` or ``route/login`` in ``on``, all with the same right answer."""
    return tuple(
        Scenario(
            id=f"{name}-{place.replace('/', '-')}",
            what=what,
            world=pairs(world),
            faults=tuple(faults.split()),
            route=Route(place.partition("/")[0]),
            login=Login(place.partition("/")[2] or Login.PASSWORD),
            settings=tuple((settings or {}).items()),
            flags=tuple(shlex.split(flags)),
            frozen_seconds=frozen_seconds,
            expect=expect,
        )
        for place in on.split()
    )


def pairs(text: str) -> Pairs:
    """``key=value key=value`` as values."""
    return tuple((key, value) for key, _, value in (word.partition("=") for word in text.split()))


def layers(*names: Layer) -> frozenset[Cause]:
    """All causes of these layers."""
    return frozenset(cause for cause in Cause if cause.layer in names)


def without(causes: Iterable[Cause], *kept: Cause) -> frozenset[Cause]:
    """The others."""
    return frozenset(causes) - set(kept)


class On(StrEnum):
    """Places to run at, for ``rows``."""

    DIRECT = "direct"
    SOCKET = "socket"
    CONNECTOR = "connector"
    GOOGLE = "socket connector"
    """Through Google's proxy on port 3307, ours or the platform's."""
    NETWORK = "direct connector"
    """The container's own packets go to the instance."""
    ROUTES = "direct socket connector"
    TOKENS = "direct/iam connector/iam"
    EVERYWHERE = "direct socket connector direct/iam connector/iam"


NETWORK = without(layers(Layer.VPC, Layer.NET, Layer.TCP), Cause.TCP_PROXY_NOT_LISTENING, Cause.TCP_PROXY_HANGS_UP)
"""A proxy beside the app stands before it."""
PERMISSIONS = frozenset(
    {Cause.IAM_MISSING_CLOUDSQL_CLIENT, Cause.IAM_MISSING_INSTANCES_LOGIN, Cause.IAM_MISSING_SERVICE_USAGE}
)
CREDENTIALS = frozenset({
    Cause.PG_AUTH_PASSWORD,
    Cause.PG_NO_PASSWORD,
    Cause.PG_ROLE_MISSING,
    Cause.PG_DATABASE_MISSING,
    Cause.IAM_DB_USER_MISSING,
    Cause.IAM_DB_USERNAME_WRONG,
    Cause.IAM_DB_AUTH_NOT_ENABLED,
    Cause.IAM_DB_TOKEN_INVALID,
})  # fmt: skip
USUAL_SUSPECTS = PERMISSIONS | CREDENTIALS | {Cause.APP_TIMEOUT_TOO_SHORT, Cause.CONFIG_NOT_POSTGRES}
"""What people blame first, and what three days went into: password, IAM, the timer, "this is MySQL's port"."""
