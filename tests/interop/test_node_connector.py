"""Google's Node connector, unmodified, reaches the lab's instance: metadata, Admin API, certificate, mTLS, login."""

import json

import pytest

from tests.interop.conftest import REPO, LabRun

pytestmark = pytest.mark.interop

QUERY = str(REPO / "tests/interop/node/query.mjs")


@pytest.mark.parametrize(
    "login, user",
    [("password", "api"), ("iam", "api@acme-prod.iam")],
)
def test_node_connector_runs_a_query_through_the_lab(lab_run: LabRun, login: str, user: str) -> None:
    done = lab_run("node", QUERY, login=login)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"user": user, "database": "orders"}
