"""Faults of what identifies the app, and of Google's APIs."""

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.fault import Fault, Place
from diagnostics.lab.faults.rows import CONNECTOR, DIRECT, SOCKET, fails, works
from diagnostics.lab.world import IpType, Login, World


def _identity(name: str, title: str, cause: Cause) -> Fault:
    """Only what logs in by itself needs an identity: the connector, and IAM login. Google's own socket has its own."""
    expected = (
        *fails(cause, 11, CONNECTOR),
        *works(DIRECT, SOCKET),
        *fails(cause, 11, DIRECT, CONNECTOR, login=Login.IAM),
    )
    return Fault(name=name, title=title, place=Place.METADATA, expected=expected)


def _api(name: str, title: str, cause: Cause, code: int) -> Fault:
    """The platform's end of the socket needs the Admin API as the connector does; a direct connection does not."""
    expected = (*fails(cause, code, CONNECTOR, SOCKET), *works(DIRECT))
    return Fault(name=name, title=title, place=Place.ADMIN_API, expected=expected)


def _connector_only(name: str, title: str, cause: Cause, code: int) -> Fault:
    """What is wrong with the app's own calls: the platform's end of the socket makes its own."""
    expected = (*fails(cause, code, CONNECTOR), *works(DIRECT))
    return Fault(name=name, title=title, place=Place.ADMIN_API, expected=expected)


def _client_certificate(name: str, title: str) -> Fault:
    """On the socket the platform's end is refused and hangs up: the container only sees the close."""
    refused = fails(Cause.TLS_CLIENT_CERT_REFUSED, 17, CONNECTOR)
    return Fault(
        name=name,
        title=title,
        place=Place.ADMIN_API,
        expected=(*refused, *fails(Cause.PG_SERVER_CLOSED, 18, SOCKET)),
    )


def _as_the_default_account(world: World) -> World:
    """Compute Engine's, which a revision gets that names none. The account it had before still is a database user."""
    default = f"{world.project_number}-compute@developer.gserviceaccount.com"
    return replace(world, service_account=default, other_iam_user=world.iam_user)


GOOGLE = (
    _identity("metadata-down", "the metadata server refuses connections", Cause.ADC_METADATA_UNREACHABLE),
    _identity("metadata-silent", "the metadata server is silent", Cause.ADC_METADATA_UNREACHABLE),
    _identity("token-500", "the metadata server answers 500 to token requests", Cause.ADC_METADATA_UNREACHABLE),
    _identity("wrong-scope", "tokens carry none of the scopes asked for", Cause.ADC_SCOPES_INSUFFICIENT),
    Fault(
        name="default-service-account",
        title="the revision runs as the default service account, and the database user is another one",
        place=Place.METADATA,
        expected=fails(Cause.ADC_WRONG_SERVICE_ACCOUNT, 11, DIRECT, login=Login.IAM),
        world=_as_the_default_account,
    ),
    _api("api-403", "the Admin API denies the service account", Cause.IAM_MISSING_CLOUDSQL_CLIENT, 12),
    _api("api-disabled", "the Admin API is not enabled in the project", Cause.API_SQLADMIN_DISABLED, 12),
    _api("api-404", "the Admin API knows no such instance", Cause.CONFIG_INSTANCE_NAME_WRONG, 10),
    _api("api-429", "the Admin API's quota is used up", Cause.API_QUOTA_EXCEEDED, 12),
    _connector_only("api-401", "the Admin API takes no token that the app has", Cause.ADC_TOKEN_EXPIRED, 11),
    _connector_only(
        "api-organization-policy",
        "a VPC Service Controls perimeter keeps the app out of the Admin API",
        Cause.API_ORGANIZATION_POLICY,
        12,
    ),
    _connector_only(
        "api-quota-project",
        "the service account may not use the project that its calls are charged to",
        Cause.IAM_MISSING_SERVICE_USAGE,
        12,
    ),
    _api("api-503", "the Admin API answers 503", Cause.API_SERVER_ERROR, 12),
    _api("api-html", "the Admin API's address answers a web page with status 200", Cause.API_UNEXPECTED_ANSWER, 12),
    _api("api-drop", "packets to the Admin API vanish", Cause.API_UNREACHABLE, 12),
    Fault(
        name="ip-type-absent",
        title="the instance has no public address, and the connector asks for one",
        place=Place.ADMIN_API,
        expected=(*fails(Cause.INSTANCE_NO_MATCHING_IP_TYPE, 15, CONNECTOR), *works(SOCKET)),
        world=lambda world: replace(world, ip_types=(IpType.PRIVATE,)),
    ),
    _client_certificate("client-cert-refused", "the instance does not trust the signer of the ephemeral certificate"),
    _client_certificate("client-cert-expired", "the ephemeral certificate is handed out expired"),
)
