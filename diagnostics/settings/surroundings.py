"""Where we run and what stands around us, from variables and one file of the kernel; nothing is contacted for it."""

import re
from collections.abc import Iterator, Mapping

from diagnostics.core import foreign
from diagnostics.core.model import HostPort, Platform, PlatformKind, Value
from diagnostics.settings.model import Files
from diagnostics.settings.values import port_of

DMI_PRODUCT = "/sys/class/dmi/id/product_name"
GOOGLE_PRODUCT = "Google Compute Engine"
"""Content of that file on Google's machines; Google's own libraries look there, too."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
"""Variables that send HTTP calls elsewhere without a word."""
METADATA_HOSTS = ("GCE_METADATA_HOST", "GCE_METADATA_ROOT")
"""Where Google's libraries look for another metadata server; the second is the older name."""

_REDIS = ("REDIS_HOST", "REDISHOST", "MEMCACHED_HOST", "VALKEY_HOST")
_REDIS_PORTS = {
    "REDIS_HOST": "REDIS_PORT",
    "REDISHOST": "REDISPORT",
    "MEMCACHED_HOST": "MEMCACHED_PORT",
    "VALKEY_HOST": "VALKEY_PORT",
}
_REDIS_PORT = 6379
_MEMCACHED_PORT = 11211
_REDIS_URLS = ("REDIS_URL", "VALKEY_URL", "CELERY_BROKER_URL")
_REDIS_URL = re.compile(r"(?:rediss?|valkeys?)://(?:[^@/?#]*@)?([0-9.]+)(?::([0-9]+))?(?:[/?].*)?", re.ASCII)
"""Only an IPv4 address right behind the credentials: a piece of a password never looks like a private one."""


TASK_INDEX, TASK_COUNT = "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"
"""Cloud Run tells each task of a job which one it is, from 0, and how many there are."""


class Task(Value, frozen=True, kw_only=True):
    """One of the tasks among which a Cloud Run job spreads its work; alone everywhere else."""

    index: int = 0
    count: int = 1


ALONE = Task()


def task_of(environ: Mapping[str, str]) -> Task:
    """The task that this process is. What is no pair of numbers makes it one alone: rather twice than not at all."""
    index, count = environ.get(TASK_INDEX, ""), environ.get(TASK_COUNT, "")
    if not (index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        return ALONE
    return Task(index=int(index), count=int(count))


def platform_of(environ: Mapping[str, str], files: Files) -> Platform:
    """The platform. The variables of Cloud Run are reserved there, so they are believed."""
    kind, service, revision = _place(environ, files)
    given = next((environ[name].strip() for name in METADATA_HOSTS if environ.get(name, "").strip()), "")
    # Whoever writes a user and password before the host has no use for them here, and reports show the host.
    metadata = foreign.name(given.rpartition("@")[2])
    return Platform(
        kind=kind,
        service=service,
        revision=revision,
        metadata_host=metadata or Platform(kind=kind).metadata_host,
        # Only the container that takes the requests gets it (Cloud Run's container runtime contract).
        beside_others=kind is PlatformKind.CLOUD_RUN_SERVICE and "PORT" not in environ,
        proxy_variables=tuple(name for name in PROXIES if environ.get(name)),
    )


def _place(environ: Mapping[str, str], files: Files) -> tuple[PlatformKind, str, str]:
    if environ.get("CLOUD_RUN_WORKER_POOL"):
        revision = environ.get("CLOUD_RUN_WORKER_POOL_REVISION", "")
        return PlatformKind.CLOUD_RUN_WORKER_POOL, environ["CLOUD_RUN_WORKER_POOL"], revision
    if environ.get("CLOUD_RUN_JOB"):
        return PlatformKind.CLOUD_RUN_JOB, environ["CLOUD_RUN_JOB"], environ.get("CLOUD_RUN_EXECUTION", "")
    if environ.get("K_SERVICE"):
        return PlatformKind.CLOUD_RUN_SERVICE, environ["K_SERVICE"], environ.get("K_REVISION", "")
    if any(name.startswith("CLOUD_RUN_") for name in environ):
        return PlatformKind.CLOUD_RUN_UNKNOWN, "", ""
    return _other_place(environ, files), "", ""


def _other_place(environ: Mapping[str, str], files: Files) -> PlatformKind:
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return PlatformKind.GKE
    if any(environ.get(name) for name in METADATA_HOSTS) or _on_google_hardware(files):
        return PlatformKind.GOOGLE_CLOUD
    return PlatformKind.ELSEWHERE


def _on_google_hardware(files: Files) -> bool:
    try:
        return files.read(DMI_PRODUCT).strip() == GOOGLE_PRODUCT
    except (OSError, ValueError):
        return False


def private_addresses(environ: Mapping[str, str]) -> tuple[HostPort, ...]:
    """Private addresses that the app uses beside its database: where they answer, the network is there."""
    return tuple(dict.fromkeys((*_hosts(environ), *_urls(environ))))


def _hosts(environ: Mapping[str, str]) -> Iterator[HostPort]:
    for name in _REDIS:
        host = environ.get(name, "").strip()
        if _private(host):
            usual = _MEMCACHED_PORT if name == "MEMCACHED_HOST" else _REDIS_PORT
            yield HostPort(host=host, port=port_of(environ.get(_REDIS_PORTS[name], "")) or usual)


def _urls(environ: Mapping[str, str]) -> Iterator[HostPort]:
    for name in _REDIS_URLS:
        found = _REDIS_URL.fullmatch(environ.get(name, "").strip())
        if found and _private(found[1]):
            yield HostPort(host=found[1], port=port_of(found[2] or "") or _REDIS_PORT)


def _private(host: str) -> bool:
    if not host:
        return False
    import ipaddress

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private and not (address.is_loopback or address.is_link_local or address.is_unspecified)
