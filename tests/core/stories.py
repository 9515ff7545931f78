"""Runs as the runner records them, written by hand: a healthy route, and what differs from it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import (
    AdminConnectSettings,
    AdminInstance,
    ConfigHygiene,
    ConfigTarget,
    DnsTarget,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    Fact,
    IdentityAccount,
    IdentityToken,
    MetadataServer,
    RuntimePlatform,
    SocketMount,
    TcpConnect,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Finding,
    InstanceName,
    IpType,
    Login,
    Origin,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    Secret,
    SettingName,
    SkipReason,
    Status,
    Target,
)
from diagnostics.core.observed import AddressClass, ApiCall, ApiResult, Attempt, InstanceAddress, Reach, TokenFact
from diagnostics.core.outcome import CheckResult, Mode, Outcome, Run, failed, passed, skipped, warned

START = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
INSTANCE = InstanceName(project="acme-prod", region="europe-west1", name="orders")
PUBLIC_IP, PRIVATE_IP, STRANGE_IP = "34.76.1.2", "10.20.0.3", "34.68.229.240"
CLOUD_RUN = Platform(kind=PlatformKind.CLOUD_RUN_SERVICE, service="api", revision="api-00042-x9k")
LAPTOP = Platform(kind=PlatformKind.ELSEWHERE)

_IDENTITY = (CheckId.METADATA_SERVER, CheckId.IDENTITY_ACCOUNT, CheckId.IDENTITY_TOKEN)
_ADMIN = (CheckId.ADMIN_CONNECT_SETTINGS, CheckId.ADMIN_CERTIFICATE)

DRIVERS = frozenset({CheckId.DRIVER_ASYNCPG, CheckId.DRIVER_PSYCOPG, CheckId.DRIVER_CONNECTOR})
"""The one of the app's dialect can fail on any route."""

ON_ANY_ROUTE = DRIVERS | {CheckId.APP_BUDGET}
"""Where the user asked for them; of the drivers one."""

Changes = dict[CheckId, Outcome]


def needed(route: Route, login: Login = Login.PASSWORD) -> frozenset[CheckId]:
    """What can fail on a route (DESIGN of the edges)."""
    by_route = {
        Route.SOCKET: (CheckId.SOCKET_MOUNT,),
        Route.DIRECT: (CheckId.DNS_TARGET, *(_IDENTITY if login is Login.IAM else ())),
        Route.CONNECTOR: (CheckId.DNS_TARGET, *_IDENTITY, *_ADMIN),
    }
    return frozenset((CheckId.CONFIG_TARGET, *by_route[route], *RUNGS))


def target(route: Route, **changes: object) -> Target:
    hosts = {Route.SOCKET: f"/cloudsql/{INSTANCE}", Route.DIRECT: PUBLIC_IP, Route.CONNECTOR: ""}
    origins = (
        Origin(setting=SettingName.HOST, source="POSTGRES_HOST"),
        Origin(setting=SettingName.DATABASE, source="POSTGRES_DB"),
        Origin(setting=SettingName.USER, source="POSTGRES_USER"),
        Origin(setting=SettingName.PASSWORD, source="POSTGRES_PASSWORD"),
        Origin(setting=SettingName.INSTANCE, source="INSTANCE_CONNECTION_NAME"),
    )
    given = {
        "name": "orders",
        "route": route,
        "dialect": Dialect.OTHER,
        "host": hosts[route],
        "instance": INSTANCE,
        "database": "orders",
        "user": "api",
        "password": Secret("S3cret-pw"),
        "origins": origins[1:] if route is Route.CONNECTOR else origins,
    }
    return Target(**{**given, **changes})  # type: ignore[arg-type]


def call(result: ApiResult = ApiResult.ANSWER, **more: str) -> ApiCall:
    return ApiCall(method="GET", url="https://sqladmin.googleapis.com", result=result, **more)  # type: ignore[arg-type]


def attempt(reach: Reach, address: str = PUBLIC_IP, port: int = 5432) -> Attempt:
    by_start = {"10": AddressClass.PRIVATE, "": AddressClass.LOOPBACK}
    where = by_start.get(address.replace("/", ".").partition(".")[0], AddressClass.PUBLIC)
    return Attempt(address=address, port=port, address_class=where, reach=reach, seconds=1.0)


def settings(*types: IpType) -> AdminConnectSettings:
    """What the Admin API says of an instance with addresses of these types."""
    addresses = {IpType.PUBLIC: PUBLIC_IP, IpType.PRIVATE: PRIVATE_IP}
    return AdminConnectSettings(
        call=call(),
        region="europe-west1",
        database_version="POSTGRES_16",
        addresses=tuple(InstanceAddress(ip_type=each, address=addresses[each]) for each in types),
    )


def instance(**fields: str) -> Outcome:
    return passed(AdminInstance(call=call(), state="RUNNABLE", activation_policy="ALWAYS", **fields))  # type: ignore[arg-type]


def ports(p5432: Reach, p3307: Reach, *addresses: str) -> Outcome:
    """The measurement beside the ladder, the same for each address."""
    found = [
        attempt(reach, a, port) for a in addresses or (PUBLIC_IP,) for port, reach in ((5432, p5432), (3307, p3307))
    ]
    return passed(EgressInstance(attempts=tuple(found)))


def public(reach: Reach) -> Outcome:
    return passed(EgressPublic(attempt=attempt(reach, "1.1.1.1", 443)))


def private(reach: Reach) -> Outcome:
    return passed(EgressPrivate(attempts=(attempt(reach, "10.9.9.9", 6379),)))


def google(public_vip: Reach, private_vip: Reach = Reach.SILENT) -> Outcome:
    return passed(
        EgressGoogleApis(
            public_vip=attempt(public_vip, "142.250.1.1", 443), private_vip=attempt(private_vip, "199.36.153.8", 443)
        )
    )


def fail(code: Code, fact: Fact | None = None, about: str = "", other: str = "") -> Outcome:
    return failed(fact, Finding(code=code, about=about, other=other))


def warn(code: Code, fact: Fact | None = None, about: str = "", other: str = "") -> Outcome:
    return warned(fact, Finding(code=code, about=about, other=other))


def dial(reach: Reach, address: str = PUBLIC_IP, port: int = 5432, route: Route = Route.DIRECT) -> Outcome:
    """The ladder's first rung, ended by what it met."""
    fact = TcpConnect(route=route, attempts=(attempt(reach, address, port),))
    if reach is Reach.OPEN:
        return passed(fact)
    codes = {
        Reach.SILENT: Code.TCP_CONNECT_SILENT,
        Reach.REFUSED: Code.TCP_CONNECT_REFUSED,
        Reach.UNREACHABLE: Code.TCP_CONNECT_UNREACHABLE,
        Reach.RESET: Code.TCP_CONNECT_RESET,
    }
    return fail(codes[reach], fact, about=f"{address}:{port}")


def hygiene(*remarks: tuple[Code, str]) -> Outcome:
    found = tuple(Finding(code=code, about=about) for code, about in remarks)
    return warned(ConfigHygiene(problems=found), *found)


def healthy(route: Route, subject: Target | None, login: Login) -> Changes:
    """Everything passes, with the facts that rules look at."""
    path = f"{subject.host}/.s.PGSQL.5432" if subject else ""
    address = subject.host if subject and route is Route.DIRECT else PUBLIC_IP
    dialled = path if route is Route.SOCKET else address
    found: Changes = {check: passed() for check in needed(route, login)}
    found |= {
        CheckId.CONFIG_TARGET: passed(ConfigTarget(route=route)),
        CheckId.CONFIG_HYGIENE: passed(ConfigHygiene()),
        CheckId.METADATA_SERVER: passed(
            MetadataServer(
                host="metadata.google.internal", by_name=ApiResult.ANSWER, project="acme-prod", region="europe-west1"
            )
        ),
        CheckId.IDENTITY_ACCOUNT: passed(IdentityAccount(email="api@acme-prod.iam.gserviceaccount.com")),
        CheckId.IDENTITY_TOKEN: passed(IdentityToken(tokens=(TokenFact(scope="sqlservice.admin"),))),
        CheckId.ADMIN_CONNECT_SETTINGS: passed(settings(IpType.PUBLIC, IpType.PRIVATE)),
        CheckId.TCP_CONNECT: passed(TcpConnect(route=route, attempts=(attempt(Reach.OPEN, dialled),))),
    }
    if route is Route.SOCKET:
        found[CheckId.SOCKET_MOUNT] = passed(
            SocketMount(
                directory="/cloudsql", path=path, attached=(str(INSTANCE),), attempt=attempt(Reach.OPEN, path, 0)
            )
        )
    if route is Route.DIRECT:
        found[CheckId.DNS_TARGET] = passed(DnsTarget(host=address, literal=True, addresses=(address,)))
    return found


def story(
    route: Route,
    changes: Changes,
    *,
    platform: Platform = CLOUD_RUN,
    subject: Target | None = None,
    without_target: bool = False,
    seconds: dict[CheckId, float] | None = None,
) -> Run:
    """A run of the route where these checks came out differently; what a failure blocks is skipped."""
    login = subject.login if subject else Login.PASSWORD
    subject = None if without_target else (subject or target(route))
    here = passed(RuntimePlatform(kind=platform.kind, beside_others=platform.beside_others))
    outcomes = healthy(route, subject, login) | {CheckId.RUNTIME_PLATFORM: here} | changes
    route_needs = needed(route, login)
    results: list[CheckResult] = []
    broken: CheckId | None = None
    for check in CheckId:
        if check not in outcomes:
            continue
        outcome = outcomes[check]
        if broken and check in route_needs and check not in changes:
            outcome = skipped(SkipReason.BLOCKED, broken)
        if outcome.status is Status.FAIL and check in route_needs | ON_ANY_ROUTE:
            broken = broken or check
        elif outcome.status is Status.FAIL:
            outcome = replace(outcome, status=Status.WARN)
        results.append(
            CheckResult(
                check=check,
                outcome=outcome,
                needed=check in route_needs | ON_ANY_ROUTE,
                duration_seconds=(seconds or {}).get(check, 0.1),
            )
        )
    origins = subject.origins if subject else target(route).origins
    return Run(
        run_id="r1",
        started_at=START,
        duration_seconds=1.0,
        mode=Mode.CHECK,
        resolution=Resolution(name="orders", target=subject, origins=origins),
        platform=platform,
        results=tuple(results),
        depth_reached=broken is None,
    )


def settings_call(code: Code, result: ApiResult, **more: str) -> Changes:
    """The Admin API's first call came to this."""
    return {CheckId.ADMIN_CONNECT_SETTINGS: fail(code, AdminConnectSettings(call=call(result, **more)))}


API_SILENT = settings_call(Code.ADMIN_CONNECT_SETTINGS_SILENT, ApiResult.SILENT)
API_DENIED = settings_call(Code.ADMIN_CONNECT_SETTINGS_DENIED, ApiResult.DENIED)
CLOSED: Changes = {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_CLOSED)}
MUTE: Changes = {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_SILENT)}
