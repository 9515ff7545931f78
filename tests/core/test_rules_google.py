"""Identity, the Admin API and IAM login: each rule, and the nearest run that it must not take."""

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import (
    AdminCertificate,
    IdentityAccount,
    IdentityToken,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    IpType,
    Login,
    Platform,
    PlatformKind,
    Route,
)
from diagnostics.core.observed import ApiResult, Reach
from diagnostics.core.outcome import Run, passed
from tests.core.stories import (
    API_DENIED,
    CLOSED,
    LAPTOP,
    call,
    dial,
    fail,
    instance,
    settings,
    settings_call,
    story,
    target,
    warn,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
GKE = Platform(kind=PlatformKind.GKE)
IAM = {"login": Login.IAM, "user": "api@acme-prod.iam"}

Row = tuple[str, Run, Cause, Confidence]


IDENTITY: list[Row] = [
    (
        "metadata server silent",
        story(C, {CheckId.METADATA_SERVER: fail(Code.METADATA_SERVER_SILENT)}),
        Cause.ADC_METADATA_UNREACHABLE,
        LIKELY,
    ),
    (
        "metadata server silent on a laptop",
        story(C, {CheckId.METADATA_SERVER: fail(Code.METADATA_SERVER_SILENT)}, platform=LAPTOP),
        Cause.ADC_MISSING,
        LIKELY,
    ),
    (
        "token 500",
        story(C, {CheckId.IDENTITY_TOKEN: fail(Code.IDENTITY_TOKEN_ERROR_STATUS)}),
        Cause.ADC_METADATA_UNREACHABLE,
        PROVEN,
    ),
    (
        "token of a file, and no way to Google",
        story(
            C,
            {
                CheckId.IDENTITY_TOKEN: fail(
                    Code.IDENTITY_TOKEN_SILENT, IdentityToken(source="GOOGLE_APPLICATION_CREDENTIALS")
                )
            },
        ),
        Cause.API_UNREACHABLE,
        POSSIBLE,
    ),
    (
        "no credentials",
        story(C, {CheckId.IDENTITY_TOKEN: fail(Code.IDENTITY_TOKEN_NO_CREDENTIALS)}, platform=LAPTOP),
        Cause.ADC_MISSING,
        PROVEN,
    ),
    (
        "token denied on GKE",
        story(C, {CheckId.IDENTITY_TOKEN: fail(Code.IDENTITY_TOKEN_DENIED)}, platform=GKE),
        Cause.ADC_IMPERSONATION_DENIED,
        LIKELY,
    ),
    (
        "scope missing, by the API",
        story(
            C,
            {
                CheckId.IDENTITY_TOKEN: warn(Code.IDENTITY_TOKEN_SCOPE_MISSING),
                **settings_call(Code.ADMIN_CONNECT_SETTINGS_SCOPE_INSUFFICIENT, ApiResult.SCOPE_INSUFFICIENT),
            },
        ),
        Cause.ADC_SCOPES_INSUFFICIENT,
        PROVEN,
    ),
    (
        "scope missing, by the database",
        story(
            D,
            {
                CheckId.IDENTITY_TOKEN: warn(Code.IDENTITY_TOKEN_SCOPE_MISSING),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED),
            },
            subject=target(D, **IAM),
        ),
        Cause.ADC_SCOPES_INSUFFICIENT,
        LIKELY,
    ),
    (
        "IAM name with its suffix",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED)}, subject=target(D, **IAM)),
        Cause.IAM_DB_USERNAME_WRONG,
        LIKELY,
    ),
    (
        "IAM login refused",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED)}, subject=target(D, **IAM)),
        Cause.IAM_MISSING_INSTANCES_LOGIN,
        LIKELY,
    ),
    (
        "IAM login refused, and the flag is off",
        story(
            D,
            {CheckId.ADMIN_INSTANCE: instance(), CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED)},
            subject=target(D, **IAM),
        ),
        Cause.IAM_DB_AUTH_NOT_ENABLED,
        LIKELY,
    ),
    (
        "IAM login refused, and the flag is on",
        story(
            D,
            {
                CheckId.ADMIN_INSTANCE: instance(iam_authentication="on"),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED),
            },
            subject=target(D, **IAM),
        ),
        Cause.IAM_MISSING_INSTANCES_LOGIN,
        LIKELY,
    ),
    (
        "an IAM name that the server asks a password of",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD)}, subject=target(D, **IAM)),
        Cause.IAM_DB_USER_MISSING,
        POSSIBLE,
    ),
    (
        "the default account, and a database user of an account of its own",
        story(
            D,
            {
                CheckId.IDENTITY_ACCOUNT: passed(
                    IdentityAccount(email="418093372615-compute@developer.gserviceaccount.com")
                ),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED),
            },
            subject=target(D, **IAM),
        ),
        Cause.ADC_WRONG_SERVICE_ACCOUNT,
        LIKELY,
    ),
    (
        "the database user of another service account",
        story(
            D,
            {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_IAM_REFUSED)},
            subject=target(D, login=Login.IAM, user="worker@acme-prod.iam"),
        ),
        Cause.IAM_DB_USERNAME_WRONG,
        LIKELY,
    ),
    (
        "an IAM user with a password",
        story(
            D,
            {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD)},
            subject=target(D, user="api@acme-prod.iam"),
        ),
        Cause.IAM_DB_AUTH_NOT_ENABLED,
        LIKELY,
    ),
]


ADMIN_API: list[Row] = [
    ("403", story(C, API_DENIED), Cause.IAM_MISSING_CLOUDSQL_CLIENT, LIKELY),
    (
        "403 that names the quota project's permission",
        story(
            C,
            settings_call(Code.ADMIN_CONNECT_SETTINGS_DENIED, ApiResult.DENIED, permission="serviceusage.services.use"),
        ),
        Cause.IAM_MISSING_SERVICE_USAGE,
        PROVEN,
    ),
    (
        "403 for the certificate alone",
        story(
            C,
            {
                CheckId.ADMIN_CERTIFICATE: fail(
                    Code.ADMIN_CERTIFICATE_DENIED, AdminCertificate(call=call(ApiResult.DENIED))
                )
            },
        ),
        Cause.IAM_MISSING_CLOUDSQL_CLIENT,
        PROVEN,
    ),
    ("403 behind the socket", story(S, {**API_DENIED, **CLOSED}), Cause.IAM_MISSING_CLOUDSQL_CLIENT, LIKELY),
    (
        "403 beside a direct connection that closes",
        story(D, {**API_DENIED, **CLOSED}),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    *[
        (
            f"{slug} behind the {route.value}",
            story(route, {CheckId.ADMIN_CONNECT_SETTINGS: fail(code), **(CLOSED if route is S else {})}),
            cause,
            confidence,
        )
        for slug, cause, confidence in (
            ("api_disabled", Cause.API_SQLADMIN_DISABLED, PROVEN),
            ("not_found", Cause.CONFIG_INSTANCE_NAME_WRONG, PROVEN),
            ("region_mismatch", Cause.CONFIG_INSTANCE_NAME_WRONG, PROVEN),
            ("rate_limited", Cause.API_QUOTA_EXCEEDED, PROVEN),
            ("server_error", Cause.API_SERVER_ERROR, PROVEN),
            ("unexpected_answer", Cause.API_UNEXPECTED_ANSWER, PROVEN),
            ("unauthorized", Cause.ADC_TOKEN_EXPIRED, LIKELY),
            ("tls_failed", Cause.TLS_MITM_PROXY, LIKELY),
            ("organization_policy", Cause.API_ORGANIZATION_POLICY, PROVEN),
            ("not_postgres_engine", Cause.CONFIG_NOT_POSTGRES, PROVEN),
            ("silent", Cause.API_UNREACHABLE, POSSIBLE),
            ("refused", Cause.API_UNREACHABLE, POSSIBLE),
        )
        for code in (Code(f"admin.connect_settings.{slug}"),)
        for route in (C, S)
    ],
    (
        "no address of the kind",
        story(C, {CheckId.ADMIN_CONNECT_SETTINGS: fail(Code.ADMIN_CONNECT_SETTINGS_IP_TYPE_ABSENT)}),
        Cause.INSTANCE_NO_MATCHING_IP_TYPE,
        PROVEN,
    ),
    (
        "no address of the kind does not matter on the socket",
        story(
            S,
            {
                CheckId.ADMIN_CONNECT_SETTINGS: warn(
                    Code.ADMIN_CONNECT_SETTINGS_IP_TYPE_ABSENT, settings(IpType.PRIVATE)
                ),
                **CLOSED,
            },
        ),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    (
        "API name unknown",
        story(
            C,
            {
                CheckId.DNS_APIS: warn(Code.DNS_APIS_NXDOMAIN),
                CheckId.ADMIN_CONNECT_SETTINGS: fail(Code.ADMIN_CONNECT_SETTINGS_UNRESOLVED),
            },
        ),
        Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
        LIKELY,
    ),
    (
        "API name not resolved",
        story(C, {CheckId.ADMIN_CONNECT_SETTINGS: fail(Code.ADMIN_CONNECT_SETTINGS_UNRESOLVED)}),
        Cause.DNS_RESOLVER_FAILURE,
        LIKELY,
    ),
    (
        "403 behind a proxy of one's own",
        story(
            D,
            {
                **API_DENIED,
                CheckId.TCP_CONNECT: dial(OPEN, "127.0.0.1"),
                CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED),
            },
            subject=target(D, host="127.0.0.1"),
        ),
        Cause.IAM_MISSING_CLOUDSQL_CLIENT,
        LIKELY,
    ),
]

ROWS = [*IDENTITY, *ADMIN_API]


@pytest.mark.parametrize("name, run, cause, confidence", ROWS, ids=[row[0] for row in ROWS])
def test_one_cause(name: str, run: Run, cause: Cause, confidence: Confidence) -> None:
    assert [(found.cause, found.confidence) for found in diagnose(run)] == [(cause, confidence)]
