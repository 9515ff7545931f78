"""Every manifest is what the API that it is for describes, and nothing else."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy import discovery
from tests.deploy.manifests import (
    CLOUD_RUN,
    KUBERNETES,
    WORKLOADS,
    Json,
    StrictLoader,
    agent,
    is_v2,
    load,
    names,
)

OLDEST = "1.29"
"""Kubernetes that has native sidecars without a feature gate."""

NEWEST = kubernetes_validate.latest_version()

SCHEMAS = Path(__file__).parent / "schemas"


def check_cloud_run(document: Json) -> None:
    if is_v2(document):
        discovery.validator("run.v2", "GoogleCloudRunV2Service").validate(document)
    else:
        discovery.validator("run.v1", document["kind"]).validate(document)


def check_kubernetes(document: Json) -> None:
    for version in (OLDEST, NEWEST):
        kubernetes_validate.validate(document, version, strict=True)


def check_ours(schema: str) -> Callable[[Json], None]:
    parsed = json.loads((SCHEMAS / schema).read_text())
    jsonschema.Draft202012Validator.check_schema(parsed)
    return jsonschema.Draft202012Validator(parsed).validate


JUDGES: dict[str, Callable[[Json], None]] = {
    **dict.fromkeys(CLOUD_RUN, check_cloud_run),
    **dict.fromkeys(KUBERNETES, check_kubernetes),
    "cloud-run/run-monitoring.yaml": check_ours("run-monitoring.json"),
    "kubernetes/pod-monitor.yaml": check_ours("pod-monitor.json"),
}


def test_every_manifest_has_a_judge() -> None:
    assert set(JUDGES) == set(names("cloud-run", "kubernetes"))


@pytest.mark.parametrize("name", JUDGES)
def test_manifest_is_what_its_api_describes(name: str) -> None:
    JUDGES[name](load(name))


@pytest.mark.parametrize("name", JUDGES)
def test_field_that_the_api_does_not_know_is_refused(name: str) -> None:
    """That the judges are strict: Cloud Run itself ignores some of these without a word."""
    document = copy.deepcopy(load(name))
    place = agent(document) if name in WORKLOADS else document["spec"]
    place["startupprobe"] = {}
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        JUDGES[name](document)


@pytest.mark.parametrize(
    "field, value",
    [
        ("dependsOn", ["app"]),
        ("startupProbe", {"exec": {"command": ["true"]}}),
        ("startupProbe", {"httpGet": {"path": "/startup", "port": "18307"}}),
        ("resources", {"limits": {"cpu": 1}}),
    ],
)
def test_what_knative_or_another_version_would_take_is_refused(field: str, value: object) -> None:
    document = copy.deepcopy(load("cloud-run/service.yaml"))
    agent(document)[field] = value
    with pytest.raises(jsonschema.ValidationError):
        check_cloud_run(document)


def test_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(yaml.constructor.ConstructorError):
        yaml.load("args: [serve]\nargs: [check]\n", StrictLoader)  # noqa: S506 - a SafeLoader
