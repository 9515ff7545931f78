from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.certs import Certificates
from diagnostics.lab.google import Google, now
from diagnostics.lab.iam import Permission
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import Scope
from diagnostics.lab.world import World

INSTANCE = "/projects/acme-prod/instances/orders"
CONNECT = INSTANCE + "/connectSettings"
CERT = INSTANCE + ":generateEphemeralCert"
PREFIXES = ("/sql/v1beta4", "/v1")
SPKI = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


class Api:
    """A client with one connection and an admin token."""

    def __init__(self, google: Google) -> None:
        self.google = google
        self.session = requests.Session()
        self.authorize(Scope.SQL_ADMIN)

    def authorize(self, scope: Scope) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.google.tokens.issue([scope]).value}"

    def get(self, path: str, prefix: str = "/v1") -> requests.Response:
        return self.session.get(self.google.api_endpoint + prefix + path, timeout=5)

    def post(self, path: str, body: object, prefix: str = "/v1") -> requests.Response:
        return self.session.post(self.google.api_endpoint + prefix + path, json=body, timeout=5)


@pytest.fixture
def api(google: Google) -> Iterator[Api]:
    client = Api(google)
    with client.session:
        yield client


def reasons(response: requests.Response) -> tuple[int, str, str]:
    """Status, legacy reason and ErrorInfo reason; the body repeats the status."""
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == response.status_code
    infos = [detail["reason"] for detail in error.get("details", []) if detail["@type"].endswith("ErrorInfo")]
    return response.status_code, error["errors"][0]["reason"], infos[0] if infos else ""


@pytest.mark.parametrize("prefix", PREFIXES)
def test_connect_settings_say_what_connectors_read(
    api: Api, world: World, addresses: Addresses, certificates: Certificates, prefix: str
) -> None:
    settings = api.get(CONNECT, prefix).json()
    assert settings["region"] == world.region
    assert settings["databaseVersion"].startswith("POSTGRES")
    assert settings["backendType"] == "SECOND_GEN"
    assert settings["serverCaCert"]["cert"] == certificates.server_ca_pem
    assert {each["type"]: each["ipAddress"] for each in settings["ipAddresses"]} == {
        "PRIMARY": addresses.public,
        "PRIVATE": addresses.private,
    }
    # With it, cloud-sql-proxy would speak first inside TLS.
    assert "mdxProtocolSupport" not in settings


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ephemeral_certificate_is_remembered_with_the_login_it_was_asked_with(
    api: Api, google: Google, prefix: str
) -> None:
    login = google.tokens.issue([Scope.SQL_LOGIN])
    answer = api.post(CERT, {"public_key": SPKI, "access_token": login.value}, prefix).json()
    certificate = x509.load_pem_x509_certificate(answer["ephemeralCert"]["cert"].encode())
    issued = google.ephemeral.find(certificate.serial_number)
    assert issued is not None
    assert issued.login is login


@pytest.mark.parametrize("value", ["", "ya29.unknown"])
def test_a_certificate_without_a_good_token_logs_nobody_in(api: Api, google: Google, value: str) -> None:
    answer = api.post(CERT, {"public_key": SPKI, "access_token": value}).json()
    certificate = x509.load_pem_x509_certificate(answer["ephemeralCert"]["cert"].encode())
    issued = google.ephemeral.find(certificate.serial_number)
    assert issued is not None
    assert issued.login is None


@pytest.mark.parametrize("body", [{}, {"public_key": 7}, {"public_key": "x"}, {"public_key": SPKI, "key": ""}, []])
def test_a_request_that_cannot_be_read_is_400(api: Api, body: object) -> None:
    assert api.post(CERT, body).status_code == 400


def test_without_a_token_it_is_401(api: Api) -> None:
    del api.session.headers["Authorization"]
    assert reasons(api.get(CONNECT)) == (401, "required", "CREDENTIALS_MISSING")


def test_with_a_token_that_nobody_issued_it_is_401(api: Api) -> None:
    api.session.headers["Authorization"] = "Bearer ya29.made-up"
    assert reasons(api.get(CONNECT))[:2] == (401, "authError")


def test_a_login_token_may_not_call_the_api(api: Api) -> None:
    api.authorize(Scope.SQL_LOGIN)
    assert reasons(api.get(CONNECT)) == (403, "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


@pytest.mark.parametrize(
    "path, reason",
    [
        ("/projects/acme-prod/instances/nope/connectSettings", (404, "instanceDoesNotExist", "")),
        # Another project does not even say that much.
        ("/projects/other/instances/orders/connectSettings", (403, "notAuthorized", "")),
    ],
)
def test_a_wrong_name_is_refused(api: Api, path: str, reason: tuple[int, str, str]) -> None:
    assert reasons(api.get(path)) == reason


def test_region_is_not_part_of_the_request(api: Api, world: World, switchboard: Switchboard) -> None:
    """A wrong region is for the client to notice: the API answers for the instance where it is."""
    switchboard.on("wrong-region")
    assert api.get(CONNECT).json()["region"] == world.region


@pytest.mark.parametrize(
    "fault, reason",
    [
        ("api-401", (401, "authError", "ACCESS_TOKEN_INVALID")),
        ("api-403", (403, "notAuthorized", "")),
        ("api-organization-policy", (403, "vpcServiceControls", "SECURITY_POLICY_VIOLATED")),
        ("api-quota-project", (403, "forbidden", "USER_PROJECT_DENIED")),
        ("api-disabled", (403, "accessNotConfigured", "SERVICE_DISABLED")),
        ("api-404", (404, "instanceDoesNotExist", "")),
        ("api-429", (429, "rateLimitExceeded", "RATE_LIMIT_EXCEEDED")),
        ("api-503", (503, "backendError", "")),
    ],
)
def test_fault_answers_with_its_reason_until_it_is_off(
    api: Api, switchboard: Switchboard, fault: str, reason: tuple[int, str, str]
) -> None:
    switchboard.on(fault)
    assert reasons(api.get(CONNECT)) == reason
    assert reasons(api.post(CERT, {"public_key": SPKI})) == reason
    switchboard.off(fault)
    assert api.get(CONNECT).status_code == 200


def test_disabled_api_names_the_project_by_number(api: Api, switchboard: Switchboard, world: World) -> None:
    switchboard.on("api-disabled")
    details = api.get(CONNECT).json()["error"]["details"]
    consumers = [detail["metadata"]["consumer"] for detail in details if "metadata" in detail]
    assert consumers == [f"projects/{world.project_number}"]


def test_html_is_a_page_with_status_200(api: Api, switchboard: Switchboard) -> None:
    switchboard.on("api-html")
    response = api.get(CONNECT)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")


def test_drop_lets_no_new_connection_in_and_silences_old_ones(api: Api, switchboard: Switchboard) -> None:
    """A SYN without an answer: the connect itself times out, nothing is refused."""
    assert api.get(CONNECT).status_code == 200
    switchboard.on("api-drop")
    with pytest.raises(requests.ReadTimeout):
        api.session.get(api.google.api_endpoint + "/v1" + CONNECT, timeout=0.2)
    began = monotonic()
    with requests.Session() as fresh, pytest.raises(requests.ConnectTimeout):
        fresh.get(api.google.api_endpoint, timeout=0.2)
    assert monotonic() - began >= 0.2
    switchboard.off("api-drop")
    assert api.get(CONNECT).status_code == 200


def test_absent_ip_type_is_absent_from_the_answer(api: Api, switchboard: Switchboard) -> None:
    switchboard.on("ip-type-absent")
    assert [each["type"] for each in api.get(CONNECT).json()["ipAddresses"]] == ["PRIVATE"]
    assert api.get(INSTANCE).json()["settings"]["ipConfiguration"]["ipv4Enabled"] is False


def test_stopped_instance_is_runnable_and_never_active(api: Api, switchboard: Switchboard) -> None:
    """The state of a stopped instance stays RUNNABLE, and connect settings do not tell."""
    switchboard.on("instance-stopped")
    instance = api.get(INSTANCE).json()
    assert (instance["state"], instance["settings"]["activationPolicy"]) == ("RUNNABLE", "NEVER")
    assert api.get(CONNECT).status_code == 200
    assert reasons(api.get(INSTANCE + "/users")) == (400, "invalid", "")


@pytest.mark.parametrize("fault", ["client-cert-refused", "client-cert-expired"])
def test_refused_client_certificates_are_handed_out_without_a_word(
    api: Api, switchboard: Switchboard, certificates: Certificates, fault: str
) -> None:
    switchboard.on(fault)
    answer = api.post(CERT, {"public_key": SPKI}).json()
    certificate = x509.load_pem_x509_certificate(answer["ephemeralCert"]["cert"].encode())
    [authority] = x509.load_pem_x509_certificates(certificates.client_ca_pem.encode())
    trusted = certificate.issuer == authority.subject
    current = certificate.not_valid_after_utc > now()
    assert (trusted, current) == ((False, True) if fault == "client-cert-refused" else (True, False))


def test_the_projects_other_instance_has_its_own_settings(api: Api, world: World) -> None:
    """Another instance may be attached to the revision, and then it works."""
    settings = api.get(CONNECT.replace(world.instance, world.other_instance)).json()
    assert settings["connectionName"] == world.other_connection_name
    listed = [each["name"] for each in api.get("/projects/acme-prod/instances").json()["items"]]
    assert listed == [world.instance, world.other_instance]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_dns_name_of_the_instance_resolves_to_its_settings(api: Api, world: World, prefix: str) -> None:
    """Connectors ask with the trailing dot."""
    path = f"/locations/{world.region}/dns/{world.dns_name}.:resolveConnectSettings"
    assert api.get(path, prefix).json()["connectionName"] == world.connection_name
    assert api.get(path.replace(world.dns_name, "other.sql.goog"), prefix).status_code == 404


def test_users_name_the_service_account_without_its_suffix(api: Api, world: World) -> None:
    users = {user["name"]: user.get("type", "BUILT_IN") for user in api.get(INSTANCE + "/users").json()["items"]}
    assert users == {
        world.user: "BUILT_IN",
        "postgres": "BUILT_IN",
        world.iam_user: "CLOUD_IAM_SERVICE_ACCOUNT",
        world.other_iam_user: "CLOUD_IAM_SERVICE_ACCOUNT",
    }


def test_an_account_that_is_no_user_is_not_listed(api: Api, switchboard: Switchboard, world: World) -> None:
    switchboard.on("iam-user-missing")
    assert world.iam_user not in {user["name"] for user in api.get(INSTANCE + "/users").json()["items"]}


def test_the_flag_for_iam_logins_is_as_the_fault_says(api: Api, switchboard: Switchboard) -> None:
    def flag() -> str:
        flags = api.get(INSTANCE).json()["settings"]["databaseFlags"]
        return {each["name"]: each["value"] for each in flags}["cloudsql.iam_authentication"]  # type: ignore[no-any-return]

    assert flag() == "on"
    switchboard.on("iam-flag-off")
    assert flag() == "off"


@pytest.mark.parametrize("version", ["/v3", "/v1"])
def test_own_permissions_can_be_asked(api: Api, switchboard: Switchboard, version: str) -> None:
    api.authorize(Scope.CLOUD_PLATFORM)
    asked = {"permissions": [Permission.INSTANCES_CONNECT, "cloudsql.instances.delete"]}
    path = "/projects/acme-prod:testIamPermissions"
    assert api.post(path, asked, version).json() == {"permissions": [Permission.INSTANCES_CONNECT]}
    switchboard.on("api-403")
    assert api.post(path, asked, version).json() == {}


def test_an_account_that_may_not_log_in_says_so_itself(api: Api, switchboard: Switchboard) -> None:
    api.authorize(Scope.CLOUD_PLATFORM)
    asked = {"permissions": [Permission.INSTANCES_CONNECT, Permission.INSTANCES_LOGIN]}
    path = "/projects/acme-prod:testIamPermissions"
    assert api.post(path, asked, "/v3").json() == asked
    switchboard.on("iam-login-denied")
    assert api.post(path, asked, "/v3").json() == {"permissions": [Permission.INSTANCES_CONNECT]}


def test_permissions_need_another_scope_than_the_connectors(api: Api) -> None:
    response = api.post("/projects/acme-prod:testIamPermissions", {"permissions": []}, "/v3")
    assert reasons(response) == (403, "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_calls_are_counted_without_their_secrets(api: Api, google: Google) -> None:
    api.get(CONNECT)
    [call] = google.calls
    assert (call.method, call.path, call.status) == ("GET", "/v1" + CONNECT, 200)
    assert "ya29" not in repr(call)
