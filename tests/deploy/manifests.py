"""The manifests of docs/deploy as values: parsed strictly, and their containers whatever the platform calls them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

REPO = Path(__file__).parents[2]
DEPLOY = REPO / "docs" / "deploy"
AGENT = "cloudsql-diag"
"""Name of our container in every manifest."""

Json: TypeAlias = dict[str, Any]


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: the first one would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT002 - PyYAML's
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


@cache
def load(name: str) -> Json:
    """The one document of a file below docs/deploy."""
    document = yaml.load((DEPLOY / name).read_text(), StrictLoader)  # noqa: S506 - a SafeLoader
    assert isinstance(document, dict)
    return document


def names(*folders: str) -> tuple[str, ...]:
    """Every YAML file in these folders."""
    found = (path for folder in folders for path in sorted((DEPLOY / folder).glob("*.yaml")))
    return tuple(str(path.relative_to(DEPLOY)) for path in found)


CLOUD_RUN = tuple(name for name in names("cloud-run") if "run-monitoring" not in name)
KUBERNETES = tuple(name for name in names("kubernetes") if "pod-monitor" not in name)
WORKLOADS = (*CLOUD_RUN, *KUBERNETES)


def is_v2(document: Json) -> bool:
    """Whether it is in the words of Cloud Run's Admin API v2, which has no kind."""
    return "kind" not in document


def pod(document: Json) -> Json:
    """What holds the containers: revision, task, or pod."""
    if is_v2(document):
        template: Json = document["template"]
        return template
    spec = document["spec"]["template"]["spec"]
    found: Json = spec["template"]["spec"] if document["kind"] == "Job" and "template" in spec else spec
    return found


def containers(document: Json) -> Iterator[Json]:
    """All, in the order of their start."""
    yield from pod(document).get("initContainers", ())
    yield from pod(document)["containers"]


def container(document: Json, name: str) -> Json | None:
    """The one of that name."""
    return next((each for each in containers(document) if each["name"] == name), None)


def agent(document: Json) -> Json:
    """Ours."""
    found = container(document, AGENT)
    assert found is not None
    return found
