"""What a deployment is called: resource names of Google's APIs, and annotations that look like settings."""

import re
from urllib.parse import quote

from diagnostics.core.model import Platform, PlatformKind

ATTACH = frozenset({"cloudsql-instances", "cloudsql-instance"})
NETWORK = frozenset({"vpc-access-connector", "vpc-access-egress", "network-interfaces"})
"""Last parts of the annotations that set such things in Cloud Run's older API. What took effect is a field here, and no
annotation any more; what is still one stood at the wrong level or is misspelt."""


def deployment_path(platform: Platform, project: str, region: str) -> str:
    """The resource that says how this container is deployed; empty where there is none or its name is unknown."""
    place, name, revision = f"projects/{project}/locations/{region}", platform.service, platform.revision
    if not (project and region and name):
        return ""
    if platform.kind is PlatformKind.CLOUD_RUN_JOB:
        return f"{place}/jobs/{name}"
    collection = {
        PlatformKind.CLOUD_RUN_SERVICE: "services",
        PlatformKind.CLOUD_RUN_WORKER_POOL: "workerPools",
    }.get(platform.kind)
    return f"{place}/{collection}/{name}/revisions/{revision}" if collection and revision else ""


_CONNECTOR = re.compile(r"projects/[^/?#]+/locations/[^/?#]+/connectors/[^/?#]+")


def connector_path(connector: str, project: str, region: str) -> str:
    """Resource name of a connector that a revision may also call by its short name."""
    if _CONNECTOR.fullmatch(connector):
        return connector
    return f"projects/{project}/locations/{region}/connectors/{quote(connector.rpartition('/')[2], safe='')}"
