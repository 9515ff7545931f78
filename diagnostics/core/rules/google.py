"""Identity and the Cloud SQL Admin API: what a connector, and the other end of the mounted socket, need first."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import AdminCertificate, AdminConnectSettings, IdentityAccount, IdentityToken
from diagnostics.core.findings import Code
from diagnostics.core.instance import IAM_SUFFIX, login_name
from diagnostics.core.model import Login
from diagnostics.core.rules import groups, signs
from diagnostics.core.rules.rule import Rule
from diagnostics.core.trials import Changed

_METADATA = groups.ending(
    ["name_unresolved", "silent", "refused", "unreachable", "closed", "not_metadata", "error_status"],
    "metadata.server",
    "identity.",
)
_NO_WAY_OUT = ("silent", "refused", "unreachable", "closed")


def _off_google_cloud(evidence: Evidence) -> bool:
    return not evidence.platform.kind.on_google_cloud


def _from_file(evidence: Evidence) -> bool:
    fact = evidence.fact(IdentityToken)
    return fact is not None and fact.source not in {"", "metadata"}


_IDENTITY = (
    Rule(
        cause=Cause.ADC_MISSING,
        explains=_METADATA,
        confidence=Confidence.LIKELY,
        when=_off_google_cloud,
        cites=(CheckId.RUNTIME_PLATFORM,),
    ),
    Rule(
        cause=Cause.API_UNREACHABLE,
        explains=groups.ending(_NO_WAY_OUT, "identity.token"),
        confidence=Confidence.POSSIBLE,
        when=_from_file,
        cites=(CheckId.IDENTITY_TOKEN, CheckId.EGRESS_PUBLIC),
        alternatives=(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_FIREWALL_DROP),
    ),
    Rule(
        cause=Cause.ADC_METADATA_UNREACHABLE,
        explains=groups.ending(["error_status", "not_metadata"], "metadata.server", "identity."),
        confidence=Confidence.PROVEN,
        cites=(CheckId.METADATA_SERVER,),
    ),
    Rule(
        cause=Cause.ADC_METADATA_UNREACHABLE,
        explains=_METADATA,
        confidence=Confidence.LIKELY,
        cites=(CheckId.METADATA_SERVER,),
    ),
)


def _answers(*slugs: str) -> Callable[[Evidence], bool]:
    """The Admin API gave this answer, and it is on the way to the database."""
    return lambda evidence: signs.through_google(evidence) and evidence.found(*groups.api(*slugs))


def _said(cause: Cause, confidence: Confidence, *slugs: str, alternatives: tuple[Cause, ...] = ()) -> Rule:
    return Rule(
        cause=cause,
        explains=(*groups.api(*slugs), *groups.TUNNEL),
        covers=groups.beside(*slugs),
        confidence=confidence,
        when=_answers(*slugs),
        focus=lambda evidence: evidence.finding(*groups.api(*slugs)),
        cites=(CheckId.IDENTITY_ACCOUNT, CheckId.IAM_PERMISSIONS),
        alternatives=alternatives,
    )


def _named_beside_a_proxy(cause: Cause, *slugs: str) -> tuple[Rule, ...]:
    """A proxy beside the app serves the instance that it was started for, which the app's settings need not name."""
    return (
        Rule(
            cause=Cause.TCP_PROXY_HANGS_UP,
            explains=groups.TUNNEL,
            confidence=Confidence.LIKELY,
            when=lambda evidence: signs.local_host(evidence) and _answers(*slugs)(evidence),
            cites=(CheckId.ADMIN_CONNECT_SETTINGS,),
            alternatives=(cause,),
        ),
    )


def _lacks(permission: str) -> Callable[[Evidence], bool]:
    """Google's own refusal names the permission."""

    def named(evidence: Evidence) -> bool:
        facts = (evidence.fact(AdminConnectSettings), evidence.fact(AdminCertificate))
        return any(fact is not None and fact.call.permission == permission for fact in facts)

    return lambda evidence: _answers("denied")(evidence) and named(evidence)


_ADVICE = (*groups.beside("denied"), Code.IAM_PERMISSIONS_NOT_HELD)
"""What our other calls say where a role is missing."""

_DENIED = (*groups.api("denied"), *groups.TUNNEL)

_API_ANSWERS = (
    Rule(
        cause=Cause.IAM_MISSING_SERVICE_USAGE,
        explains=_DENIED,
        confidence=Confidence.PROVEN,
        when=_lacks("serviceusage.services.use"),
        focus=lambda evidence: evidence.finding(*groups.api("denied")),
        cites=(CheckId.IDENTITY_ACCOUNT,),
    ),
    Rule(
        # Connect settings were given, so the instance exists and may be seen: only the right to connect is left.
        cause=Cause.IAM_MISSING_CLOUDSQL_CLIENT,
        explains=(Code.ADMIN_CERTIFICATE_DENIED,),
        covers=_ADVICE,
        confidence=Confidence.PROVEN,
        when=lambda evidence: evidence.passed(CheckId.ADMIN_CONNECT_SETTINGS),
        cites=(CheckId.ADMIN_CONNECT_SETTINGS, CheckId.IDENTITY_ACCOUNT),
    ),
    Rule(
        cause=Cause.IAM_MISSING_CLOUDSQL_CLIENT,
        explains=_DENIED,
        covers=_ADVICE,
        confidence=Confidence.LIKELY,
        when=_answers("denied"),
        focus=lambda evidence: evidence.finding(*groups.api("denied")),
        cites=(CheckId.IDENTITY_ACCOUNT, CheckId.IAM_PERMISSIONS),
        alternatives=(Cause.CONFIG_INSTANCE_NAME_WRONG, Cause.ADC_WRONG_SERVICE_ACCOUNT),
    ),
    _said(Cause.API_SQLADMIN_DISABLED, Confidence.PROVEN, "api_disabled"),
    Rule(
        cause=Cause.ADC_SCOPES_INSUFFICIENT,
        explains=(*groups.api("scope_insufficient"), *groups.TUNNEL, Code.IDENTITY_TOKEN_SCOPE_MISSING),
        covers=groups.beside("scope_insufficient"),
        confidence=Confidence.PROVEN,
        when=_answers("scope_insufficient"),
        cites=(CheckId.IDENTITY_ACCOUNT,),
    ),
    *_named_beside_a_proxy(Cause.CONFIG_INSTANCE_NAME_WRONG, "not_found", "region_mismatch"),
    *_named_beside_a_proxy(Cause.CONFIG_NOT_POSTGRES, "not_postgres_engine"),
    _said(Cause.CONFIG_INSTANCE_NAME_WRONG, Confidence.PROVEN, "not_found", "region_mismatch"),
    _said(Cause.CONFIG_NOT_POSTGRES, Confidence.PROVEN, "not_postgres_engine"),
    _said(Cause.API_ORGANIZATION_POLICY, Confidence.PROVEN, "organization_policy"),
    _said(Cause.ADC_TOKEN_EXPIRED, Confidence.LIKELY, "unauthorized", alternatives=(Cause.RUNTIME_CLOCK_SKEW,)),
    _said(Cause.API_QUOTA_EXCEEDED, Confidence.PROVEN, "rate_limited"),
    _said(Cause.API_SERVER_ERROR, Confidence.PROVEN, "server_error"),
    _said(Cause.API_UNEXPECTED_ANSWER, Confidence.PROVEN, "unexpected_answer"),
    _said(Cause.TLS_MITM_PROXY, Confidence.LIKELY, "tls_failed", alternatives=(Cause.RUNTIME_CLOCK_SKEW,)),
)

_API_NAMES = (
    Rule(
        cause=Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
        explains=(*groups.api("unresolved"), Code.DNS_APIS_NXDOMAIN, Code.DNS_APIS_NO_ADDRESS),
        covers=groups.beside("unresolved"),
        confidence=Confidence.LIKELY,
        when=lambda evidence: evidence.found(Code.DNS_APIS_NXDOMAIN, Code.DNS_APIS_NO_ADDRESS),
        cites=(CheckId.DNS_APIS, CheckId.DNS_RESOLVER),
        alternatives=(Cause.DNS_RESOLVER_FAILURE,),
    ),
    Rule(
        cause=Cause.DNS_RESOLVER_FAILURE,
        explains=(*groups.api("unresolved"), *groups.ending(["servfail", "silent", "not_a_name"], "dns.apis")),
        covers=groups.beside("unresolved"),
        confidence=Confidence.LIKELY,
        cites=(CheckId.DNS_APIS, CheckId.DNS_RESOLVER),
    ),
)


def _iam_login(evidence: Evidence) -> bool:
    return evidence.target is not None and evidence.target.login is Login.IAM


def _flag_off(evidence: Evidence) -> bool:
    settings = signs.instance_settings(evidence)
    return (
        settings is not None and bool(settings.state) and settings.iam_authentication.lower() not in {"on", "true", "1"}
    )


def _another_principal(evidence: Evidence) -> bool:
    """The token is the container's own service account's, and the database user is named after another one."""
    account, target = evidence.fact(IdentityAccount), evidence.target
    if account is None or target is None or not account.email.endswith(IAM_SUFFIX):
        return False
    return _iam_login(evidence) and login_name(target.user).lower() != login_name(account.email).lower()


def _default_account(evidence: Evidence) -> bool:
    """Compute Engine's, which a service gets that is deployed without one."""
    account = evidence.fact(IdentityAccount)
    return account is not None and account.email.endswith("-compute@developer.gserviceaccount.com")


def _looks_like_iam(evidence: Evidence) -> bool:
    """A user with an @ is an IAM principal; sent with a password, or without any, it was not meant so."""
    target = evidence.target
    return target is not None and target.login is Login.PASSWORD and "@" in target.user


_IAM_REFUSALS = (*groups.WRONG_CREDENTIALS, Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED)


def _iam_refused(evidence: Evidence) -> bool:
    """The server knows the user as an IAM principal and refuses it, be it under its truncated name."""
    tried = evidence.trial(Cause.IAM_DB_USERNAME_WRONG, Changed.USER_TRUNCATED)
    met = tried.finding if tried else None
    return evidence.found(*groups.IAM_REFUSED) or (met is not None and met.code in groups.IAM_REFUSED)


_LOGIN = (
    Rule(
        cause=Cause.ADC_SCOPES_INSUFFICIENT,
        explains=(*_IAM_REFUSALS, Code.IDENTITY_TOKEN_SCOPE_MISSING),
        confidence=Confidence.LIKELY,
        when=lambda evidence: _iam_login(evidence) and evidence.found(Code.IDENTITY_TOKEN_SCOPE_MISSING),
        cites=(CheckId.IDENTITY_TOKEN,),
    ),
    Rule(
        cause=Cause.IAM_DB_USERNAME_WRONG,
        explains=(Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED,),
        confidence=Confidence.LIKELY,
        cites=(CheckId.IDENTITY_ACCOUNT,),
        tries=Changed.USER_TRUNCATED,
    ),
    Rule(
        # Nobody names a database user after the default account: the revision lost the account that it is to run as.
        cause=Cause.ADC_WRONG_SERVICE_ACCOUNT,
        explains=_IAM_REFUSALS,
        confidence=Confidence.LIKELY,
        when=lambda evidence: _another_principal(evidence) and _default_account(evidence),
        cites=(CheckId.IDENTITY_ACCOUNT, CheckId.RUN_REVISION),
        alternatives=(Cause.IAM_DB_USERNAME_WRONG,),
    ),
    Rule(
        cause=Cause.IAM_DB_USERNAME_WRONG,
        explains=_IAM_REFUSALS,
        confidence=Confidence.LIKELY,
        when=_another_principal,
        cites=(CheckId.IDENTITY_ACCOUNT,),
    ),
    Rule(
        cause=Cause.IAM_DB_AUTH_NOT_ENABLED,
        explains=(*groups.WRONG_CREDENTIALS, Code.POSTGRES_AUTH_NO_PASSWORD),
        confidence=Confidence.LIKELY,
        when=_looks_like_iam,
        alternatives=(Cause.PG_AUTH_PASSWORD,),
    ),
    Rule(
        cause=Cause.IAM_DB_AUTH_NOT_ENABLED,
        explains=_IAM_REFUSALS,
        confidence=Confidence.LIKELY,
        when=lambda evidence: _iam_login(evidence) and _flag_off(evidence),
        cites=(CheckId.ADMIN_INSTANCE,),
    ),
    Rule(
        cause=Cause.IAM_MISSING_INSTANCES_LOGIN,
        explains=(*groups.IAM_REFUSED, Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED, Code.IAM_PERMISSIONS_NOT_HELD),
        confidence=Confidence.LIKELY,
        when=_iam_refused,
        cites=(CheckId.IDENTITY_ACCOUNT, CheckId.IAM_PERMISSIONS),
        alternatives=(Cause.IAM_DB_USER_MISSING, Cause.IAM_DB_USERNAME_WRONG, Cause.IAM_DB_TOKEN_INVALID),
    ),
    Rule(
        # The server asked for a plain password: it does not know this name as an IAM user.
        cause=Cause.IAM_DB_USER_MISSING,
        explains=_IAM_REFUSALS,
        confidence=Confidence.POSSIBLE,
        when=_iam_login,
        cites=(CheckId.IDENTITY_ACCOUNT, CheckId.ADMIN_INSTANCE),
        alternatives=(Cause.IAM_DB_USERNAME_WRONG, Cause.IAM_DB_AUTH_NOT_ENABLED),
    ),
)

RULES: tuple[Rule, ...] = (*_IDENTITY, *_API_ANSWERS, *_API_NAMES, *_LOGIN)
