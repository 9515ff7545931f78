"""Credentials files against a token endpoint on loopback."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from diagnostics.adapters.bounded_session import LARGEST
from diagnostics.adapters.credentials import VARIABLE, FileCredentials
from diagnostics.ports import CredentialsFailed, CredentialsProblem, FileToken
from tests.adapters import listeners
from tests.adapters.test_http import Recorder, answering, url_of

# google-auth deprecated the one call that takes every kind of file, and offers nothing in its place.
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:google.auth")

SCOPE = "https://www.googleapis.com/auth/sqlservice.login"
LIMIT = 10.0
KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def service_account(token_uri: str) -> dict[str, str]:
    return {
        "type": "service_account",
        "client_email": "api@acme-prod.iam.gserviceaccount.com",
        "private_key": KEY.decode(),
        "private_key_id": "1",
        "token_uri": token_uri,
    }


PERSON = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


def token_server() -> Recorder:
    body = {"access_token": "ya29.token", "expires_in": 3600, "token_type": "Bearer"}
    return answering(headers="Content-Type: application/json\r\n", body=json.dumps(body).encode())


class KeyFile:
    """A credentials file that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, content: dict[str, str] | str) -> None:
        self.path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "key.json")


async def problem_of(path: Path, limit: float = LIMIT) -> CredentialsProblem:
    with pytest.raises(CredentialsFailed) as failed:
        await FileCredentials({VARIABLE: str(path)}).token(SCOPE, limit)
    return failed.value.problem


async def token_of(path: Path) -> FileToken:
    return await FileCredentials({VARIABLE: str(path)}).token(SCOPE, LIMIT)


async def test_a_service_accounts_file_gives_a_token_for_the_scope(file: KeyFile) -> None:
    server = token_server()
    with listeners.listening(server) as endpoint:
        file.write(service_account(url_of(endpoint, "/token")))
        token = await token_of(file.path)
    assert token.token.reveal() == "ya29.token"
    assert token.email == "api@acme-prod.iam.gserviceaccount.com"
    assert token.expires_at is not None
    assert timedelta(minutes=50) < token.expires_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_a_persons_file_asks_googles_own_endpoint(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the file names, so the test looks at the way there: a proxy on loopback that refuses."""
    proxy = answering("403 Forbidden")
    file.write(PERSON)
    with listeners.listening(proxy) as endpoint:
        monkeypatch.setenv("https_proxy", url_of(endpoint))
        assert await problem_of(file.path) is CredentialsProblem.UNREACHABLE
    assert proxy.requests[0].startswith(b"CONNECT oauth2.googleapis.com:443 ")


async def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert await problem_of(tmp_path / "nonesuch.json") is CredentialsProblem.MISSING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"type": "service_account"}',
        json.dumps(service_account("x") | {"private_key": "no"}),
    ],
)
async def test_a_file_without_credentials_is_invalid(file: KeyFile, text: str) -> None:
    file.write(text)
    assert await problem_of(file.path) is CredentialsProblem.INVALID


async def test_a_directory_is_no_credentials_file(tmp_path: Path) -> None:
    assert await problem_of(tmp_path) is CredentialsProblem.INVALID


async def test_neither_a_device_nor_a_pipe_is_a_credentials_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe"):
        assert await problem_of(path) is CredentialsProblem.INVALID


@pytest.mark.parametrize("token", ["ya29.a\r\nX-Evil: 1", "", "a b", "\N{BELL}", "x" * 20_000])
async def test_what_no_header_can_carry_is_no_token(file: KeyFile, token: str) -> None:
    body = json.dumps({"access_token": token, "expires_in": 3600}).encode()
    with listeners.listening(answering(headers="Content-Type: application/json\r\n", body=body)) as endpoint:
        file.write(service_account(url_of(endpoint, "/token")))
        assert await problem_of(file.path) in {CredentialsProblem.INVALID, CredentialsProblem.REFUSED}


async def test_a_token_endpoint_is_bounded_and_sends_us_nowhere_else(file: KeyFile) -> None:
    endless = answering(headers="Content-Type: application/json\r\n", body=b" " * (LARGEST + 1))
    with listeners.listening(endless) as endpoint:
        file.write(service_account(url_of(endpoint, "/token")))
        assert await problem_of(file.path) is CredentialsProblem.UNREACHABLE
    elsewhere = token_server()
    with listeners.listening(elsewhere) as other:
        moved = answering(status="307 Moved", headers=f"Location: {url_of(other, '/token')}\r\n")
        with listeners.listening(moved) as endpoint:
            file.write(service_account(url_of(endpoint, "/token")))
            assert await problem_of(file.path) is CredentialsProblem.REFUSED
    assert elsewhere.requests == []


async def test_a_refusal_is_not_an_unreachable_endpoint(file: KeyFile) -> None:
    refusal = answering("400 Bad Request", "Content-Type: application/json\r\n", b'{"error": "invalid_grant"}')
    with listeners.listening(refusal) as endpoint:
        file.write(service_account(url_of(endpoint)))
        assert await problem_of(file.path) is CredentialsProblem.REFUSED
    with listeners.deaf() as endpoint:
        file.write(service_account(url_of(endpoint)))
        assert await problem_of(file.path, 1.0) is CredentialsProblem.UNREACHABLE
    with listeners.refused() as endpoint:
        file.write(service_account(url_of(endpoint)))
        assert await problem_of(file.path) is CredentialsProblem.UNREACHABLE


def test_the_source_is_the_variable_or_the_file_of_gcloud(tmp_path: Path) -> None:
    home, config = tmp_path / "home", tmp_path / "config"
    for folder in (home / ".config/gcloud", config):
        folder.mkdir(parents=True)
    environ = {"HOME": str(home)}
    assert FileCredentials(environ).source() == ""
    (home / ".config/gcloud/application_default_credentials.json").touch()
    assert FileCredentials(environ).source() == str(home / ".config/gcloud/application_default_credentials.json")
    environ["CLOUDSDK_CONFIG"] = str(config)
    assert FileCredentials(environ).source() == ""
    environ[VARIABLE] = "/nonexistent"
    assert FileCredentials(environ).source() == VARIABLE
    assert FileCredentials({}).source() == ""
