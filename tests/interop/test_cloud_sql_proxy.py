"""Google's cloud-sql-proxy, unmodified, serves psql from the lab's instance."""

import pytest

from diagnostics.lab.ground import Isolation
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


@pytest.mark.parametrize(
    "fault, words",
    [
        ("wrong-region", "config error: provided region was mismatched"),
        ("api-403", "notAuthorized"),
        ("ip-type-absent", 'config error: instance does not have IP of type "PUBLIC"'),
        ("port-refused", "connect: connection refused"),
        ("server-cert-unknown-ca", "x509: certificate signed by unknown authority"),
        ("server-cert-wrong-name", "x509: certificate is valid for"),
        ("wrong-password", "password authentication failed"),
    ],
)
def test_proxy_names_the_fault_in_its_own_words(lab_run: LabRun, fault: str, words: str) -> None:
    """A fault of the lab is one only if a client that was not written for it calls it by the same name."""
    done = lab_run(QUERY, login="password", faults=(fault,))
    assert done.returncode != 0
    assert words in done.stderr


@pytest.mark.netns
@pytest.mark.parametrize("api_dns", ["public", "private"])
def test_an_unmodified_proxy_finds_everything_in_the_network_world(lab_run: LabRun, api_dns: str) -> None:
    done = lab_run(QUERY, login="iam", isolation=Isolation.NETNS, world=(f"api_dns={api_dns}",))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "api@acme-prod.iam|orders\n"
