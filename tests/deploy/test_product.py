"""Whatever a manifest or its page asks of us exists: verbs, flags, variables, paths, ports."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.core.model import Dialect, Route
from diagnostics.settings import resolve, select, task_of
from diagnostics.settings.model import DEFAULT_PORT
from diagnostics.settings.options import OPTIONS, PREFIX
from diagnostics.settings.own import READ_ELSEWHERE
from diagnostics.surfaces.flags import flags_of
from diagnostics.surfaces.services import Verb
from diagnostics.surfaces.sidecar.operations import OPERATIONS
from tests.deploy.manifests import (
    AGENT,
    CLOUD_RUN,
    DEPLOY,
    KUBERNETES,
    REPO,
    WORKLOADS,
    Json,
    agent,
    containers,
    load,
    names,
)
from tests.settings.around import MadeUpFiles

URL = "postgresql+asyncpg://api:kT8v-Qm2@/orders?host=/cloudsql/acme-prod:europe-west1:orders"
PAGES = (*sorted(DEPLOY.rglob("*.md")), *sorted((REPO / "docs" / "howto").glob("*.md")))

PLATFORMS = {
    "service": {"K_SERVICE": "api", "K_REVISION": "api-00042-x9k"},
    "job": {"CLOUD_RUN_JOB": "why", "CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "1"},
    "kubernetes": {"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
}
"""What each platform sets in a container besides what the manifest says."""


def paths() -> set[str]:
    """What ``serve`` answers."""
    return {operation.path for operation in OPERATIONS}


def targets() -> str:
    """The targets of the job, with names in place of what a reader fills in."""
    text = (DEPLOY / "cloud-run" / "targets.toml").read_text()
    return text.replace("PROJECT", "acme-prod").replace("REGION", "europe-west1").replace("NAME", "api")


def platform(name: str) -> str:
    if name in KUBERNETES:
        return "kubernetes"
    return "job" if "/job" in name else "service"


def environ(document: Json) -> dict[str, str]:
    """The variables of our container, with a URL in place of a secret's content."""
    env = agent(document).get("env", ())
    secrets = {"DATABASE_URL": URL} if "envFrom" in agent(document) else {}
    return {each["name"]: each.get("value", URL) for each in env} | secrets


def flags_in(words: list[str]) -> dict[str, str]:
    """What was given to the verb; AssertionError for a flag that it does not have."""
    verb = Verb(words[0])
    switches = {flag.name: not flag.metavar for flag in flags_of(verb)} | {"output": False}
    given: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        if word == "--":
            break
        name = "output" if word == "-o" else word.removeprefix("--")
        assert word.startswith("-"), f"{word} is no flag"
        assert name in switches, f"{verb} has no {word}"
        given[name] = "true" if switches[name] else next(rest)
    return given


@pytest.mark.parametrize("name", WORKLOADS)
def test_manifest_starts_the_agent_with_settings_that_come_to_a_target(name: str) -> None:
    document = load(name)
    variables = environ(document) | PLATFORMS[platform(name)]
    flags = {key: value for key, value in flags_in(agent(document)["args"]).items() if key != "output"}
    config = {flags["config"]: targets()} if "config" in flags else {}
    loaded = resolve(variables, flags, MadeUpFiles(config))
    for resolution in select(loaded, task_of(variables)):
        assert (resolution.problems, resolution.remarks) == ((), ())
        assert resolution.target is not None


def test_url_of_these_tests_is_one_of_an_app_on_a_socket() -> None:
    """Otherwise the test above would show nothing."""
    [resolution] = resolve({"DATABASE_URL": URL}, {}, MadeUpFiles()).resolutions
    assert resolution.target is not None
    assert (resolution.target.route, resolution.target.dialect) == (Route.SOCKET, Dialect.ASYNCPG)


@pytest.mark.parametrize("name", WORKLOADS)
def test_probes_ask_for_paths_that_there_are_on_the_port_that_is_served(name: str) -> None:
    document = load(name)
    variables = environ(document) | PLATFORMS[platform(name)]
    ports = {each.get("name", ""): each["containerPort"] for each in agent(document).get("ports", ())}
    if ports and platform(name) == "service":
        [variables["PORT"]] = map(str, ports.values())
    invocation = resolve(variables, {}, MadeUpFiles()).invocation
    assert invocation.bind == "0.0.0.0"
    for kind in ("startupProbe", "livenessProbe"):
        probe = agent(document).get(kind, {}).get("httpGet")
        if probe:
            assert probe["path"].partition("?")[0] in paths()
            assert ports.get(probe["port"], probe["port"]) == invocation.port


def test_the_targets_are_spread_over_the_tasks() -> None:
    """Of two targets and four tasks two are left without one; together they look at each once."""
    document = load("cloud-run/job-targets.yaml")
    count = document["spec"]["template"]["spec"]["taskCount"]
    flags = {"all": "true", "config": "targets.toml"}
    files = MadeUpFiles({"targets.toml": targets()})
    loaded = resolve(environ(document), flags, files)
    tasks = [{"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": str(count)} for index in range(count)]
    taken = [each.name for task in tasks for each in select(loaded, task_of(task))]
    assert sorted(taken) == sorted(each.name for each in loaded.resolutions)


def test_monitoring_scrapes_the_port_and_path_that_are_served() -> None:
    [endpoint] = load("cloud-run/run-monitoring.yaml")["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"] in paths()) == (DEFAULT_PORT, True)
    assert agent(load("cloud-run/service-prometheus.yaml")).get("env", [{}])[0].get("name") != f"{PREFIX}PORT"


def test_variables_of_ours_exist() -> None:
    known = {option.variable for option in OPTIONS} | {f"{option.variable}_FILE" for option in OPTIONS} | READ_ELSEWHERE
    texts = [path.read_text() for path in (*DEPLOY.rglob("*.yaml"), *PAGES)]
    named = {each for text in texts for each in re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", text)}
    assert named <= known


def commands(page: Path) -> Iterator[list[str]]:
    """Words after ``cloudsql-diag`` in the code of a page, up to what a shell would end the command with."""
    for line in re.sub(r"\\\n\s*", " ", page.read_text()).splitlines():
        found = re.match(r"(?:    |```|CMD |\s*)(?:\$ )?cloudsql-diag ((?:check|wait|serve|config)\b[^`#|>]*)", line)
        if found:
            yield shlex.split(found[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_have_the_flags_that_it_gives_them(page: Path) -> None:
    for words in commands(page):
        flags_in(words)


def test_every_manifest_is_on_a_page() -> None:
    pages = "\n".join(page.read_text() for page in PAGES)
    assert [name for name in names("cloud-run", "kubernetes") if name.rpartition("/")[2] not in pages] == []


@pytest.mark.parametrize("name", CLOUD_RUN)
def test_image_is_the_same_everywhere(name: str) -> None:
    images = {each["image"].rpartition("/")[2] for each in containers(load(name)) if each["name"] == AGENT}
    assert images == {"cloudsql-diag:VERSION"}
