"""Row 6, what a connector asks of the Cloud SQL Admin API."""

from typing import Any

import pytest
from msgspec.structs import replace

from diagnostics.check import Check, SecretName
from diagnostics.checks.admin import admin_certificate, admin_connect_settings
from diagnostics.core.facts import AdminCertificate, AdminConnectSettings
from diagnostics.core.findings import Code
from diagnostics.core.model import IpType, Target
from diagnostics.core.observed import ApiCall, ApiResult, InstanceAddress, PeerCertificate
from diagnostics.core.outcome import Outcome, passed
from diagnostics.ports import HttpAnswer
from tests.checks.google import OPTIONS, RESOURCE, error, says, sent, settings
from tests.checks.stage import (
    CONNECTOR,
    DIRECT,
    INSTANCE,
    PRIVATE_IP,
    PSC_NAME,
    PUBLIC_IP,
    SOCKET,
    env,
    fails,
    iam,
    look,
)
from tests.fakes import START, FakeHttp, FakeKeys

URL = f"{RESOURCE}/connectSettings"
CALL = ApiCall(method="GET", url=URL, result=ApiResult.ANSWER, http_status=200)
FACT = AdminConnectSettings(
    call=CALL,
    region="europe-west1",
    database_version="POSTGRES_16",
    addresses=(InstanceAddress(ip_type=IpType.PUBLIC, address=PUBLIC_IP),),
    server_ca_mode="GOOGLE_MANAGED_INTERNAL_CA",
    server_ca_pem="the instance's CA",
)


async def ask(answer: HttpAnswer | ApiResult, target: Target = CONNECTOR) -> Outcome:
    around = env(target, options=OPTIONS, http=FakeHttp({f"GET {URL}": answer}))
    return await look(admin_connect_settings, around)


async def ask_settings(target: Target = CONNECTOR, **changes: Any) -> Outcome:
    return await ask(says(settings(**changes)), target)


async def test_the_api_says_how_to_connect() -> None:
    assert await ask_settings() == passed(FACT)


async def test_an_outgoing_address_is_none_to_connect_to() -> None:
    addresses = [
        {"type": "OUTGOING", "ipAddress": "34.1.1.1"},
        {"type": "PRIVATE", "ipAddress": PRIVATE_IP},
        {"type": "PRIMARY", "ipAddress": PUBLIC_IP},
        {"type": "PRIVATE"},
    ]
    expected = (
        InstanceAddress(ip_type=IpType.PRIVATE, address=PRIVATE_IP),
        InstanceAddress(ip_type=IpType.PUBLIC, address=PUBLIC_IP),
    )
    assert await ask_settings(ipAddresses=addresses) == passed(replace(FACT, addresses=expected))


async def test_names_of_the_instance_are_read_from_both_places_once() -> None:
    """``dnsName`` is older than ``dnsNames``; a name of a cluster is another thing's."""
    names = [
        {"name": f"{PSC_NAME}.", "connectionType": "PRIVATE_SERVICE_CONNECT", "dnsScope": "INSTANCE"},
        {"name": "cluster.example.", "connectionType": "PRIVATE_SERVICE_CONNECT", "dnsScope": "CLUSTER"},
        {"name": "orders.example"},
    ]
    outcome = await ask_settings(dnsName=f"{PSC_NAME}.", dnsNames=names, pscEnabled=True)
    assert outcome == passed(replace(FACT, dns_names=(PSC_NAME, "orders.example"), psc_enabled=True))


@pytest.mark.parametrize(
    "ip_type, changes",
    [
        (IpType.PUBLIC, {}),
        (IpType.PRIVATE, {"ipAddresses": [{"type": "PRIVATE", "ipAddress": PRIVATE_IP}]}),
        (IpType.PSC, {"ipAddresses": [], "pscEnabled": True, "dnsName": PSC_NAME}),
    ],
)
async def test_an_ip_type_that_the_instance_has_passes(ip_type: IpType, changes: dict[str, Any]) -> None:
    assert (await ask_settings(replace(CONNECTOR, ip_type=ip_type), **changes)).findings == ()


@pytest.mark.parametrize(
    "ip_type, changes, present",
    [
        (IpType.PRIVATE, {}, "public"),
        (IpType.PSC, {}, "public"),
        (IpType.PSC, {"pscEnabled": True}, "public"),
        (IpType.PSC, {"dnsName": PSC_NAME}, "public"),
        (IpType.PUBLIC, {"ipAddresses": []}, ""),
        (IpType.PUBLIC, {"ipAddresses": [], "pscEnabled": True, "dnsName": PSC_NAME}, "psc"),
        (
            IpType.PUBLIC,
            {"ipAddresses": [{"type": "PRIVATE", "ipAddress": PRIVATE_IP}], "pscEnabled": True, "dnsName": PSC_NAME},
            "private, psc",
        ),
    ],
)
async def test_an_absent_ip_type_is_told_with_those_that_are_there(
    ip_type: IpType, changes: dict[str, Any], present: str
) -> None:
    outcome = await ask_settings(replace(CONNECTOR, ip_type=ip_type), **changes)
    expected = fails(Code.ADMIN_CONNECT_SETTINGS_IP_TYPE_ABSENT, ip_type, present, outcome.fact)
    assert outcome == expected


@pytest.mark.parametrize("target", [replace(DIRECT, instance=INSTANCE), SOCKET], ids=["direct", "socket"])
async def test_only_the_connector_needs_an_address_of_its_type(target: Target) -> None:
    assert (await ask_settings(target, ipAddresses=[])).findings == ()


async def test_another_region_is_a_mismatch() -> None:
    """The API answers whatever region the name has; the instance is found all the same, and connectors refuse it."""
    expected = fails(
        Code.ADMIN_CONNECT_SETTINGS_REGION_MISMATCH,
        "europe-west1",
        "us-central1",
        replace(FACT, region="us-central1"),
    )
    assert await ask_settings(region="us-central1") == expected


async def test_another_engine_is_named() -> None:
    expected = fails(
        Code.ADMIN_CONNECT_SETTINGS_NOT_POSTGRES_ENGINE, "MYSQL_8_0", fact=replace(FACT, database_version="MYSQL_8_0")
    )
    assert await ask_settings(databaseVersion="MYSQL_8_0") == expected


@pytest.mark.parametrize(
    "answer, code, other",
    [
        (ApiResult.SILENT, Code.ADMIN_CONNECT_SETTINGS_SILENT, ""),
        (ApiResult.UNRESOLVED, Code.ADMIN_CONNECT_SETTINGS_UNRESOLVED, ""),
        (error(404, message="gone"), Code.ADMIN_CONNECT_SETTINGS_NOT_FOUND, ""),
        (
            error(403, "IAM_PERMISSION_DENIED", permission="cloudsql.instances.connect"),
            Code.ADMIN_CONNECT_SETTINGS_DENIED,
            "cloudsql.instances.connect",
        ),
        (
            error(403, "SERVICE_DISABLED", consumer="projects/1234567890"),
            Code.ADMIN_CONNECT_SETTINGS_API_DISABLED,
            "1234567890",
        ),
        (says("<html>"), Code.ADMIN_CONNECT_SETTINGS_UNEXPECTED_ANSWER, ""),
        (says({"region": "europe-west1"}), Code.ADMIN_CONNECT_SETTINGS_UNEXPECTED_ANSWER, ""),
    ],
    ids=["silent", "unresolved", "404", "403", "api off", "html", "half of it"],
)
async def test_a_call_without_settings_fails_with_what_it_met(
    answer: HttpAnswer | ApiResult, code: Code, other: str
) -> None:
    outcome = await ask(answer)
    assert outcome == fails(code, str(INSTANCE), other, outcome.fact)
    assert isinstance(outcome.fact, AdminConnectSettings)
    assert outcome.fact == AdminConnectSettings(call=outcome.fact.call)


# --- admin.certificate ------------------------------------------------------------------------------------------------

SIGN = f"{RESOURCE}:generateEphemeralCert"
PEM = "-----BEGIN CERTIFICATE-----\nephemeral\n"
SIGNED = says({"ephemeralCert": {"kind": "sql#sslCert", "cert": PEM}})
KEYS = FakeKeys({PEM: PeerCertificate(common_name="x", not_after=START)})
SIGN_CALL = ApiCall(method="POST", url=SIGN, result=ApiResult.ANSWER, http_status=200)


async def test_a_certificate_is_kept_and_its_key_is_no_fact() -> None:
    around = env(CONNECTOR, options=OPTIONS, http=FakeHttp({f"POST {SIGN}": SIGNED}), keys=KEYS)
    outcome = await look(admin_certificate, around)
    assert outcome == passed(AdminCertificate(call=SIGN_CALL, not_after=START, certificate_pem=PEM))
    key = around.vault.get(SecretName.CLIENT_KEY)
    assert key is not None
    assert key.reveal() == (await KEYS.key_pair()).private_pem.reveal()


@pytest.mark.parametrize(
    "target, body",
    [(CONNECTOR, {}), (iam(CONNECTOR), {"access_token": "ya29.login-token"})],
    ids=["password", "iam"],
)
async def test_only_an_iam_login_puts_its_token_into_the_certificate(target: Target, body: dict[str, str]) -> None:
    http = FakeHttp({f"POST {SIGN}": SIGNED})
    secrets = {SecretName.LOGIN_TOKEN: "ya29.login-token"}
    await look(admin_certificate, env(target, options=OPTIONS, http=http, keys=KEYS, secrets=secrets))
    assert sent(http.calls[0]) == {"public_key": (await KEYS.key_pair()).public_pem, **body}


@pytest.mark.parametrize(
    "answer, code",
    [
        (ApiResult.CLOSED, Code.ADMIN_CERTIFICATE_CLOSED),
        (error(403, "notAuthorized"), Code.ADMIN_CERTIFICATE_DENIED),
        (error(429, "RATE_LIMIT_EXCEEDED"), Code.ADMIN_CERTIFICATE_RATE_LIMITED),
        (says({}), Code.ADMIN_CERTIFICATE_UNEXPECTED_ANSWER),
        (says({"ephemeralCert": {"cert": "not a certificate"}}), Code.ADMIN_CERTIFICATE_UNEXPECTED_ANSWER),
    ],
    ids=["closed", "403", "429", "empty", "not a certificate"],
)
async def test_a_call_without_a_certificate_fails_and_keeps_no_key(answer: HttpAnswer | ApiResult, code: Code) -> None:
    around = env(CONNECTOR, options=OPTIONS, http=FakeHttp({f"POST {SIGN}": answer}), keys=KEYS)
    outcome = await look(admin_certificate, around)
    assert outcome == fails(code, str(INSTANCE), fact=outcome.fact)
    assert isinstance(outcome.fact, AdminCertificate)
    assert outcome.fact.certificate_pem == ""
    assert around.vault.get(SecretName.CLIENT_KEY) is None


# --- where they apply -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "check, target, applies",
    [
        (admin_connect_settings, CONNECTOR, True),
        (admin_connect_settings, SOCKET, True),
        (admin_connect_settings, DIRECT, False),
        (admin_connect_settings, None, True),
        (admin_certificate, CONNECTOR, True),
        (admin_certificate, SOCKET, False),
        (admin_certificate, DIRECT, False),
        (admin_certificate, None, True),
    ],
)
def test_the_api_is_asked_where_an_instance_is_named(check: Check, target: Target | None, applies: bool) -> None:
    assert check.applies(env(target)) is applies
    assert check.cloud_only
