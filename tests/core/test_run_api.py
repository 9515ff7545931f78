"""What is read of a deployment is what Google's own discovery documents call it."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from diagnostics.core import deployment, run_api
from diagnostics.core.model import Platform, PlatformKind

RUN = "GoogleCloudRunV2"
SHAPES: dict[type[msgspec.Struct], tuple[str, str]] = {
    run_api.RevisionBody: ("run.v2", f"{RUN}Revision"),
    run_api.DeployedBody: ("run.v2", f"{RUN}TaskTemplate"),
    run_api.ExecutionTemplateBody: ("run.v2", f"{RUN}ExecutionTemplate"),
    run_api.JobBody: ("run.v2", f"{RUN}Job"),
    run_api.VpcAccessBody: ("run.v2", f"{RUN}VpcAccess"),
    run_api.InterfaceBody: ("run.v2", f"{RUN}NetworkInterface"),
    run_api.VolumeBody: ("run.v2", f"{RUN}Volume"),
    run_api.CloudSqlBody: ("run.v2", f"{RUN}CloudSqlInstance"),
    run_api.MountBody: ("run.v2", f"{RUN}VolumeMount"),
    run_api.ContainerBody: ("run.v2", f"{RUN}Container"),
    run_api.PortBody: ("run.v2", f"{RUN}ContainerPort"),
    run_api.ProbeBody: ("run.v2", f"{RUN}Probe"),
    run_api.ResourcesBody: ("run.v2", f"{RUN}ResourceRequirements"),
    run_api.ScalingBody: ("run.v2", f"{RUN}RevisionScaling"),
    run_api.ConnectorBody: ("vpcaccess.v1", "Connector"),
    run_api.SubnetBody: ("vpcaccess.v1", "Subnet"),
}
TYPES = {str: "string", int: "integer", bool: "boolean"}

NOT_THERE = {(run_api.DeployedBody, "annotations")}
"""A task has none of its own; a revision has."""


@cache
def schemas(document: str) -> dict[str, Any]:
    text = files("googleapiclient.discovery_cache").joinpath(f"documents/{document}.json").read_text()
    found: dict[str, Any] = json.loads(text)["schemas"]
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_has_the_name_and_type_that_google_gives_it(shape: type[msgspec.Struct]) -> None:
    document, name = SHAPES[shape]
    properties = schemas(document)[name]["properties"]
    for field in msgspec.structs.fields(shape):
        if (shape, field.name) not in NOT_THERE:
            documented = properties[field.encode_name]
            assert TYPES.get(field.type, documented.get("type")) == documented.get("type"), field.name


def test_every_egress_setting_that_google_knows_is_known() -> None:
    documented = schemas("run.v2")[f"{RUN}VpcAccess"]["properties"]["egress"]["enum"]
    for word in documented:
        assert run_api.egress_of(run_api.VpcAccessBody(connector="c", egress=word)) is not None


@pytest.mark.parametrize(
    "kind, path",
    [
        (PlatformKind.CLOUD_RUN_SERVICE, "projects/p/locations/r/services/s/revisions/v"),
        (PlatformKind.CLOUD_RUN_JOB, "projects/p/locations/r/jobs/s"),
        (PlatformKind.CLOUD_RUN_WORKER_POOL, "projects/p/locations/r/workerPools/s/revisions/v"),
        (PlatformKind.CLOUD_RUN_UNKNOWN, ""),
        (PlatformKind.GKE, ""),
    ],
)
def test_each_platform_has_its_resource(kind: PlatformKind, path: str) -> None:
    assert deployment.deployment_path(Platform(kind=kind, service="s", revision="v"), "p", "r") == path


@pytest.mark.parametrize(
    "named, path",
    [
        ("projects/host/locations/r2/connectors/c", "projects/host/locations/r2/connectors/c"),
        ("c", "projects/p/locations/r/connectors/c"),
        ("../../secrets", "projects/p/locations/r/connectors/secrets"),
        ("c?x=1", "projects/p/locations/r/connectors/c%3Fx%3D1"),
    ],
)
def test_a_connector_is_found_by_either_of_its_names(named: str, path: str) -> None:
    assert deployment.connector_path(named, "p", "r") == path
