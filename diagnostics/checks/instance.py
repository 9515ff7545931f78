"""Row 6, what only some may read: the instance's settings, the caller's permissions. Else unknown."""

from diagnostics.api_call import LIMIT, ApiRequest, as_answered, call_api, finding_of
from diagnostics.check import Env, SecretName, check
from diagnostics.core.capacity import number_of
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminInstance, Fact, Facts, IamPermissions
from diagnostics.core.findings import Code
from diagnostics.core.google_api import InstanceBody, PermissionsBody, PermissionsRequest, request_body
from diagnostics.core.instance import api_path
from diagnostics.core.model import Finding, Login, SkipReason
from diagnostics.core.observed import ApiCall, ApiResult
from diagnostics.core.outcome import Outcome, passed, unknown, warned

DEADLINE = LIMIT + 0.5
"""Seconds for a check around one call."""

CONNECTOR_PERMISSIONS = ("cloudsql.instances.connect", "cloudsql.instances.get")
LOGIN_PERMISSION = "cloudsql.instances.login"

_RUNNING = "RUNNABLE"
_STOPPED = "NEVER"
"""activationPolicy of an instance that its owner stopped; its state is RUNNABLE all the same."""


def _names_instance(env: Env) -> bool:
    return env.resolution.target is None or env.target.instance is not None


@check(
    CheckId.ADMIN_INSTANCE,
    title="The instance is running, as far as the Admin API says",
    timeout=DEADLINE,
    on_timeout=None,
    requires=(CheckId.CONFIG_TARGET, CheckId.IDENTITY_TOKEN),
    applies=_names_instance,
    cloud_only=True,
)
async def admin_instance(env: Env, facts: Facts) -> Outcome:
    request = ApiRequest(method="GET", url=api_path(env.options.sqladmin_endpoint, env.instance))
    call, body = await call_api(env, request, InstanceBody)
    if body is None:
        return _unread(
            CheckId.ADMIN_INSTANCE, AdminInstance(call=call), call, str(env.instance), "cloudsql.instances.get"
        )
    settings = body.settings
    flags = {flag.name: flag.value for flag in settings.database_flags}
    return _running(
        AdminInstance(
            call=call,
            state=body.state,
            activation_policy=settings.activation_policy,
            suspension_reasons=body.suspension_reason,
            ssl_mode=settings.ip_configuration.ssl_mode,
            connector_enforcement=settings.connector_enforcement,
            iam_authentication=flags.get("cloudsql.iam_authentication", ""),
            max_connections=number_of(flags.get("max_connections", "")),
            private_network=settings.ip_configuration.private_network,
            authorized_networks=tuple(network.value for network in settings.ip_configuration.authorized_networks),
        ),
        str(env.instance),
    )


@check(
    CheckId.IAM_PERMISSIONS,
    title="The identity holds the permissions of this path, as far as the project tells",
    timeout=DEADLINE,
    on_timeout=None,
    requires=(CheckId.CONFIG_TARGET, CheckId.IDENTITY_TOKEN),
    applies=_names_instance,
    cloud_only=True,
)
async def iam_permissions(env: Env, facts: Facts) -> Outcome:
    """Advisory: a grant limited to the instance by a condition does not show at the project."""
    asked = CONNECTOR_PERMISSIONS + ((LOGIN_PERMISSION,) if env.target.login is Login.IAM else ())
    if env.vault.get(SecretName.PLATFORM_TOKEN) is None:
        return unknown(SkipReason.NOT_PERMITTED, needs="https://www.googleapis.com/auth/cloud-platform")
    project = env.instance.project
    url = f"{env.options.resource_manager_endpoint}/v3/projects/{project}:testIamPermissions"
    body = request_body(PermissionsRequest(permissions=asked))
    request = ApiRequest(method="POST", url=url, body=body, token=SecretName.PLATFORM_TOKEN)
    call, answer = await call_api(env, request, PermissionsBody)
    if answer is None:
        fact = IamPermissions(call=call, asked=asked)
        return _unread(CheckId.IAM_PERMISSIONS, fact, call, project, "cloudresourcemanager.googleapis.com")
    missing = tuple(permission for permission in asked if permission not in answer.permissions)
    fact = IamPermissions(call=call, asked=asked, held=answer.permissions)
    return (
        warned(fact, *(Finding(code=Code.IAM_PERMISSIONS_NOT_HELD, about=permission) for permission in missing))
        if missing
        else passed(fact)
    )


def _unread(check_id: CheckId, fact: Fact, call: ApiCall, about: str, needs: str) -> Outcome:
    """What we may not read is unknown; anything else that went wrong is worth a warning."""
    finding = finding_of(check_id, call, about)
    if call.result in (ApiResult.DENIED, ApiResult.API_DISABLED, ApiResult.SCOPE_INSUFFICIENT, ApiResult.UNAUTHORIZED):
        return unknown(SkipReason.NOT_PERMITTED, finding, fact=fact, needs=needs)
    return as_answered(call, warned(fact, finding))


def _running(fact: AdminInstance, about: str) -> Outcome:
    if fact.state == "SUSPENDED":
        return warned(
            fact, Finding(code=Code.ADMIN_INSTANCE_SUSPENDED, about=about, other=", ".join(fact.suspension_reasons))
        )
    if fact.state == _RUNNING and fact.activation_policy == _STOPPED:
        return warned(fact, Finding(code=Code.ADMIN_INSTANCE_NOT_RUNNING, about=about))
    if fact.state != _RUNNING:
        return warned(fact, Finding(code=Code.ADMIN_INSTANCE_NOT_READY, about=about, other=fact.state))
    return passed(fact)
