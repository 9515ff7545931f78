from collections.abc import Iterator

import pytest
import requests

from diagnostics.lab.google import Google
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import Scope
from diagnostics.lab.world import World

ACCOUNT = "instance/service-accounts/default/"


class Metadata:
    """A client with one connection, as google-auth has."""

    def __init__(self, google: Google) -> None:
        self.session = requests.Session()
        self._base = f"http://{google.metadata_host}"

    def get(self, path: str, headers: dict[str, str] | None = None, timeout: float = 5) -> requests.Response:
        flavor = {"Metadata-Flavor": "Google"} if headers is None else headers
        url = f"{self._base}/computeMetadata/v1/{path}" if not path.startswith("/") else self._base + path
        return self.session.get(url, headers=flavor, timeout=timeout)


@pytest.fixture
def metadata(google: Google) -> Iterator[Metadata]:
    client = Metadata(google)
    with client.session:
        yield client


@pytest.mark.parametrize(
    "path, text",
    [
        ("project/project-id", "acme-prod"),
        ("project/numeric-project-id", "418093372615"),
        ("instance/region", "projects/418093372615/regions/europe-west1"),
        ("instance/zone", "projects/418093372615/zones/europe-west1-1"),
        (ACCOUNT + "email", "api@acme-prod.iam.gserviceaccount.com"),
        ("instance/service-accounts/api@acme-prod.iam.gserviceaccount.com/aliases", "default\n"),
        ("universe/universe-domain", "googleapis.com"),
        ("", "instance/\nproject/\nuniverse/\n"),
        # Node asks for the branch without its slash and follows the redirection.
        ("instance", "id\nregion\nservice-accounts/\nzone\n"),
        ("/", "computeMetadata/\n"),
    ],
)
def test_entry_says_what_cloud_run_says(metadata: Metadata, path: str, text: str) -> None:
    response = metadata.get(path)
    assert (response.status_code, response.text) == (200, text)
    assert response.headers["Metadata-Flavor"] == "Google"


@pytest.mark.parametrize(
    "path",
    [
        "instance/name",
        "instance/attributes/",
        "instance/network-interfaces/0/ip",
        "project/attributes/",
        "instance/service-accounts/other@acme-prod.iam.gserviceaccount.com/token",
        "project/project-id/more",
    ],
)
def test_what_cloud_run_does_not_have_is_404(metadata: Metadata, path: str) -> None:
    assert metadata.get(path).status_code == 404


def test_recursive_is_json_with_camel_case_names(metadata: Metadata, world: World) -> None:
    account = metadata.get(ACCOUNT + "?recursive=true")
    assert account.headers["Content-Type"].startswith("application/json")
    assert account.json() == {
        "aliases": ["default"],
        "email": world.service_account,
        "scopes": [Scope.CLOUD_PLATFORM],
    }
    project = metadata.get("project/?recursive=true").json()
    assert project == {"numericProjectId": world.project_number, "projectId": world.project}


@pytest.mark.parametrize("headers", [{}, {"Metadata-Flavor": "Google", "X-Forwarded-For": "10.0.0.1"}])
def test_a_request_that_may_be_forged_is_refused(metadata: Metadata, headers: dict[str, str]) -> None:
    assert metadata.get(ACCOUNT + "token", headers).status_code == 403


def test_token_has_the_scopes_that_were_asked_for(metadata: Metadata, google: Google) -> None:
    answer = metadata.get(f"{ACCOUNT}token?scopes={Scope.SQL_ADMIN},{Scope.SQL_LOGIN}").json()
    assert set(answer) == {"access_token", "expires_in", "token_type"}
    assert 3500 < answer["expires_in"] <= 3600
    token = google.tokens.find(answer["access_token"])
    assert token is not None
    assert token.scopes == {Scope.SQL_ADMIN, Scope.SQL_LOGIN}


def test_token_without_scopes_is_for_everything(metadata: Metadata, google: Google) -> None:
    token = google.tokens.find(metadata.get(ACCOUNT + "token").json()["access_token"])
    assert token is not None
    assert token.scopes == {Scope.CLOUD_PLATFORM}


def test_wrong_scope_gives_tokens_of_a_narrow_machine(
    metadata: Metadata, google: Google, switchboard: Switchboard
) -> None:
    switchboard.on("wrong-scope")
    token = google.tokens.find(metadata.get(f"{ACCOUNT}token?scopes={Scope.SQL_ADMIN}").json()["access_token"])
    assert token is not None
    assert not token.allows([Scope.SQL_ADMIN, Scope.SQL_LOGIN, Scope.CLOUD_PLATFORM])
    assert metadata.get(ACCOUNT + "scopes").text.split() == sorted(token.scopes)


def test_token_500_leaves_the_rest_in_order(metadata: Metadata, switchboard: Switchboard) -> None:
    switchboard.on("token-500")
    assert metadata.get(ACCOUNT + "token").status_code == 500
    assert metadata.get(ACCOUNT + "email").status_code == 200


def test_metadata_silent_says_nothing(metadata: Metadata, switchboard: Switchboard) -> None:
    switchboard.on("metadata-silent")
    with pytest.raises(requests.Timeout):
        metadata.get("project/project-id", timeout=0.3)


def test_metadata_down_refuses_old_and_new_connections_until_it_is_up_again(
    metadata: Metadata, google: Google, switchboard: Switchboard
) -> None:
    place = google.metadata_host
    assert metadata.get("project/project-id").status_code == 200
    switchboard.on("metadata-down")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            metadata.get("project/project-id")
    switchboard.off("metadata-down")
    assert metadata.get("project/project-id").status_code == 200
    assert google.metadata_host == place
