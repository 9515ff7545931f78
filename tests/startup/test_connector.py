"""Google's Python connector through the lab: what its exceptions are worth, and which limit fired."""

import json
import sys
from pathlib import Path

import pytest

from diagnostics.lab.plugin import CloudSqlLab

CLIENT = Path(__file__).parent / "connector_client.py"

FAULTS = {
    "": ("", "", []),
    "api-403": ("never", "iam.missing_cloudsql_client", []),
    "api-404": ("never", "config.instance_name_wrong", []),
    "api-503": ("not_yet", "api.server_error", []),
    "wrong-password": ("never", "pg.auth_password", []),
    "ip-type-absent": ("never", "instance.no_matching_ip_type", []),
    "starting-up": ("not_yet", "pg.not_ready", []),
    "accept-then-silence": ("not_yet", "tcp.timeout", ["connect"]),
}


@pytest.mark.parametrize("fault", FAULTS, ids=[name or "healthy" for name in FAULTS])
def test_verdict_cause_and_the_limit_that_fired(fault: str, cloudsql_lab: CloudSqlLab) -> None:
    cloudsql_lab.environment(route="connector")
    limit = "6" if "silence" in fault else "50"
    with cloudsql_lab.fault(*([fault] if fault else [])):
        more = {"LIMIT": limit, "PYTHONPATH": str(CLIENT.parents[2])}
        ended = cloudsql_lab.run(sys.executable, str(CLIENT), more=more)
    answer = json.loads(ended.stdout)
    assert (answer["verdict"], answer["cause"], answer["fired"]) == FAULTS[fault], ended.stderr
