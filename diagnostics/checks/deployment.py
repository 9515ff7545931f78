"""Row 7: how this container is deployed, as far as we may read it. It never fails; on day one it is unknown.

The call is made after the measurements of row 4, so that what is configured and what was measured can be compared, and
not at all where they found no way to Google's APIs. Shapes and comparisons are loaded where there is something to read.
"""

from diagnostics.api_call import ApiRequest, as_answered, call_api
from diagnostics.check import Env, SecretName, check
from diagnostics.core.codes import CheckId
from diagnostics.core.deployment import connector_path, deployment_path
from diagnostics.core.facts import (
    AdminConnectSettings,
    EgressGoogleApis,
    Facts,
    MetadataServer,
    RunRevision,
    VpcConnector,
)
from diagnostics.core.model import Finding, PlatformKind, SkipReason
from diagnostics.core.observed import ApiResult, Reach
from diagnostics.core.outcome import Outcome, passed, skipped, unknown, warned

LIMIT = 2.0
"""Seconds for one look: a configuration is read in a tenth of that, and nobody shall wait for what is optional."""

DEADLINE = LIMIT + 0.5
"""Seconds for a check around one call."""

RUN_API, VPC_API = "run.googleapis.com", "vpcaccess.googleapis.com"

READ_REVISION = "run.revisions.get, in roles/run.viewer"
READ_JOB = "run.jobs.get, in roles/run.viewer"
READ_CONNECTOR = "vpcaccess.connectors.get, in roles/vpcaccess.viewer"
"""Permissions, each with the narrowest predefined role that has it."""

_MAY_NOT = frozenset(
    {
        ApiResult.DENIED,
        ApiResult.UNAUTHORIZED,
        ApiResult.SCOPE_INSUFFICIENT,
        ApiResult.ORGANIZATION_POLICY,
        ApiResult.NOT_FOUND,
        ApiResult.UNEXPECTED_ANSWER,
    }
)
"""The last two are how what may not be seen looks to some: as if it were not there, or as a page of somebody else."""


def _is_deployment(env: Env) -> bool:
    """A service, job or worker pool that knows its own name."""
    return bool(deployment_path(env.platform, "project", "region"))


@check(
    CheckId.RUN_REVISION,
    title="The deployment of this container agrees with what was measured",
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
    metadata = facts.get(MetadataServer)
    is_job = env.platform.kind is PlatformKind.CLOUD_RUN_JOB
    path = deployment_path(env.platform, metadata.project, metadata.region) if metadata else ""
    if not path:
        return unknown(SkipReason.NOT_CONFIGURED, needs="project and region, from the metadata server")
    if _no_way(facts):
        return unknown(SkipReason.NO_ANSWER, needs="a way to Google's APIs")
    from diagnostics.core.contradictions import of_revision
    from diagnostics.core.run_api import JobBody, RevisionBody, revision_of

    shape: type[JobBody | RevisionBody] = JobBody if is_job else RevisionBody
    call, body = await call_api(env, _look(f"{env.options.run_endpoint}/v2/{path}"), shape)
    if body is None:
        return _unread(RunRevision(call=call), RUN_API, READ_JOB if is_job else READ_REVISION)
    fact = revision_of(call, body)
    return _judged(fact, of_revision(fact, facts.get, env.resolution.target))


@check(
    CheckId.VPC_CONNECTOR,
    title="The connector to the VPC carries traffic",
    timeout=DEADLINE,
    on_timeout=None,
    requires=(CheckId.RUN_REVISION,),
    after=(CheckId.METADATA_SERVER, CheckId.ADMIN_CONNECT_SETTINGS, CheckId.TCP_CONNECT),
    applies=_is_deployment,
    cloud_only=True,
)
async def vpc_connector(env: Env, facts: Facts) -> Outcome:
    revision, metadata = facts.get(RunRevision), facts.get(MetadataServer)
    if revision is None or metadata is None or not revision.connector:
        return skipped(SkipReason.NOT_APPLICABLE)
    from diagnostics.core.contradictions import of_connector
    from diagnostics.core.run_api import ConnectorBody, connector_of

    path = connector_path(revision.connector, metadata.project, metadata.region)
    call, body = await call_api(env, _look(f"{env.options.vpcaccess_endpoint}/v1/{path}"), ConnectorBody)
    if body is None:
        return _unread(VpcConnector(call=call), VPC_API, READ_CONNECTOR)
    fact = connector_of(call, body)
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


def _unread(fact: RunRevision | VpcConnector, api: str, permission: str) -> Outcome:
    """Whatever kept us from reading is no fault of the path: unknown, with what would change that."""
    result = fact.call.result
    if result is ApiResult.API_DISABLED:
        return unknown(SkipReason.NOT_PERMITTED, fact=fact, needs=f"{api} enabled")
    if result in _MAY_NOT:
        return unknown(SkipReason.NOT_PERMITTED, fact=fact, needs=permission)
    return as_answered(fact.call, unknown(SkipReason.NO_ANSWER, fact=fact, needs=f"an answer of {api}"))
