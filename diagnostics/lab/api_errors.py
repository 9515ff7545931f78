"""Errors as Google's APIs answer them: one JSON shape, with the legacy reason and the newer ErrorInfo side by side.

Texts follow what users quote in public issues; a client must take its verdict from status, reason and details, because
the sentences differ between versions of the API.
"""

import msgspec

from diagnostics.lab.world import Value

SQLADMIN = "sqladmin.googleapis.com"
RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"
RUN = "run.googleapis.com"
VPC_ACCESS = "vpcaccess.googleapis.com"

_TYPE = "type.googleapis.com/google.rpc."


class Detail(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of ``details``: an ErrorInfo (reason, domain, metadata) or a Help (links)."""

    type: str = msgspec.field(name="@type")
    reason: str = ""
    domain: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    links: tuple[dict[str, str], ...] = ()


class Legacy(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of ``errors``, the older form."""

    message: str
    domain: str
    reason: str
    location: str = ""
    location_type: str = msgspec.field(name="locationType", default="")


class GoogleError(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The value under ``error``; ``code`` is also the HTTP status."""

    code: int
    message: str
    errors: tuple[Legacy, ...] = ()
    status: str = ""
    details: tuple[Detail, ...] = ()

    def body(self) -> bytes:
        """The answer's body."""
        return msgspec.json.encode({"error": self})


def _info(reason: str, service: str, **metadata: str) -> Detail:
    return Detail(
        type=_TYPE + "ErrorInfo", reason=reason, domain="googleapis.com", metadata={"service": service, **metadata}
    )


def _help(description: str, url: str) -> Detail:
    return Detail(type=_TYPE + "Help", links=({"description": description, "url": url},))


_OAUTH_HINT = "Expected OAuth 2 access token, login cookie or other valid authentication credential."


def no_credentials(service: str) -> GoogleError:
    """No Authorization header."""
    message = f"Request is missing required authentication credential. {_OAUTH_HINT}"
    legacy = Legacy(
        message="Login Required.", domain="global", reason="required", location="Authorization", location_type="header"
    )
    return GoogleError(
        code=401,
        message=message,
        errors=(legacy,),
        status="UNAUTHENTICATED",
        details=(_info("CREDENTIALS_MISSING", service),),
    )


def bad_credentials(service: str) -> GoogleError:
    """A token that nobody issued, or an expired one."""
    message = f"Request had invalid authentication credentials. {_OAUTH_HINT}"
    legacy = Legacy(
        message="Invalid Credentials",
        domain="global",
        reason="authError",
        location="Authorization",
        location_type="header",
    )
    return GoogleError(
        code=401,
        message=message,
        errors=(legacy,),
        status="UNAUTHENTICATED",
        details=(_info("ACCESS_TOKEN_INVALID", service),),
    )


def insufficient_scopes(service: str) -> GoogleError:
    """A good token without a scope that the method takes."""
    message = "Request had insufficient authentication scopes."
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message="Insufficient Permission", domain="global", reason="insufficientPermissions"),),
        status="PERMISSION_DENIED",
        details=(_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service),),
    )


def service_disabled(service: str, title: str, project_number: int) -> GoogleError:
    """The API is off in the project that the call is charged to, which the error names by number."""
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={project_number}"
    message = (
        f"{title} has not been used in project {project_number} before or it is disabled. Enable it by visiting {url} "
        "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems "
        "and retry."
    )
    info = _info("SERVICE_DISABLED", service, consumer=f"projects/{project_number}", activationUrl=url)
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message=message, domain="usageLimits", reason="accessNotConfigured"),),
        status="PERMISSION_DENIED",
        details=(_help("Google developers console API activation", url), info),
    )


def quota_project_denied(service: str, project: str) -> GoogleError:
    """The caller may not let its calls be charged to the project that it names for that."""
    message = (
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, "
        f"by visiting https://console.developers.google.com/iam-admin/iam/project?project={project} and then retry."
    )
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="forbidden"),),
        status="PERMISSION_DENIED",
        details=(_info("USER_PROJECT_DENIED", service, consumer=f"projects/{project}"),),
    )


def outside_perimeter(service: str) -> GoogleError:
    """A VPC Service Controls perimeter keeps the project's services to itself."""
    identifier = "Zm9vYmFyLWxhYi1wZXJpbWV0ZXItaWRlbnRpZmllcg"
    message = f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {identifier}."
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="vpcServiceControls"),),
        status="PERMISSION_DENIED",
        details=(_info("SECURITY_POLICY_VIOLATED", service, uid=identifier),),
    )


def not_authorized(permission: str, instance: str) -> GoogleError:
    """Cloud SQL's own words for a missing role; it says the same of some instances that do not exist."""
    message = (
        "boss::NOT_AUTHORIZED: Not authorized to access resource. "
        f"Possibly missing permission {permission} on resource instances/{instance}."
    )
    return GoogleError(
        code=403, message=message, errors=(Legacy(message=message, domain="global", reason="notAuthorized"),)
    )


def instance_missing() -> GoogleError:
    """No such instance, said to a caller that may see all instances of the project."""
    message = "The Cloud SQL instance does not exist."
    return GoogleError(
        code=404, message=message, errors=(Legacy(message=message, domain="global", reason="instanceDoesNotExist"),)
    )


def instance_not_running() -> GoogleError:
    """What users and databases answer while the instance is stopped."""
    message = "Invalid request: Invalid request since instance is not running."
    return GoogleError(code=400, message=message, errors=(Legacy(message=message, domain="global", reason="invalid"),))


def invalid_argument(message: str) -> GoogleError:
    """A request that the API cannot read."""
    return GoogleError(
        code=400,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="badRequest"),),
        status="INVALID_ARGUMENT",
    )


def project_missing(permission: str, project: str) -> GoogleError:
    """Resource Manager does not tell a missing project from a missing permission."""
    message = f"The caller does not have permission: {permission} on projects/{project} (or it may not exist)."
    info = _info("IAM_PERMISSION_DENIED", RESOURCE_MANAGER, permission=permission, resource=f"projects/{project}")
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="forbidden"),),
        status="PERMISSION_DENIED",
        details=(info,),
    )


def permission_denied(service: str, permission: str, resource: str) -> GoogleError:
    """What most APIs say of a missing role; they do not tell it from a missing resource."""
    message = f"Permission '{permission}' denied on resource '{resource}' (or resource may not exist)."
    info = Detail(
        type=_TYPE + "ErrorInfo",
        reason="IAM_PERMISSION_DENIED",
        domain="iam.googleapis.com",
        metadata={"service": service, "permission": permission, "resource": resource},
    )
    return GoogleError(
        code=403,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="forbidden"),),
        status="PERMISSION_DENIED",
        details=(info,),
    )


def not_found(resource: str) -> GoogleError:
    """No such resource, said to a caller that may see it."""
    message = f"Resource '{resource}' was not found"
    return GoogleError(
        code=404,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="notFound"),),
        status="NOT_FOUND",
    )


def quota_exceeded(service: str, project_number: int) -> GoogleError:
    """The per-minute quota of the calling user is used up."""
    message = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        f"'{service}' for consumer 'project_number:{project_number}'."
    )
    info = _info(
        "RATE_LIMIT_EXCEEDED",
        service,
        consumer=f"projects/{project_number}",
        quota_limit="defaultPerMinutePerUser",
        quota_metric=f"{service}/default",
    )
    link = _help("Request a higher quota limit.", "https://cloud.google.com/docs/quotas/help/request_increase")
    return GoogleError(
        code=429,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="rateLimitExceeded"),),
        status="RESOURCE_EXHAUSTED",
        details=(info, link),
    )


def unavailable() -> GoogleError:
    """The API's own trouble."""
    message = "The service is currently unavailable."
    return GoogleError(
        code=503,
        message=message,
        errors=(Legacy(message=message, domain="global", reason="backendError"),),
        status="UNAVAILABLE",
    )


class RefusedError(Exception):
    """A request ends here, with this error."""

    def __init__(self, error: GoogleError) -> None:
        """``error`` becomes the answer."""
        super().__init__(error.message)
        self.error = error
