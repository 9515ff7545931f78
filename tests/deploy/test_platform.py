"""What the platforms ask beyond their schemas; each fact from Google's documentation of Cloud Run or of Kubernetes."""

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.deploy import discovery
from tests.deploy.manifests import AGENT, CLOUD_RUN, KUBERNETES, WORKLOADS, Json, agent, container, is_v2, load, pod

START_BUDGET = 240
"""Seconds within which a container of Cloud Run has to be up: failureThreshold x periodSeconds of its startup probe."""

SERVICES = tuple(name for name in CLOUD_RUN if "/service" in name)
JOBS = tuple(name for name in CLOUD_RUN if "/job" in name)
WITH_APP = tuple(name for name in WORKLOADS if container(load(name), "app"))


def probes(document: Json) -> Iterator[tuple[str, Json]]:
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if kind in agent(document):
            yield kind, agent(document)[kind]


@cache
def levels() -> dict[str, frozenset[str]]:
    """On which resources Cloud Run accepts each annotation, as the discovery document lists them."""
    text = discovery.document("run.v1")["schemas"]["ObjectMeta"]["properties"]["annotations"]["description"]
    found = re.findall(r"\* `([^`]+)`: ([A-Za-z, ]+)", text)
    return {name: frozenset(word.strip() for word in words.split(",") if word.strip()) for name, words in found}


def annotations(document: Json) -> Iterator[tuple[str, str]]:
    """Resource and annotation."""
    revision = {"Service": "Revision", "Job": "Execution"}[document["kind"]]
    for resource, metadata in (
        (document["kind"], document["metadata"]),
        (revision, document["spec"]["template"]["metadata"]),
    ):
        for name in metadata.get("annotations", {}):
            yield resource, name


@pytest.mark.parametrize("name", [name for name in CLOUD_RUN if not is_v2(load(name))])
def test_annotations_stand_where_cloud_run_reads_them(name: str) -> None:
    """On the wrong level they are useless without a word."""
    assert [(resource, each) for resource, each in annotations(load(name)) if resource not in levels()[each]] == []


@pytest.mark.parametrize("name", SERVICES)
def test_start_fits_what_cloud_run_allows(name: str) -> None:
    probe = agent(load(name))["startupProbe"]
    waited = probe.get("initialDelaySeconds", 0) + probe["periodSeconds"] * probe["failureThreshold"]
    assert 30 <= waited <= START_BUDGET


@pytest.mark.parametrize("name", WORKLOADS)
def test_probe_ends_before_the_next_begins(name: str) -> None:
    assert [kind for kind, probe in probes(load(name)) if probe["timeoutSeconds"] >= probe["periodSeconds"]] == []


@pytest.mark.parametrize("name", WORKLOADS)
def test_probe_that_works_gets_the_time_it_asks_for(name: str) -> None:
    for _, probe in probes(load(name)):
        asked = re.search(r"[?&]work=(\d+)", probe["httpGet"]["path"])
        assert asked is None or int(asked[1]) < probe["timeoutSeconds"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_sidecar_without_cpu_of_its_own_works_while_it_is_probed(name: str) -> None:
    """With request-based billing a background loop stands still between requests."""
    document = load(name)
    if is_v2(document):
        throttled = agent(document)["resources"].get("cpuIdle", False)
    else:
        throttled = document["spec"]["template"]["metadata"]["annotations"].get("run.googleapis.com/cpu-throttling")
        throttled = throttled != "false"
    assert throttled == ("work=" in agent(document)["livenessProbe"]["httpGet"]["path"])


def test_google_may_restart_nothing_because_of_the_database() -> None:
    paths = {
        probe["httpGet"]["path"].partition("?")[0]
        for name in WORKLOADS
        for kind, probe in probes(load(name))
        if kind == "livenessProbe"
    }
    assert paths == {"/live"}


def test_only_the_gate_waits_for_the_database() -> None:
    waiting = [
        name
        for name in WORKLOADS
        if agent(load(name)).get("startupProbe", {}).get("httpGet", {}).get("path") == "/gate"
    ]
    assert waiting == ["cloud-run/service-gate.yaml"]


@pytest.mark.parametrize("name", [name for name in SERVICES if not is_v2(load(name))])
def test_who_is_waited_for_has_a_startup_probe(name: str) -> None:
    """Otherwise the deployment is refused."""
    document = load(name)
    written = document["spec"]["template"]["metadata"]["annotations"].get("run.googleapis.com/container-dependencies")
    for waiting, waited_for in json.loads(written or "{}").items():
        assert container(document, waiting)
        assert [each for each in waited_for if "startupProbe" not in (container(document, each) or {})] == []


@pytest.mark.parametrize("name", SERVICES)
def test_one_container_takes_the_requests(name: str) -> None:
    ports = [each["ports"] for each in pod(load(name))["containers"] if "ports" in each]
    assert [len(each) for each in ports] == [1]


@pytest.mark.parametrize("name", WITH_APP)
def test_the_agent_gets_what_the_app_gets(name: str) -> None:
    """Containers of an instance or a pod share neither environment nor mounts."""
    document = load(name)
    app, ours = container(document, "app"), agent(document)
    assert app is not None
    for field in ("env", "envFrom", "volumeMounts"):
        assert [each for each in app.get(field, ()) if each not in ours.get(field, ())] == []
    assert app.get("env") or app.get("envFrom")


@pytest.mark.parametrize("name", JOBS)
def test_a_finding_is_not_looked_for_again(name: str) -> None:
    task = pod(load(name))
    assert task["maxRetries"] == 0
    assert agent(load(name))["args"][:1] == ["check"]


@pytest.mark.parametrize("name", KUBERNETES)
def test_kubernetes_container_has_no_rights(name: str) -> None:
    document = load(name)
    rights = agent(document)["securityContext"]
    assert rights == {
        "runAsNonRoot": True,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    # Google's connector writes its certificate to a file, so its temporary directory has to be writable.
    [mount] = [each for each in agent(document)["volumeMounts"] if each["mountPath"] == "/tmp"]  # noqa: S108
    [volume] = [each for each in pod(document)["volumes"] if each["name"] == mount["name"]]
    assert volume["emptyDir"]["medium"] == "Memory"


def test_native_sidecar_starts_first_and_stays() -> None:
    [ours] = pod(load("kubernetes/sidecar.yaml"))["initContainers"]
    assert (ours["name"], ours["restartPolicy"]) == (AGENT, "Always")


def test_init_container_ends() -> None:
    [ours] = pod(load("kubernetes/init-container.yaml"))["initContainers"]
    assert "restartPolicy" not in ours
    assert ours["args"][0] == "wait"


def test_pod_monitor_finds_the_sidecar() -> None:
    spec = load("kubernetes/pod-monitor.yaml")["spec"]
    template = load("kubernetes/sidecar.yaml")["spec"]["template"]
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert [each["port"] for each in spec["podMetricsEndpoints"]] == [
        agent(load("kubernetes/sidecar.yaml"))["ports"][0]["name"]
    ]


def test_collector_reads_the_configuration_from_where_it_is_mounted() -> None:
    document = load("cloud-run/service-prometheus.yaml")
    collector = container(document, "collector")
    assert collector is not None
    [mount] = collector["volumeMounts"]
    [volume] = [each for each in pod(document)["volumes"] if each["name"] == mount["name"]]
    [item] = volume["secret"]["items"]
    assert mount["mountPath"] + item["path"] == "/etc/rungmp/config.yaml"
