"""Google's Node connector, unmodified, reaches the lab's instance: metadata, Admin API, certificate, mTLS, login."""

import json

import pytest

from diagnostics.lab.ground import Isolation
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


@pytest.mark.parametrize(
    "fault, words",
    [
        ("wrong-region", "EBADSQLADMINREGION"),
        ("api-403", "boss::NOT_AUTHORIZED"),
        ("port-refused", "ECONNREFUSED"),
        ("server-cert-unknown-ca", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ("server-cert-wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"),
        ("client-cert-refused", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
        ("wrong-password", "28P01"),
    ],
)
def test_node_connector_names_the_fault_in_its_own_words(lab_run: LabRun, fault: str, words: str) -> None:
    """A fault of the lab is one only if a client that was not written for it calls it by the same name."""
    done = lab_run("node", QUERY, login="password", faults=(fault,))
    assert done.returncode != 0
    assert words in done.stderr


@pytest.mark.netns
def test_an_unmodified_connector_finds_everything_in_the_network_world(lab_run: LabRun) -> None:
    done = lab_run("node", QUERY, login="iam", isolation=Isolation.NETNS)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"user": "api@acme-prod.iam", "database": "orders"}
