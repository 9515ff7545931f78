"""Google's cloud-sql-proxy, unmodified, serves psql from the lab's instance."""

import pytest

from tests.interop.conftest import REPO, LabRun

pytestmark = pytest.mark.interop

QUERY = str(REPO / "tests/interop/proxy/query")


@pytest.mark.parametrize(
    "login, user",
    [("password", "api"), ("iam", "api@acme-prod.iam")],
)
def test_psql_runs_a_query_behind_the_proxy(lab_run: LabRun, login: str, user: str) -> None:
    done = lab_run(QUERY, login=login)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{user}|orders\n"
