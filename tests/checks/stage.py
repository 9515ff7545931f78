"""A stage for one check: what an Env holds, faked, and the facts that the check may read and no others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnostics.check import Check, Env, SecretName, Vault
from diagnostics.checks import CHECKS
from diagnostics.climb import Climb
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import AdminCertificate, AdminConnectSettings, DnsTarget, Fact, Facts, IdentityToken
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Finding,
    InstanceName,
    IpType,
    Login,
    Options,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    Secret,
    Status,
    Target,
)
from diagnostics.core.observed import ApiCall, ApiResult, InstanceAddress
from diagnostics.core.outcome import Outcome, failed
from diagnostics.core.redact import Redactor
from diagnostics.ports import Clock, Credentials, Drivers, Files, Http, Keys, Network, Resolver
from diagnostics.pulse import Pulse
from tests.fakes import (
    FakeClock,
    FakeCredentials,
    FakeDrivers,
    FakeFiles,
    FakeHttp,
    FakeKeys,
    FakeNetwork,
    FakeResolver,
    Peer,
)

INSTANCE = InstanceName(project="acme-prod", region="europe-west1", name="orders")
PUBLIC_IP, PRIVATE_IP = "34.76.1.2", "10.20.0.3"
PSC_NAME = "abc.def.europe-west1.sql-psc.goog"
PASSWORD = "hunter2-Zq9x"
ACCOUNT = "api@acme-prod.iam"
FULL_ACCOUNT = f"{ACCOUNT}.gserviceaccount.com"

DIRECT = Target(
    dialect_named=True,
    name="orders",
    route=Route.DIRECT,
    dialect=Dialect.ASYNCPG,
    host="db.internal",
    database="orders",
    user="api",
    password=Secret(PASSWORD),
)
SOCKET = Target(
    dialect_named=True,
    name="orders",
    route=Route.SOCKET,
    dialect=Dialect.PSYCOPG,
    host=f"/cloudsql/{INSTANCE}",
    instance=INSTANCE,
    database="orders",
    user="api",
    password=Secret(PASSWORD),
)
CONNECTOR = Target(
    name="orders",
    route=Route.CONNECTOR,
    dialect=Dialect.CONNECTOR,
    instance=INSTANCE,
    ip_type=IpType.PUBLIC,
    database="orders",
    user="api",
    password=Secret(PASSWORD),
)

CLOUD_RUN = Platform(kind=PlatformKind.CLOUD_RUN_SERVICE, service="api", revision="api-00042-x9k")

GOOD_CALL = ApiCall(method="GET", url="https://sqladmin.example/", result=ApiResult.ANSWER, http_status=200)
SETTINGS = AdminConnectSettings(
    call=GOOD_CALL,
    region=INSTANCE.region,
    database_version="POSTGRES_16",
    addresses=(InstanceAddress(ip_type=IpType.PUBLIC, address=PUBLIC_IP),),
    server_ca_pem="the instance's CA",
)
CERTIFICATE = AdminCertificate(call=GOOD_CALL, certificate_pem="the ephemeral certificate")
RESOLVED = DnsTarget(host="db.internal", addresses=(PRIVATE_IP,))
TOKENS = IdentityToken()


def env(
    target: Target | None = DIRECT,
    *,
    resolution: Resolution | None = None,
    platform: Platform = CLOUD_RUN,
    options: Options | None = None,
    secrets: Mapping[SecretName, str] | None = None,
    network: Network | None = None,
    resolver: Resolver | None = None,
    http: Http | None = None,
    credentials: Credentials | None = None,
    keys: Keys | None = None,
    files: Files | None = None,
    drivers: Drivers | None = None,
    clock: Clock | None = None,
    pulse: Pulse | None = None,
) -> Env:
    """Whatever is not given is a fake that knows nothing: to ask it is an error of the test."""
    clock = clock or FakeClock()
    password = target.password if target else None
    vault = Vault(Redactor((password,) if password else ()))
    for name, secret in (secrets or {}).items():
        vault.put(name, Secret(secret))
    return Env(
        resolution=resolution or Resolution(name="orders", target=target),
        platform=platform,
        options=options or Options(),
        vault=vault,
        network=network or FakeNetwork({}),
        resolver=resolver or FakeResolver({}),
        http=http or FakeHttp({}),
        credentials=credentials or FakeCredentials(),
        keys=keys or FakeKeys(),
        files=files or FakeFiles({}),
        drivers=drivers or FakeDrivers({}),
        clock=clock,
        pulse=pulse or Pulse(clock),
    )


def facts(check: Check, around: Env, *known: Fact, passed: tuple[CheckId, ...] = ()) -> Facts:
    """What the check may read on this route: asking for more is LookupError, as in a run."""
    target = around.resolution.target
    declared = frozenset(check.requires_for(target) + check.after_for(target))
    statuses = dict.fromkeys((*passed, *(fact.CHECK for fact in known)), Status.PASS)
    return Facts({fact.CHECK: fact for fact in known}, statuses, declared)


async def look(check: Check, around: Env, *known: Fact, passed: tuple[CheckId, ...] = ()) -> Outcome:
    """The outcome of a check that needs no connection."""
    return await check.evaluate(None, around, facts(check, around, *known, passed=passed))


@dataclass
class Climbed:
    """What the rungs found so far, and the connection they share."""

    climb: Climb
    outcomes: dict[CheckId, Outcome] = field(default_factory=dict)

    @property
    def last(self) -> Outcome:
        return list(self.outcomes.values())[-1]


async def climb(around: Env, *known: Fact, to: CheckId = CheckId.POSTGRES_QUERY) -> Climbed:
    """The rungs as the runner climbs them: bottom first, until one fails or ``to`` is done, and then hung up."""
    climbed = Climbed(Climb(around.network))
    seen = {fact.CHECK: fact for fact in known}
    for rung in RUNGS[: RUNGS.index(to) + 1]:
        check = next(check for check in CHECKS if check.id is rung)
        outcome = await check.evaluate(climbed.climb, around, facts(check, around, *seen.values()))
        climbed.outcomes[rung] = outcome
        if outcome.fact is not None:
            seen[rung] = outcome.fact
        if outcome.status is Status.FAIL:
            break
    climbed.climb.close()
    return climbed


async def climb_direct(
    peer: Peer | list[Peer], target: Target = DIRECT, to: CheckId = CheckId.POSTGRES_QUERY, login_token: str = ""
) -> Climbed:
    """A climb of the direct route, to a peer at the one address that the name has."""
    clock = FakeClock()
    network = FakeNetwork({f"{PRIVATE_IP}:5432": peer}, clock=clock)
    secrets = {SecretName.LOGIN_TOKEN: login_token} if login_token else {}
    return await climb(env(target, network=network, clock=clock, secrets=secrets), RESOLVED, TOKENS, to=to)


async def climb_socket(
    peer: Peer | list[Peer], target: Target = SOCKET, to: CheckId = CheckId.POSTGRES_QUERY, login_token: str = ""
) -> Climbed:
    """A climb of the socket route."""
    clock = FakeClock()
    network = FakeNetwork({f"{target.host}/.s.PGSQL.5432": peer}, clock=clock)
    secrets = {SecretName.LOGIN_TOKEN: login_token} if login_token else {}
    return await climb(env(target, network=network, clock=clock, secrets=secrets), TOKENS, to=to)


async def climb_connector(
    peer: Peer | list[Peer],
    target: Target = CONNECTOR,
    settings: AdminConnectSettings = SETTINGS,
    to: CheckId = CheckId.POSTGRES_QUERY,
    login_token: str = "",
) -> Climbed:
    """A climb of the connector route, to a peer at the instance's public address."""
    clock = FakeClock()
    network = FakeNetwork({f"{PUBLIC_IP}:3307": peer}, clock=clock)
    secrets = {SecretName.CLIENT_KEY: "the client key"}
    if login_token:
        secrets[SecretName.LOGIN_TOKEN] = login_token
    around = env(target, network=network, clock=clock, secrets=secrets)
    return await climb(around, settings, CERTIFICATE, TOKENS, to=to)


def iam(target: Target, user: str = ACCOUNT) -> Target:
    """The same target with an IAM login."""
    from msgspec.structs import replace

    return replace(target, login=Login.IAM, user=user, password=None)


def fails(code: Code, about: str = "", other: str = "", fact: Fact | None = None) -> Outcome:
    """An outcome with one finding."""
    return failed(fact, Finding(code=code, about=about, other=other))
