"""What the sidecar loads: little before its port is bound, and nothing that its target does not need."""

import sys

from tests.sidecar.process import NOWHERE, serving

REFUSED = {
    **NOWHERE,
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_PORT": "1",
    "POSTGRES_DB": "orders",
    "POSTGRES_USER": "api",
    "POSTGRES_PASSWORD": "made-up",
}
"""A direct address off Google Cloud, where nothing listens."""

COMMAND = (sys.executable, "-X", "importtime", "-m", "diagnostics", "serve")

LATER = ("diagnostics.monitor", "diagnostics.checks", "diagnostics.runner", "diagnostics.surfaces.sidecar.rooms")
"""Of our own, what comes when the port is bound."""

NEVER = {"rich", "psycopg", "asyncpg", "google", "dns", "cryptography", "requests", "schemathesis"}


def test_little_is_loaded_before_the_port_is_bound_and_nothing_that_is_not_needed_after_it() -> None:
    with serving(COMMAND, REFUSED) as served:
        served.until("/ready")
        assert served.report().diagnoses
        _, _, errors = served.terminate()
    before, _, after = errors.partition("listening on")
    assert [module for module in modules(before) if module.startswith((*LATER, "prometheus_client"))] == []
    assert {module.partition(".")[0] for module in modules(before + after)} & NEVER == set()
    # What the handlers' room imports: Python lists the room itself only where a statement imports it, and whether a
    # request or the start loads it first is open.
    assert modules(after) >= {"diagnostics.monitor", "diagnostics.surfaces.sidecar.board", "prometheus_client"}


def modules(text: str) -> set[str]:
    lines = [line for line in text.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
