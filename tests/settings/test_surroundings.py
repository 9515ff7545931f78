"""Where we run, from variables and one file of the kernel; what is loaded for it; how it is all described."""

import subprocess
import sys

import pytest

from diagnostics.core.model import PlatformKind
from diagnostics.settings import describe
from diagnostics.settings.families import ROWS
from diagnostics.settings.options import OPTIONS
from diagnostics.surfaces.settings_reference import reference
from tests.settings.around import INSTANCE, VARIABLES, load, one

DMI = "/sys/class/dmi/id/product_name"


@pytest.mark.parametrize(
    "environ,kind,service,revision",
    [
        ({"K_SERVICE": "api", "K_REVISION": "api-1"}, PlatformKind.CLOUD_RUN_SERVICE, "api", "api-1"),
        ({"CLOUD_RUN_JOB": "migrate", "CLOUD_RUN_EXECUTION": "m-1"}, PlatformKind.CLOUD_RUN_JOB, "migrate", "m-1"),
        (
            {"CLOUD_RUN_WORKER_POOL": "pool", "CLOUD_RUN_WORKER_POOL_REVISION": "p-1"},
            PlatformKind.CLOUD_RUN_WORKER_POOL,
            "pool",
            "p-1",
        ),
        ({"CLOUD_RUN_INSTANCE": "x"}, PlatformKind.CLOUD_RUN_UNKNOWN, "", ""),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, PlatformKind.GKE, "", ""),
        ({"GCE_METADATA_HOST": "127.77.0.1:80"}, PlatformKind.GOOGLE_CLOUD, "", ""),
        ({}, PlatformKind.ELSEWHERE, "", ""),
    ],
)
def test_platform(environ: dict[str, str], kind: PlatformKind, service: str, revision: str) -> None:
    found = load(environ).platform
    assert (found.kind, found.service, found.revision) == (kind, service, revision)


@pytest.mark.parametrize(
    "product,kind", [("Google Compute Engine\n", PlatformKind.GOOGLE_CLOUD), ("Laptop\n", PlatformKind.ELSEWHERE)]
)
def test_machine_of_google(product: str, kind: PlatformKind) -> None:
    assert load({}, files={DMI: product}).platform.kind is kind


def test_metadata_host_and_proxies() -> None:
    found = load({"GCE_METADATA_HOST": "127.77.0.1:8080", "HTTPS_PROXY": "http://proxy", "no_proxy": "*"}).platform
    assert (found.metadata_host, found.proxy_variables) == ("127.77.0.1:8080", ("HTTPS_PROXY",))
    assert load({}).platform.metadata_host == "metadata.google.internal"


def test_what_stands_before_the_host_of_the_metadata_server_is_not_shown() -> None:
    assert load({"GCE_METADATA_HOST": "user:s3cret@127.77.0.1:8080"}).platform.metadata_host == "127.77.0.1:8080"
    assert len(load({"GCE_METADATA_HOST": "x" * 5000}).platform.metadata_host) == 255


def test_description_of_a_direct_target() -> None:
    found = {each.name: (each.value, each.source) for each in describe(one(VARIABLES | {"POSTGRES_DB": "orders\n"}))}
    assert found == {
        "route": ("direct", "POSTGRES_HOST"),
        "host": ("10.20.0.5", "POSTGRES_HOST"),
        "port": ("5432", "POSTGRES_PORT"),
        "database": ("orders\\n", "POSTGRES_DB"),
        "user": ("api", "POSTGRES_USER"),
        "password": ("***", "POSTGRES_PASSWORD"),
        "login": ("password", "default"),
        "dialect": ("other", "default"),
        "sslmode": ("prefer", "default"),
    }


def test_description_of_a_connector_target() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_IAM_USER": "robot@acme-prod.iam", "PRIVATE_IP": "1"}
    found = {each.name: (each.value, each.source) for each in describe(one(environ))}
    assert found == {
        "route": ("connector", "INSTANCE_CONNECTION_NAME"),
        "instance": (INSTANCE, "INSTANCE_CONNECTION_NAME"),
        "database": ("robot@acme-prod.iam", "default"),
        "user": ("robot@acme-prod.iam", "DB_IAM_USER"),
        "login": ("iam", "default"),
        "dialect": ("connector", "default"),
        "ip_type": ("private", "PRIVATE_IP"),
    }


def test_description_without_a_target_shows_what_is_right() -> None:
    found = {each.name: each.value for each in describe(one(VARIABLES | {"POSTGRES_PORT": "54three2"}))}
    assert found == {"host": "10.20.0.5", "port": "***", "database": "orders", "user": "api", "password": "***"}


def test_description_of_a_rejected_url_is_its_source() -> None:
    (only,) = describe(one({"DATABASE_URL": "postgresql://api:kT@8v@h/orders"}))
    assert (only.name, only.value, only.source) == ("url", "***", "DATABASE_URL")


def test_reference_names_every_setting() -> None:
    page = reference()
    names = {option.variable for option in OPTIONS} | {option.flag for option in OPTIONS if option.flag}
    names |= {row.name for row in ROWS}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


HEAVY = {"asyncio", "aiohttp", "click", "difflib", "tomllib", "socket", "ssl", "logging", "rich", "dns"}
PROGRAM = f"""
import sys
from diagnostics.settings import describe, resolve

class Files:
    def read(self, path): raise FileNotFoundError
    def exists(self, path): return False

loaded = resolve({VARIABLES!r}, {{"depth": "auth"}}, Files())
describe(loaded.resolutions[0])
print(*sorted(set(sys.modules) & {HEAVY!r}))
"""


def test_settings_are_light() -> None:
    """They are on the way of every start."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []
