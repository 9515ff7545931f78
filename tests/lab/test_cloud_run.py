"""What Cloud Run's API says of the app: the world, the route and the faults, and never a secret."""

from typing import Any

import pytest
import requests

from diagnostics.lab.keys import world_of
from diagnostics.lab.lab import Lab
from diagnostics.lab.tokens import Scope
from diagnostics.lab.world import Route, World

PLACE = "projects/acme-prod/locations/europe-west1"
REVISION = f"v2/{PLACE}/services/api/revisions/api-00042-x9k"
CONNECTOR = f"v1/{PLACE}/connectors/app-connector"

Json = dict[str, Any]


def get(lab: Lab, path: str, status: int = 200) -> Json:
    token = lab.google.tokens.issue({Scope.CLOUD_PLATFORM}).value
    answer = requests.get(f"{lab.google.api_endpoint}/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert answer.status_code == status
    read: Json = answer.json()
    return read


def arrange(lab: Lab, text: str, *faults: str, route: Route = Route.DIRECT) -> None:
    """Whatever the key: what is described needs no network that does it."""
    lab.arrange(*faults, route=route)
    lab.switchboard.replace(faults, world_of(World(run_viewer=True), text.split()))


@pytest.fixture(autouse=True)
def _default_world(lab: Lab) -> Any:
    yield
    lab.switchboard.replace((), World())


@pytest.mark.parametrize(
    "text, access",
    [
        ("egress=none", None),
        (
            "egress=all-traffic",
            {"egress": "ALL_TRAFFIC", "networkInterfaces": [{"network": "default", "subnetwork": "default"}]},
        ),
        (
            "vpc=connector",
            {"egress": "PRIVATE_RANGES_ONLY", "connector": f"{PLACE}/connectors/app-connector"},
        ),
    ],
)
def test_the_way_into_the_vpc_is_that_of_the_world(lab: Lab, text: str, access: Json | None) -> None:
    arrange(lab, text)
    assert get(lab, REVISION).get("vpcAccess") == access


@pytest.mark.parametrize(
    "faults, attached",
    [
        ((), ["acme-prod:europe-west1:orders"]),
        (("wrong-instance-attached",), ["acme-prod:europe-west1:billing"]),
        (("wrong-region",), ["acme-prod:europe-west4:orders"]),
    ],
)
def test_the_volume_holds_the_sockets_that_are_mounted(lab: Lab, faults: tuple[str, ...], attached: list[str]) -> None:
    arrange(lab, "", *faults, route=Route.SOCKET)
    found = get(lab, REVISION)
    assert [volume["cloudSqlInstance"]["instances"] for volume in found["volumes"]] == [attached]
    assert found["containers"][0]["volumeMounts"] == [{"name": "cloudsql", "mountPath": "/cloudsql"}]


@pytest.mark.parametrize(
    "faults, route", [(("instance-not-attached",), Route.SOCKET), ((), Route.DIRECT), ((), Route.CONNECTOR)]
)
def test_there_is_no_volume_where_nothing_is_mounted(lab: Lab, faults: tuple[str, ...], route: Route) -> None:
    arrange(lab, "", *faults, route=route)
    found = get(lab, REVISION)
    assert "volumes" not in found
    assert "volumeMounts" not in found["containers"][0]


def test_scaling_throttling_account_and_probe_are_those_of_the_world(lab: Lab) -> None:
    arrange(lab, "max_instances=3 cpu_throttled=on")
    found = get(lab, REVISION)
    [container] = found["containers"]
    assert found["scaling"] == {"maxInstanceCount": 3}
    assert container["resources"]["cpuIdle"] is True
    assert found["serviceAccount"] == "api@acme-prod.iam.gserviceaccount.com"
    assert container["startupProbe"]["tcpSocket"] == {"port": 8080}


def test_variables_are_the_apps_and_secrets_stay_in_secret_manager(lab: Lab) -> None:
    arrange(lab, "")
    variables = {each["name"]: each for each in get(lab, REVISION)["containers"][0]["env"]}
    assert variables["POSTGRES_DB"]["value"] == "orders"
    assert variables["POSTGRES_PASSWORD"]["valueSource"]["secretKeyRef"]["secret"] == "postgres-password"
    assert "value" not in variables["POSTGRES_PASSWORD"]


def test_a_job_is_no_service(lab: Lab) -> None:
    arrange(lab, "workload=job")
    assert get(lab, f"v2/{PLACE}/jobs/api-migrate")["template"]["taskCount"] == 1
    get(lab, REVISION, status=404)


@pytest.mark.parametrize("state", ["READY", "ERROR", "UPDATING"])
def test_the_connector_has_the_state_of_the_world(lab: Lab, state: str) -> None:
    arrange(lab, f"vpc=connector connector_state={state}")
    assert get(lab, CONNECTOR)["state"] == state


def test_without_a_connector_there_is_none(lab: Lab) -> None:
    arrange(lab, "vpc=direct")
    get(lab, CONNECTOR, status=404)


@pytest.mark.parametrize("path", [REVISION, CONNECTOR, f"v2/{PLACE}/services/other/revisions/other-1"])
def test_day_one_is_403_for_all_of_it(lab: Lab, path: str) -> None:
    arrange(lab, "vpc=connector run_viewer=off")
    error = get(lab, path, status=403)["error"]
    assert error["status"] == "PERMISSION_DENIED"
    assert error["details"][0]["reason"] == "IAM_PERMISSION_DENIED"
