"""Row 7: what may be read of the container's own deployment. Never a failure, and no word where it may not be read."""

from typing import Any

import pytest
from msgspec.structs import replace

from diagnostics.check import SecretName
from diagnostics.checks.deployment import run_revision, vpc_connector
from diagnostics.core.facts import (
    EgressGoogleApis,
    Fact,
    IdentityAccount,
    IdentityToken,
    MetadataServer,
    RunRevision,
    VpcConnector,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import Platform, PlatformKind, SkipReason, Status
from diagnostics.core.observed import (
    ApiCall,
    ApiResult,
    Attempt,
    EgressSetting,
    Mount,
    Reach,
    StartupProbe,
    VpcInterface,
)
from diagnostics.core.outcome import Outcome, passed, skipped, unknown
from diagnostics.ports import HttpAnswer
from tests.checks.google import OPTIONS, RUN, VPC, Json, error, says
from tests.checks.stage import CLOUD_RUN, INSTANCE, SETTINGS, SOCKET, env, look
from tests.fakes import FakeHttp

METADATA = MetadataServer(
    host="metadata.google.internal", by_name=ApiResult.ANSWER, project="acme-app", region="europe-west1"
)
PLACE = "projects/acme-app/locations/europe-west1"
REVISION = f"{RUN}/v2/{PLACE}/services/api/revisions/api-00042-x9k"
CONNECTOR = f"{PLACE}/connectors/staging"
CALL = ApiCall(method="GET", url=REVISION, result=ApiResult.ANSWER, http_status=200)
TOKENS = IdentityToken()
PLATFORM_TOKEN = "ya29.platform"

NOT_OURS = [
    (error(403, "IAM_PERMISSION_DENIED", permission="run.revisions.get"), SkipReason.NOT_PERMITTED),
    (error(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), SkipReason.NOT_PERMITTED),
    (error(401, "authError"), SkipReason.NOT_PERMITTED),
    (error(404, "notFound"), SkipReason.NOT_PERMITTED),
    (says("<html>", 404), SkipReason.NOT_PERMITTED),
    (says("<html>"), SkipReason.NOT_PERMITTED),
    (says({"containers": "many"}), SkipReason.NOT_PERMITTED),
    (error(429), SkipReason.NO_ANSWER),
    (error(503), SkipReason.NO_ANSWER),
    (ApiResult.SILENT, SkipReason.NO_ANSWER),
    (ApiResult.UNRESOLVED, SkipReason.NO_ANSWER),
    (ApiResult.TLS_FAILED, SkipReason.NO_ANSWER),
]


def revision(container: Json | None = None, **more: Any) -> HttpAnswer:
    return says({"name": "projects/p/...", "containers": [container or {"name": "app"}], **more})


async def ask(answer: HttpAnswer | ApiResult, platform: Platform = CLOUD_RUN, url: str = REVISION) -> Outcome:
    http = FakeHttp({f"GET {url}": answer})
    around = env(
        SOCKET,
        options=OPTIONS,
        http=http,
        secrets={SecretName.PLATFORM_TOKEN: PLATFORM_TOKEN},
        platform=platform,
    )
    outcome = await look(run_revision, around, METADATA, TOKENS)
    (call,) = http.calls
    assert call.bearer is not None
    assert call.bearer.reveal() == PLATFORM_TOKEN
    return outcome


async def read(answer: HttpAnswer) -> RunRevision:
    outcome = await ask(answer)
    assert outcome.status is Status.PASS
    assert isinstance(outcome.fact, RunRevision)
    return outcome.fact


async def test_a_bare_revision_has_no_vpc_and_nothing_attached() -> None:
    assert await ask(revision()) == passed(RunRevision(call=CALL, egress=EgressSetting.NONE, containers=1))


async def test_what_decides_about_the_path_is_read() -> None:
    body = {
        "serviceAccount": "api@acme-app.iam.gserviceaccount.com",
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
        "scaling": {"minInstanceCount": 1, "maxInstanceCount": 12},
        "vpcAccess": {
            "egress": "ALL_TRAFFIC",
            "networkInterfaces": [{"network": "default", "subnetwork": "run", "tags": ["t"]}],
        },
        "volumes": [
            {"name": "cloudsql", "cloudSqlInstance": {"instances": [str(INSTANCE), "a:b:c"]}},
            {"name": "tmp", "emptyDir": {}},
        ],
        "containers": [
            {"name": "agent", "startupProbe": {"httpGet": {"path": "/startup"}}},
            {
                "name": "app",
                "ports": [{"containerPort": 8080}],
                "resources": {"cpuIdle": True, "limits": {"cpu": "1"}},
                "startupProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 240, "failureThreshold": 1},
                "volumeMounts": [{"name": "cloudsql", "mountPath": "/cloudsql"}, {"name": "tmp", "mountPath": "/t"}],
            },
        ],
    }
    assert await read(says(body)) == RunRevision(
        call=CALL,
        egress=EgressSetting.ALL_TRAFFIC,
        networks=(VpcInterface(network="default", subnetwork="run"),),
        attached=(str(INSTANCE), "a:b:c"),
        mounts=(Mount(container="app", path="/cloudsql"),),
        containers=2,
        service_account="api@acme-app.iam.gserviceaccount.com",
        cpu_throttled=True,
        startup_probe=StartupProbe.DEFAULT,
        max_instances=12,
        execution_environment="EXECUTION_ENVIRONMENT_GEN2",
    )


async def test_values_of_variables_are_in_no_fact() -> None:
    container = {"name": "app", "env": [{"name": "POSTGRES_PASSWORD", "value": "hunter2-Zq9x"}]}
    assert "hunter2" not in repr(await ask(revision(container)))


@pytest.mark.parametrize(
    "access, expected",
    [
        ({"connector": CONNECTOR}, EgressSetting.PRIVATE_RANGES_ONLY),
        ({"connector": CONNECTOR, "egress": "VPC_EGRESS_UNSPECIFIED"}, EgressSetting.PRIVATE_RANGES_ONLY),
        ({"connector": CONNECTOR, "egress": "PRIVATE_RANGES_ONLY"}, EgressSetting.PRIVATE_RANGES_ONLY),
        ({"connector": CONNECTOR, "egress": "ALL_TRAFFIC"}, EgressSetting.ALL_TRAFFIC),
        ({"egress": "ALL_TRAFFIC"}, EgressSetting.NONE),
        ({"connector": CONNECTOR, "egress": "SOMETHING_NEW"}, None),
        ({}, EgressSetting.NONE),
    ],
)
async def test_the_egress_setting_means_something_only_with_a_vpc(access: Json, expected: EgressSetting | None) -> None:
    assert (await read(revision(vpcAccess=access))).egress is expected


@pytest.mark.parametrize(
    "probe, expected",
    [
        (None, StartupProbe.NONE),
        ({"httpGet": {"path": "/"}}, StartupProbe.HTTP),
        ({"grpc": {}}, StartupProbe.GRPC),
        ({"tcpSocket": {"port": 8080}, "periodSeconds": 10, "failureThreshold": 3}, StartupProbe.TCP),
        ({"tcpSocket": {"port": 8080}, "periodSeconds": 240, "failureThreshold": 1}, StartupProbe.DEFAULT),
    ],
)
async def test_which_probe_holds_the_container_back(probe: Json | None, expected: StartupProbe) -> None:
    container = {"name": "app", **({"startupProbe": probe} if probe else {})}
    assert (await read(revision(container))).startup_probe is expected


@pytest.mark.parametrize("resources, expected", [(None, None), ({}, False), ({"cpuIdle": True}, True)])
async def test_cpu_is_throttled_only_where_the_revision_says_so(resources: Json | None, expected: bool | None) -> None:
    container = {"name": "app", **({} if resources is None else {"resources": resources})}
    assert (await read(revision(container))).cpu_throttled is expected


@pytest.mark.parametrize("tasks, parallelism, expected", [(1, 0, 1), (20, 5, 5), (20, 0, 20), (2, 9, 2)])
async def test_a_job_is_read_from_its_template(tasks: int, parallelism: int, expected: int) -> None:
    platform = Platform(kind=PlatformKind.CLOUD_RUN_JOB, service="migrate", revision="migrate-x1")
    container = {"name": "job", "resources": {"cpuIdle": False}}
    body = {
        "template": {
            "parallelism": parallelism,
            "taskCount": tasks,
            "template": {"containers": [container], "vpcAccess": {"connector": "staging"}},
        }
    }
    url = f"{RUN}/v2/{PLACE}/jobs/migrate"
    outcome = await ask(says(body), platform, url)
    assert outcome == passed(
        RunRevision(
            call=replace(CALL, url=url),
            egress=EgressSetting.PRIVATE_RANGES_ONLY,
            connector="staging",
            containers=1,
            max_instances=expected,
        )
    )


async def test_a_worker_pool_has_revisions_of_its_own() -> None:
    platform = Platform(kind=PlatformKind.CLOUD_RUN_WORKER_POOL, service="pool", revision="pool-1")
    url = f"{RUN}/v2/{PLACE}/workerPools/pool/revisions/pool-1"
    assert (await ask(revision(), platform, url)).status is Status.PASS


@pytest.mark.parametrize("answer, reason", NOT_OURS)
async def test_what_cannot_be_read_is_unknown_and_says_what_it_needs(
    answer: HttpAnswer | ApiResult, reason: SkipReason
) -> None:
    outcome = await ask(answer)
    assert (outcome.status, outcome.reason, outcome.findings) == (Status.UNKNOWN, reason, ())
    assert ("roles/run.viewer" in outcome.needs) is (reason is SkipReason.NOT_PERMITTED)
    assert (outcome.needs == "an answer of run.googleapis.com") is (reason is SkipReason.NO_ANSWER)


async def test_an_api_that_is_off_needs_to_be_enabled_and_no_role() -> None:
    outcome = await ask(error(403, "SERVICE_DISABLED", consumer="projects/1"))
    assert (outcome.reason, outcome.needs) == (SkipReason.NOT_PERMITTED, "run.googleapis.com enabled")


SILENT = Attempt(address="192.0.2.1", port=443, reach=Reach.SILENT, seconds=1.0)


@pytest.mark.parametrize(
    "met",
    [
        EgressGoogleApis(public_vip=SILENT),
        replace(SETTINGS, call=replace(CALL, result=ApiResult.SILENT, http_status=0)),
    ],
    ids=["the connect beside it", "the call before it"],
)
async def test_on_a_silent_way_nothing_is_asked(met: Fact) -> None:
    outcome = await look(run_revision, env(SOCKET), METADATA, TOKENS, met)
    assert outcome == unknown(SkipReason.NO_ANSWER, needs="a way to Google's APIs")


async def test_nobody_waits_long_for_an_optional_look() -> None:
    http = FakeHttp({f"GET {REVISION}": revision()})
    around = env(SOCKET, options=OPTIONS, http=http, secrets={SecretName.PLATFORM_TOKEN: PLATFORM_TOKEN})
    await look(run_revision, around, METADATA, TOKENS)
    (call,) = http.calls
    assert (call.connect_limit, call.limit) == (2.0, 2.0)


async def test_a_contradiction_is_a_warning_beside_the_configuration() -> None:
    account = IdentityAccount(email="api@acme-app.iam.gserviceaccount.com")
    answer = revision(serviceAccount="other@acme-app.iam.gserviceaccount.com")
    around = env(
        SOCKET,
        options=OPTIONS,
        http=FakeHttp({f"GET {REVISION}": answer}),
        secrets={SecretName.PLATFORM_TOKEN: PLATFORM_TOKEN},
    )
    outcome = await look(run_revision, around, METADATA, TOKENS, account)
    assert (outcome.status, outcome.code) == (Status.WARN, Code.RUN_REVISION_OTHER_SERVICE_ACCOUNT)
    assert isinstance(outcome.fact, RunRevision)


@pytest.mark.parametrize(
    "body",
    [
        {"annotations": {"run.googleapis.com/cloudsql-instances": "a:b:c", "own": "x"}},
        {"template": {"annotations": {"run.googleapis.com/cloudsql-instances": "a:b:c"}}},
        {"template": {"template": {"annotations": {"run.googleapis.com/cloudsql-instances": "a:b:c"}}}},
    ],
    ids=["job", "execution", "task"],
)
async def test_an_annotation_of_a_job_that_set_nothing_is_read_at_any_level(body: Json) -> None:
    outer, task = body.get("template", {}), body.get("template", {}).get("template", {})
    body["template"] = {**outer, "template": {**task, "containers": [{"name": "job"}]}}
    platform = Platform(kind=PlatformKind.CLOUD_RUN_JOB, service="migrate")
    outcome = await ask(says(body), platform, f"{RUN}/v2/{PLACE}/jobs/migrate")
    assert isinstance(outcome.fact, RunRevision)
    assert outcome.fact.stray_annotations == ("run.googleapis.com/cloudsql-instances",)


async def test_without_the_project_there_is_nothing_to_ask_for() -> None:
    outcome = await look(run_revision, env(SOCKET), TOKENS)
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, SkipReason.NOT_CONFIGURED)


@pytest.mark.parametrize(
    "platform, applies",
    [
        (Platform(kind=PlatformKind.CLOUD_RUN_SERVICE, service="api", revision="api-1"), True),
        (Platform(kind=PlatformKind.CLOUD_RUN_SERVICE, service="api"), False),
        (Platform(kind=PlatformKind.CLOUD_RUN_JOB, service="job"), True),
        (Platform(kind=PlatformKind.CLOUD_RUN_UNKNOWN), False),
        (Platform(kind=PlatformKind.GKE), False),
        (Platform(kind=PlatformKind.ELSEWHERE), False),
    ],
)
def test_only_cloud_run_has_a_deployment_to_read(platform: Platform, applies: bool) -> None:
    around = env(SOCKET, platform=platform)
    assert (run_revision.applies(around), vpc_connector.applies(around)) == (applies, applies)


# --- the connector ----------------------------------------------------------------------------------------------------


async def connector(answer: HttpAnswer | ApiResult, named: str = CONNECTOR) -> Outcome:
    http = FakeHttp({f"GET {VPC}/v1/{CONNECTOR}": answer})
    around = env(SOCKET, options=OPTIONS, http=http, secrets={SecretName.PLATFORM_TOKEN: PLATFORM_TOKEN})
    fact = RunRevision(call=CALL, egress=EgressSetting.PRIVATE_RANGES_ONLY, connector=named)
    return await look(vpc_connector, around, METADATA, fact)


@pytest.mark.parametrize("named", [CONNECTOR, "staging"])
async def test_the_connector_is_read_by_either_of_its_names(named: str) -> None:
    body = {
        "name": CONNECTOR,
        "state": "READY",
        "network": "default",
        "ipCidrRange": "10.8.0.0/28",
        "machineType": "e2-micro",
        "minInstances": 2,
        "maxInstances": 3,
    }
    call = ApiCall(method="GET", url=f"{VPC}/v1/{CONNECTOR}", result=ApiResult.ANSWER, http_status=200)
    assert await connector(says(body), named) == passed(
        VpcConnector(
            call=call,
            name=CONNECTOR,
            state="READY",
            network="default",
            ip_range="10.8.0.0/28",
            machine_type="e2-micro",
            min_instances=2,
            max_instances=3,
        )
    )


async def test_a_connector_that_carries_nothing_is_a_warning() -> None:
    outcome = await connector(says({"name": CONNECTOR, "state": "ERROR"}))
    assert (outcome.status, outcome.code) == (Status.WARN, Code.VPC_CONNECTOR_NOT_READY)


async def test_a_revision_without_a_connector_has_none_to_look_at() -> None:
    assert await connector(says({}), named="") == skipped(SkipReason.NOT_APPLICABLE)


@pytest.mark.parametrize("answer, reason", NOT_OURS)
async def test_a_connector_that_cannot_be_read_is_unknown(answer: HttpAnswer | ApiResult, reason: SkipReason) -> None:
    outcome = await connector(answer)
    assert (outcome.status, outcome.reason, outcome.findings) == (Status.UNKNOWN, reason, ())
    assert ("roles/vpcaccess.viewer" in outcome.needs) is (reason is SkipReason.NOT_PERMITTED)
