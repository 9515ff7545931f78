"""Row 6, what a connector asks of the Cloud SQL Admin API: how to connect, and a certificate to connect with."""

from diagnostics.api_call import LIMIT, ApiRequest, as_answered, call_api, finding_of
from diagnostics.check import Env, SecretName, check
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminCertificate, AdminConnectSettings, Facts
from diagnostics.core.findings import Code
from diagnostics.core.foreign import MOST
from diagnostics.core.google_api import (
    CertificateRequest,
    ConnectSettingsBody,
    DnsNameBody,
    EphemeralCertBody,
    request_body,
)
from diagnostics.core.instance import api_path, psc_name
from diagnostics.core.model import Finding, InstanceName, IpType, Login, Route
from diagnostics.core.observed import ApiCall, InstanceAddress
from diagnostics.core.outcome import Outcome, failed, passed

DEADLINE = LIMIT + 0.5
"""Seconds for a check around one call."""

_IP_TYPES = {"PRIMARY": IpType.PUBLIC, "PRIVATE": IpType.PRIVATE}
"""The API's words for the two kinds of address a client can connect to."""


@check(
    CheckId.ADMIN_CONNECT_SETTINGS,
    title="The Admin API says how to connect to the instance",
    timeout=DEADLINE,
    on_timeout=Code.ADMIN_CONNECT_SETTINGS_SILENT,
    requires=(CheckId.CONFIG_TARGET, CheckId.IDENTITY_TOKEN),
    applies=lambda env: env.resolution.target is None or env.target.instance is not None,
    cloud_only=True,
)
async def admin_connect_settings(env: Env, facts: Facts) -> Outcome:
    instance = env.instance
    request = ApiRequest(method="GET", url=f"{api_path(env.options.sqladmin_endpoint, instance)}/connectSettings")
    call, body = await call_api(env, request, ConnectSettingsBody)
    if body is None:
        finding = finding_of(CheckId.ADMIN_CONNECT_SETTINGS, call, str(instance))
        return as_answered(call, failed(AdminConnectSettings(call=call), finding))
    fact = _settings(call, body)
    problem = _mismatch(fact, instance, env)
    return failed(fact, problem) if problem else passed(fact)


@check(
    CheckId.ADMIN_CERTIFICATE,
    title="The Admin API signs a client certificate",
    timeout=DEADLINE,
    on_timeout=Code.ADMIN_CERTIFICATE_SILENT,
    requires=(CheckId.CONFIG_TARGET, CheckId.IDENTITY_TOKEN, CheckId.ADMIN_CONNECT_SETTINGS),
    applies=lambda env: env.resolution.target is None or env.target.route is Route.CONNECTOR,
    cloud_only=True,
)
async def admin_certificate(env: Env, facts: Facts) -> Outcome:
    pair = await env.keys.key_pair()
    token = env.vault.get(SecretName.LOGIN_TOKEN) if env.target.login is Login.IAM else None
    wanted = CertificateRequest(public_key=pair.public_pem, access_token=token.reveal() if token else "")
    url = f"{api_path(env.options.sqladmin_endpoint, env.instance)}:generateEphemeralCert"
    call, body = await call_api(env, ApiRequest(method="POST", url=url, body=request_body(wanted)), EphemeralCertBody)
    if body is None:
        finding = finding_of(CheckId.ADMIN_CERTIFICATE, call, str(env.instance))
        return as_answered(call, failed(AdminCertificate(call=call), finding))
    try:
        certificate = env.keys.certificate(body.ephemeral_cert.cert)
    except ValueError:
        return failed(
            AdminCertificate(call=call), Finding(code=Code.ADMIN_CERTIFICATE_UNEXPECTED_ANSWER, about=str(env.instance))
        )
    env.vault.put(SecretName.CLIENT_KEY, pair.private_pem)
    return passed(
        AdminCertificate(call=call, not_after=certificate.not_after, certificate_pem=body.ephemeral_cert.cert)
    )


def _settings(call: ApiCall, body: ConnectSettingsBody) -> AdminConnectSettings:
    addresses = tuple(
        InstanceAddress(ip_type=_IP_TYPES[entry.type], address=entry.ip_address)
        for entry in body.ip_addresses
        if entry.type in _IP_TYPES and entry.ip_address
    )
    return AdminConnectSettings(
        call=call,
        region=body.region,
        database_version=body.database_version,
        addresses=addresses[:MOST],
        dns_names=tuple(dict.fromkeys(entry.name.rstrip(".") for entry in _instance_names(body)))[:MOST],
        psc_enabled=body.psc_enabled,
        server_ca_mode=body.server_ca_mode,
        server_ca_pem=body.server_ca_cert.cert,
    )


def _instance_names(body: ConnectSettingsBody) -> tuple[DnsNameBody, ...]:
    """Names of the instance itself; ``dnsName`` is the older single one."""
    older = (DnsNameBody(name=body.dns_name),) if body.dns_name else ()
    return tuple(entry for entry in body.dns_names if entry.dns_scope in ("", "INSTANCE")) + older


def _mismatch(fact: AdminConnectSettings, instance: InstanceName, env: Env) -> Finding | None:
    """The API answers for any region in the name: whether it is the right one is left to the client."""
    if fact.region != instance.region:
        return Finding(code=Code.ADMIN_CONNECT_SETTINGS_REGION_MISMATCH, about=instance.region, other=fact.region)
    if not fact.database_version.startswith("POSTGRES"):
        return Finding(code=Code.ADMIN_CONNECT_SETTINGS_NOT_POSTGRES_ENGINE, about=fact.database_version)
    wanted, present = env.target.ip_type, _ip_types(fact)
    if env.target.route is Route.CONNECTOR and wanted not in present:
        return Finding(code=Code.ADMIN_CONNECT_SETTINGS_IP_TYPE_ABSENT, about=wanted, other=", ".join(present))
    return None


def _ip_types(fact: AdminConnectSettings) -> tuple[IpType, ...]:
    """What the instance can be reached by: an address of the type, or the name of its endpoint."""
    by_name = (IpType.PSC,) if psc_name(fact) else ()
    return (*dict.fromkeys(entry.ip_type for entry in fact.addresses), *by_name)
