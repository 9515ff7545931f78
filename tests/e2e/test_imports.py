"""What a check of a direct address loads: it starts as fast as a bare driver only without what it does not use."""

import subprocess
import sys

import pytest

from tests.e2e.ordinary import Ordinary
from tests.e2e.program import PATIENCE, PROGRAM, environment

pytestmark = pytest.mark.interop

HEAVY = {"aiohttp", "dns", "rich", "psycopg", "google", "cryptography", "prometheus_client", "requests", "urllib3"}
SLOW = {"dataclasses", "email", "_strptime"}
"""Of the standard library what takes longer to load than three of our checks and that no driver loads anyway."""
OTHERS = {
    "diagnostics.lab",
    "diagnostics.core.diagnose",
    "diagnostics.core.rules",
    "diagnostics.core.exclusions",
    "diagnostics.core.describe",
    "diagnostics.surfaces.markdown",
    "diagnostics.monitor",
    "diagnostics.surfaces.sidecar",
    "diagnostics.core.run_api",
    "diagnostics.core.contradictions",
}
"""What of our own another verb uses, another format, a run that failed, or only a run on Cloud Run."""


def loaded(*arguments: str, environ: dict[str, str]) -> set[str]:
    """Modules that the installed command imported until its end."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, "check", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("output", ["text", "short", "json"])
def test_check_of_an_address_loads_nothing_heavy(postgres: Ordinary, output: str) -> None:
    modules = loaded("-o", output, environ=environment(**postgres.variables()))
    assert roots(modules) & (HEAVY | SLOW | {"asyncpg"}) == set()
    assert {module for module in modules for room in OTHERS if module.startswith(room)} == set()


def test_driver_check_loads_no_driver_here(postgres: Ordinary) -> None:
    """It runs in a process of its own: what a server does to it, it does not do to us."""
    environ = environment(DATABASE_URL=postgres.url(scheme="postgresql+asyncpg"))
    assert roots(loaded(environ=environ)) & (HEAVY | {"asyncpg"}) == set()


def test_without_drivers_none_is_loaded(postgres: Ordinary) -> None:
    environ = environment(DATABASE_URL=postgres.url(scheme="postgresql+asyncpg"))
    assert roots(loaded("--drivers", "none", environ=environ)) & (HEAVY | {"asyncpg"}) == set()
