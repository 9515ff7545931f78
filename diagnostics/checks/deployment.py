"""Row 7: how this container is deployed, as far as we may read it. It never fails; on day one it is unknown.

The call is made after the measurements of row 4, so that what is configured and what was measured can be compared, and
not at all where they found no way to Google's APIs.
"""

from diagnostics.api_call import ApiRequest, call_api
from diagnostics.check import Env, SecretName, check
from diagnostics.core.codes import CheckId
from diagnostics.core.contradictions import of_connector, of_revision
from diagnostics.core.facts import (
    AdminConnectSettings,
    EgressGoogleApis,
    Facts,
    MetadataServer,
    RunRevision,
    VpcConnector,
)
from diagnostics.core.model import Finding, PlatformKind, SkipReason
from diagnostics.core.observed import ApiCall, ApiResult, Reach
from diagnostics.core.outcome import Outcome, passed, skipped, unknown, warned
from diagnostics.core.run_api import (
    ConnectorBody,
    JobBody,
    RevisionBody,
    attached_to,
    connector_path,
    cpu_throttled_of,
    deployment_path,
    egress_of,
    interfaces_of,
    mounts_of,
    serving,
    startup_probe_of,
    stray_annotations_of,
)

LIMIT = 2.0
"""Seconds for one look: a configuration is read in a tenth of that, and nobody shall wait for what is optional."""

DEADLINE = LIMIT + 0.5
"""Seconds for a check around one call."""

READ_REVISION = "run.revisions.get, in roles/run.viewer"
READ_JOB = "run.jobs.get, in roles/run.viewer"
READ_CONNECTOR = "vpcaccess.connectors.get, in roles/vpcaccess.viewer"
"""Permissions, each with the narrowest predefined role that has it."""

_MAY_NOT = frozenset(
    {ApiResult.DENIED, ApiResult.UNAUTHORIZED, ApiResult.SCOPE_INSUFFICIENT, ApiResult.ORGANIZATION_POLICY}
)


def _is_deployment(env: Env) -> bool:
    """A service, job or worker pool that knows its own name."""
    return bool(deployment_path(env.platform, "project", "region"))


@check(
    CheckId.RUN_REVISION,
    timeout=DEADLINE,
    on_timeout=None,
    requires=(CheckId.IDENTITY_TOKEN,),
    after=(
        CheckId.RUNTIME_PLATFORM,
        CheckId.METADATA_SERVER,
        CheckId.IDENTITY_ACCOUNT,
        CheckId.EGRESS_GOOGLE_APIS,
        CheckId.EGRESS_PUBLIC,
        CheckId.EGRESS_PRIVATE,
        CheckId.EGRESS_INSTANCE,
        CheckId.ADMIN_CONNECT_SETTINGS,
        CheckId.SOCKET_MOUNT,
        CheckId.TCP_CONNECT,
    ),
    applies=_is_deployment,
    cloud_only=True,
)
async def run_revision(env: Env, facts: Facts) -> Outcome:
    """The configuration of this revision was read, and nothing that was measured contradicts it."""
    metadata = facts.get(MetadataServer)
    is_job = env.platform.kind is PlatformKind.CLOUD_RUN_JOB
    path = deployment_path(env.platform, metadata.project, metadata.region) if metadata else ""
    if not path:
        return unknown(SkipReason.NOT_CONFIGURED, needs="project and region, from the metadata server")
    if _no_way(facts):
        return unknown(SkipReason.NO_ANSWER, needs="a way to Google's APIs")
    request = _look(f"{env.options.run_endpoint}/v2/{path}")
    shape: type[JobBody | RevisionBody] = JobBody if is_job else RevisionBody
    call, body = await call_api(env, request, shape)
    if body is None:
        return _unread(RunRevision(call=call), READ_JOB if is_job else READ_REVISION)
    fact = _configured(call, body)
    return _judged(fact, of_revision(fact, facts.get, env.resolution.target))


@check(
    CheckId.VPC_CONNECTOR,
    timeout=DEADLINE,
    on_timeout=None,
    requires=(CheckId.RUN_REVISION,),
    after=(CheckId.METADATA_SERVER, CheckId.ADMIN_CONNECT_SETTINGS, CheckId.TCP_CONNECT),
    applies=_is_deployment,
    cloud_only=True,
)
async def vpc_connector(env: Env, facts: Facts) -> Outcome:
    """The connector to the VPC was read, and carries traffic."""
    revision, metadata = facts.get(RunRevision), facts.get(MetadataServer)
    if revision is None or metadata is None or not revision.connector:
        return skipped(SkipReason.NOT_APPLICABLE)
    path = connector_path(revision.connector, metadata.project, metadata.region)
    call, body = await call_api(env, _look(f"{env.options.vpcaccess_endpoint}/v1/{path}"), ConnectorBody)
    if body is None:
        return _unread(VpcConnector(call=call), READ_CONNECTOR)
    fact = VpcConnector(
        call=call,
        name=body.name,
        state=body.state,
        network=body.network,
        ip_range=body.ip_cidr_range,
        subnet=body.subnet.name if body.subnet else "",
        machine_type=body.machine_type,
        min_instances=body.min_instances,
        max_instances=body.max_instances,
    )
    return _judged(fact, of_connector(fact, facts.get))


def _judged(fact: RunRevision | VpcConnector, found: tuple[Finding, ...]) -> Outcome:
    return warned(fact, *found) if found else passed(fact)


def _look(url: str) -> ApiRequest:
    return ApiRequest(method="GET", url=url, token=SecretName.PLATFORM_TOKEN, limit=LIMIT)


def _no_way(facts: Facts) -> bool:
    """Silence was just met on the same way: two more seconds of it would tell nothing new."""
    measured, called = facts.get(EgressGoogleApis), facts.get(AdminConnectSettings)
    silent = measured is not None and measured.public_vip is not None and measured.public_vip.reach is Reach.SILENT
    return silent or (called is not None and called.call.result is ApiResult.SILENT)


def _configured(call: ApiCall, body: RevisionBody | JobBody) -> RunRevision:
    deployed, container = body.deployed, serving(body.deployed)
    return RunRevision(
        call=call,
        egress=egress_of(deployed.vpc_access),
        connector=deployed.vpc_access.connector,
        networks=interfaces_of(deployed.vpc_access),
        attached=attached_to(deployed),
        mounts=mounts_of(deployed),
        service_account=deployed.service_account,
        cpu_throttled=cpu_throttled_of(container) if isinstance(body, RevisionBody) else None,
        startup_probe=startup_probe_of(container),
        max_instances=body.max_instances,
        execution_environment=deployed.execution_environment,
        stray_annotations=stray_annotations_of(body),
    )


def _unread(fact: RunRevision | VpcConnector, permission: str) -> Outcome:
    """Whatever kept us from reading is no fault of the path: unknown, with what would change that."""
    result = fact.call.result
    if result in _MAY_NOT:
        return unknown(SkipReason.NOT_PERMITTED, fact=fact, needs=permission)
    if result is ApiResult.API_DISABLED:
        return unknown(SkipReason.NOT_PERMITTED, fact=fact, needs=f"the API enabled, and {permission}")
    if result in (ApiResult.NOT_FOUND, ApiResult.UNEXPECTED_ANSWER):
        return unknown(SkipReason.NOT_PERMITTED, fact=fact, needs=permission)
    return unknown(SkipReason.NO_ANSWER, fact=fact, needs="an answer of the API")
