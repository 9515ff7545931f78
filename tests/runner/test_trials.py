"""What-if trials in a run: made only after a failure, one try each, and no secret at a place the settings do not name.

Every address that is not scripted belongs to somebody greedy: it accepts, and asks for the password in clear text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Depth,
    Finding,
    Options,
    Origin,
    Resolution,
    Route,
    Secret,
    SettingName,
    Target,
    TlsMode,
)
from diagnostics.core.observed import DnsResult, Reach
from diagnostics.core.outcome import Mode, Run
from diagnostics.core.trials import Changed, Trial, TrialPlan, UnsafeTrialError, Verdict, safe
from diagnostics.ports import Endpoint, HttpAnswer, PathKind
from diagnostics.runner import run_checks
from diagnostics.trials import MOST, ROOM, settled
from tests.checks import google, stage
from tests.checks.server import Server, cleartext, refuses, shakes
from tests.checks.stage import ACCOUNT, FULL_ACCOUNT, INSTANCE, PASSWORD, PUBLIC_IP, SOCKET, iam
from tests.fakes import SYSTEM, FakeClock, FakeFiles, FakeHttp, FakeNetwork, FakeResolver, Peer
from tests.wire import serverside

STALE_IP = "34.68.229.240"
TOKEN = "ya29.a-token-that-nobody-else-may-see"
OWN = f"{PUBLIC_IP}:5432"
HERE = replace(stage.DIRECT, host=PUBLIC_IP, instance=INSTANCE, tls=TlsMode.DISABLE)
ORIGINS = (
    Origin(setting=SettingName.HOST, source="POSTGRES_HOST"),
    Origin(setting=SettingName.USER, source="POSTGRES_USER"),
    Origin(setting=SettingName.PASSWORD, source="POSTGRES_PASSWORD"),
)
METADATA = "http://metadata.google.internal/computeMetadata/v1"
ATTACHED = "acme-prod:europe-west1:billing"


class Greedy(FakeNetwork):
    """Somebody is at every address, and remembers what it was told."""

    def __init__(self, peers: Mapping[str, Peer], clock: FakeClock) -> None:
        super().__init__(peers, clock=clock)
        self.met: dict[str, Server] = {}

    def _peer(self, endpoint: Endpoint) -> Peer:
        if endpoint.label not in self.peers:
            server = self.met.setdefault(endpoint.label, cleartext("whatever is sent"))
            self.peers[endpoint.label] = [server.peer()]
        return super()._peer(endpoint)

    def heard(self) -> dict[str, bytes]:
        """All that was said, by endpoint."""
        return {label: b"".join(m for peer in peers for m in peer.heard) for label, peers in self.peers.items()}


@dataclass
class Stage:
    """One failure, who is where, and what the trial of it is to come to."""

    target: Target
    peers: dict[str, Peer]
    changed: Changed
    proves: Cause
    remarks: tuple[Finding, ...] = ()
    files: FakeFiles = field(default_factory=lambda: FakeFiles({}))


def from_metadata(text: str) -> HttpAnswer:
    return HttpAnswer(status=200, headers={"metadata-flavor": "Google"}, body=text.encode())


def google_apis() -> FakeHttp:
    token = from_metadata(f'{{"access_token": "{TOKEN}", "expires_in": 3600, "token_type": "Bearer"}}')
    account = f"{METADATA}/instance/service-accounts/default"
    scopes = ("sqlservice.admin", "sqlservice.login", "cloud-platform")
    return FakeHttp(
        {
            f"GET {METADATA}/project/project-id": from_metadata("acme-prod"),
            f"GET {METADATA}/project/numeric-project-id": from_metadata("418093372615"),
            f"GET {METADATA}/instance/region": from_metadata("projects/418093372615/regions/europe-west1"),
            f"GET {METADATA}/universe/universe-domain": from_metadata("googleapis.com"),
            f"GET {account}/email": from_metadata(FULL_ACCOUNT),
            f"GET {account}/scopes": from_metadata("https://www.googleapis.com/auth/cloud-platform"),
            **{f"GET {account}/token?scopes=https://www.googleapis.com/auth/{each}": token for each in scopes},
            f"GET {google.RESOURCE}/connectSettings": google.says(google.settings()),
        }
    )


def remark(variable: str, setting: SettingName, code: Code = Code.CONFIG_HYGIENE_TRAILING_WHITESPACE) -> Finding:
    return Finding(code=code, about=variable, other=setting.value)


def only(user: str) -> Peer:
    """A server that takes this IAM user with the token and nobody else."""
    server = Server(tls=(b"S",))

    def started(message: bytes) -> tuple[bytes, ...]:
        if message[:1] == b"p":
            right = server.startups[-1]["user"] == user and serverside.read_frame(message)[1] == serverside.text(TOKEN)
            return (serverside.OK + serverside.READY,) if right else (refuses("28P01"),)
        return tuple(each for each in server(message) if isinstance(each, bytes))

    server.startup = (serverside.CLEARTEXT,)
    return Peer(listener=started, tls=shakes())


def plain_refused() -> Peer:
    """A server with hostssl rules only: what is not asked for TLS first gets no further."""
    asked = []

    def answer(message: bytes) -> tuple[bytes, ...]:
        if len(message) == 8:
            asked.append(message)
            return (b"S",)
        if message[:1] == b"p":
            return (refuses("28P01"),)
        sentence = 'no pg_hba.conf entry for host "10.0.0.1", user "api", database "orders", no encryption'
        return (serverside.CLEARTEXT,) if asked else (refuses("28000", sentence, "ClientAuthentication"),)

    return Peer(listener=answer, tls=shakes())


STAGES = {
    "trimmed password": Stage(
        target=replace(HERE, password=Secret(f"{PASSWORD}\n")),
        peers={OWN: cleartext(PASSWORD).peer()},
        remarks=(remark("POSTGRES_PASSWORD", SettingName.PASSWORD),),
        changed=Changed.VALUE_TRIMMED,
        proves=Cause.CONFIG_SECRET_TRAILING_NEWLINE,
    ),
    "trimmed host": Stage(
        target=replace(HERE, host="orders.db\n"),
        peers={},
        remarks=(remark("POSTGRES_HOST", SettingName.HOST),),
        changed=Changed.VALUE_TRIMMED,
        proves=Cause.CONFIG_SECRET_TRAILING_NEWLINE,
    ),
    "the instance's own address": Stage(
        target=replace(HERE, host=STALE_IP),
        peers={f"{STALE_IP}:5432": Peer(reach=Reach.REFUSED)},
        changed=Changed.INSTANCE_ADDRESS,
        proves=Cause.CONFIG_WRONG_HOST_PORT,
    ),
    "the other port": Stage(
        target=replace(HERE, port=5433),
        peers={f"{PUBLIC_IP}:5433": Peer(reach=Reach.REFUSED)},
        changed=Changed.PORT,
        proves=Cause.CONFIG_WRONG_HOST_PORT,
    ),
    "the socket's directory": Stage(
        target=replace(SOCKET, host=f"/cloudsql/{INSTANCE}/.s.PGSQL.5432"),
        peers={f"/cloudsql/{INSTANCE}/.s.PGSQL.5432/.s.PGSQL.5432": Peer(reach=Reach.MISSING)},
        remarks=(remark("POSTGRES_HOST", SettingName.HOST, Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME),),
        changed=Changed.ATTACHED_SOCKET,
        proves=Cause.SOCKET_WRONG_PATH,
        files=FakeFiles({"/cloudsql": PathKind.DIRECTORY, f"/cloudsql/{INSTANCE}": PathKind.DIRECTORY}),
    ),
    "the socket of another instance": Stage(
        target=replace(
            SOCKET, host="/cloudsql/acme-prod:europe-west4:orders", instance=replace(INSTANCE, region="europe-west4")
        ),
        peers={"/cloudsql/acme-prod:europe-west4:orders/.s.PGSQL.5432": Peer(reach=Reach.MISSING)},
        changed=Changed.ATTACHED_SOCKET,
        proves=Cause.CONFIG_INSTANCE_NAME_WRONG,
        files=FakeFiles({"/cloudsql": PathKind.DIRECTORY, f"/cloudsql/{ATTACHED}": PathKind.DIRECTORY}),
    ),
    "the truncated user": Stage(
        target=replace(iam(HERE, FULL_ACCOUNT), tls=TlsMode.REQUIRE),
        peers={OWN: only(ACCOUNT)},
        changed=Changed.USER_TRUNCATED,
        proves=Cause.IAM_DB_USERNAME_WRONG,
    ),
    "TLS": Stage(target=HERE, peers={OWN: plain_refused()}, changed=Changed.TLS_ON, proves=Cause.TLS_SSL_REQUIRED),
}
each_stage = pytest.mark.parametrize("name", STAGES)


@dataclass
class Played:
    """A run on a stage, and who heard what in it."""

    run: Run
    network: Greedy
    http: FakeHttp

    @property
    def trials(self) -> list[tuple[Changed, Verdict]]:
        return [(trial.changed, trial.verdict) for trial in self.run.trials]


async def play(act: Stage, options: Options = google.OPTIONS) -> Played:
    clock = FakeClock()
    network, http = Greedy(act.peers, clock), google_apis()
    around = stage.env(
        act.target,
        resolution=Resolution(name="orders", target=act.target, remarks=act.remarks, origins=ORIGINS),
        options=options,
        network=network,
        http=http,
        files=act.files,
        clock=clock,
        resolver=FakeResolver({(SYSTEM, "orders.db\n"): DnsResult.NXDOMAIN, (SYSTEM, "orders.db"): (PUBLIC_IP,)}),
    )
    run = await settled(await run_checks(CHECKS, around, Mode.CHECK, "run-1"), CHECKS, around)
    return Played(run, network, http)


def own_endpoints(target: Target) -> set[str]:
    """Where the settings lead, letter by letter."""
    if target.route is Route.SOCKET:
        return {f"{target.host}/.s.PGSQL.{target.port}"}
    return {f"{target.host}:{target.port}"}


@each_stage
async def test_a_trial_that_flips_the_result_proves_the_cause(name: str) -> None:
    act = STAGES[name]
    played = await play(act)
    assert played.trials == [(act.changed, Verdict.FLIPPED)]
    (found,) = diagnose(played.run)
    assert (found.cause, found.confidence, found.alternatives) == (act.proves, Confidence.PROVEN, ())


@each_stage
async def test_no_secret_is_said_anywhere_but_at_the_endpoint_of_the_settings(name: str) -> None:
    """Whoever is at another address asks for the password in clear text, and gets no further than the startup."""
    act = STAGES[name]
    played = await play(act)
    secrets = [PASSWORD.encode(), TOKEN.encode(), b"S3cret"]
    strangers = {
        label: heard for label, heard in played.network.heard().items() if label not in own_endpoints(act.target)
    }
    assert not [label for label, heard in strangers.items() if any(secret in heard for secret in secrets)]
    assert not [label for label, server in played.network.met.items() if server.passwords]
    hosts = {call.url.partition("://")[2].partition("/")[0] for call in played.http.calls if call.bearer or call.body}
    assert hosts <= {"sqladmin.test", "manager.test", "run.test", "vpcaccess.test"}


@each_stage
async def test_only_addresses_of_the_target_and_of_the_instance_are_dialled(name: str) -> None:
    act = STAGES[name]
    played = await play(act)
    known = {STALE_IP, PUBLIC_IP, "199.36.153.8", "1.1.1.1"}
    assert {label.rpartition(":")[0] for label in played.network.dialled if not label.startswith("/")} <= known


@each_stage
async def test_each_is_tried_once(name: str) -> None:
    played = await play(STAGES[name])
    kinds = [(trial.hypothesis, trial.changed) for trial in played.run.trials]
    assert len(kinds) == len(set(kinds)) <= MOST


async def test_a_healthy_path_is_never_tried_again() -> None:
    """Odd settings or not: what works is left alone."""
    act = replace_stage("trimmed password", password=PASSWORD)
    played = await play(act)
    assert played.run.depth_reached
    assert played.run.trials == ()
    assert played.network.dialled.count(OWN) == 2  # the ladder, and the measurement beside it


async def test_a_trial_that_changes_nothing_drops_the_hypothesis() -> None:
    """A newline at the end, and the wrong password before it: the newline is not what is wrong."""
    played = await play(replace_stage("trimmed password", password="another-one\n"))
    assert played.trials == [(Changed.VALUE_TRIMMED, Verdict.STAYED)]
    (found,) = diagnose(played.run)
    assert (found.cause, found.confidence) == (Cause.PG_AUTH_PASSWORD, Confidence.LIKELY)
    assert found.dropped == (Cause.CONFIG_SECRET_TRAILING_NEWLINE,)


async def test_no_trial_climbs_higher_than_the_user_allows() -> None:
    played = await play(STAGES["the other port"], replace(google.OPTIONS, depth=Depth.TCP))
    assert played.run.trials == ()
    assert all(not heard for heard in played.network.heard().values())


async def test_without_time_left_nothing_is_tried() -> None:
    played = await play(STAGES["the instance's own address"], replace(google.OPTIONS, timeout=2 * ROOM))
    assert played.run.trials == ()


def replace_stage(name: str, password: str) -> Stage:
    act = STAGES[name]
    return Stage(
        target=replace(act.target, password=Secret(password)),
        peers={OWN: cleartext(PASSWORD).peer()},
        remarks=act.remarks,
        changed=act.changed,
        proves=act.proves,
    )


def planned(configured: Target, **changes: object) -> TrialPlan:
    return TrialPlan(
        hypothesis=Cause.CONFIG_WRONG_HOST_PORT,
        changed=Changed.PORT,
        target=replace(configured, **changes),
        failed=CheckId.TCP_CONNECT,
        flips=CheckId.POSTGRES_QUERY,
        until=Depth.QUERY,
    )


@pytest.mark.parametrize(
    "changes",
    [{"host": STALE_IP}, {"port": 5433}, {"route": Route.SOCKET, "host": "/cloudsql/x"}, {"instance": None}],
    ids=["host", "port", "route", "instance"],
)
def test_at_another_endpoint_there_is_no_credential_and_no_authentication(changes: dict[str, object]) -> None:
    made = safe(planned(HERE, **changes), HERE)
    assert (made.target.password, made.target.url, made.target.options) == (None, None, ())
    assert made.until is Depth.STARTUP


@pytest.mark.parametrize("changes", [{"user": "other"}, {"database": "other"}, {"tls": TlsMode.VERIFY_FULL}])
def test_at_the_same_endpoint_a_trial_may_log_in(changes: dict[str, object]) -> None:
    made = safe(planned(HERE, **changes), HERE)
    assert made.target.password is HERE.password
    assert made.until is Depth.QUERY


@pytest.mark.parametrize("weaker", [TlsMode.DISABLE, TlsMode.PREFER, TlsMode.REQUIRE])
def test_no_trial_takes_less_protection_than_the_app(weaker: TlsMode) -> None:
    with pytest.raises(UnsafeTrialError):
        safe(planned(replace(HERE, tls=TlsMode.VERIFY_CA), tls=weaker), replace(HERE, tls=TlsMode.VERIFY_CA))


def test_a_trial_holds_no_secret() -> None:
    assert not {name for name in Trial.__struct_fields__ if "password" in name or "target" in name}
