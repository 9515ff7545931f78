"""What-if trials against the lab: each proves its cause, and with a second fault behind the first it drops it."""

from collections.abc import Iterator

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.replay import rediagnose
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.core.trials import Changed, Verdict
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
NEWLINE, WRONG_PLACE = Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.CONFIG_WRONG_HOST_PORT

Proof = tuple[tuple[str, ...], Route, Login, Cause, Changed]
PROVES: list[Proof] = [
    (("newline-in-postgres-host",), D, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-postgres-host",), S, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-postgres-db",), C, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-postgres-user",), S, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-postgres-password",), D, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-postgres-password",), C, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("newline-in-database-url",), D, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    # One try has to do for all values that the refusal may be due to.
    (("newline-in-postgres-user", "newline-in-postgres-password"), D, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED),
    (("stale-address",), D, Login.PASSWORD, WRONG_PLACE, Changed.INSTANCE_ADDRESS),
    (("wrong-port",), D, Login.PASSWORD, WRONG_PLACE, Changed.PORT),
    (("connector-port",), D, Login.PASSWORD, WRONG_PLACE, Changed.PORT),
    (("bare-instance-name",), S, Login.PASSWORD, Cause.SOCKET_WRONG_PATH, Changed.ATTACHED_SOCKET),
    (("socket-file-in-host",), S, Login.PASSWORD, Cause.SOCKET_WRONG_PATH, Changed.ATTACHED_SOCKET),
    (("iam-user-not-truncated",), D, Login.IAM, Cause.IAM_DB_USERNAME_WRONG, Changed.USER_TRUNCATED),
    (("tls-required",), D, Login.PASSWORD, Cause.TLS_SSL_REQUIRED, Changed.TLS_ON),
]

Drop = tuple[tuple[str, ...], Route, Login, Cause, Changed, Cause]
DROPS: list[Drop] = [
    (
        ("newline-in-postgres-password", "wrong-password"),
        D,
        Login.PASSWORD,
        NEWLINE,
        Changed.VALUE_TRIMMED,
        Cause.PG_AUTH_PASSWORD,
    ),
    (
        ("newline-in-postgres-user", "wrong-password"),
        C,
        Login.PASSWORD,
        NEWLINE,
        Changed.VALUE_TRIMMED,
        Cause.PG_AUTH_PASSWORD,
    ),
    (
        ("newline-in-postgres-db", "unknown-database"),
        D,
        Login.PASSWORD,
        NEWLINE,
        Changed.VALUE_TRIMMED,
        Cause.PG_DATABASE_MISSING,
    ),
    (("newline-in-postgres-host", "nxdomain"), D, Login.PASSWORD, NEWLINE, Changed.VALUE_TRIMMED, Cause.DNS_NXDOMAIN),
    (("stale-address", "silent-drop"), D, Login.PASSWORD, WRONG_PLACE, Changed.INSTANCE_ADDRESS, Cause.TCP_TIMEOUT),
    (("wrong-port", "http-server"), D, Login.PASSWORD, WRONG_PLACE, Changed.PORT, Cause.TCP_REFUSED),
    (
        ("connector-port", "connector-required"),
        D,
        Login.PASSWORD,
        WRONG_PLACE,
        Changed.PORT,
        Cause.INSTANCE_CONNECTOR_REQUIRED,
    ),
    (
        ("bare-instance-name", "instance-not-attached"),
        S,
        Login.PASSWORD,
        Cause.SOCKET_WRONG_PATH,
        Changed.ATTACHED_SOCKET,
        Cause.SOCKET_NOT_MOUNTED,
    ),
    (
        ("socket-file-in-host", "wrong-instance-attached"),
        S,
        Login.PASSWORD,
        Cause.SOCKET_WRONG_PATH,
        Changed.ATTACHED_SOCKET,
        Cause.SOCKET_NOT_MOUNTED,
    ),
    (
        ("iam-user-not-truncated", "iam-login-denied"),
        D,
        Login.IAM,
        Cause.IAM_DB_USERNAME_WRONG,
        Changed.USER_TRUNCATED,
        Cause.IAM_MISSING_INSTANCES_LOGIN,
    ),
    (
        ("tls-required", "no-pg-hba-entry"),
        D,
        Login.PASSWORD,
        Cause.TLS_SSL_REQUIRED,
        Changed.TLS_ON,
        Cause.PG_NO_HBA_ENTRY,
    ),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def checked(lab: Lab, faults: tuple[str, ...], route: Route, login: Login) -> Report:
    done = lab.run("cloudsql-diag", "check", "-o", "json", environment=lab.arrange(*faults, route=route, login=login))
    assert done.stderr == ""
    return decode(done.stdout.encode())


@pytest.mark.parametrize("row", PROVES, ids=lambda row: f"{'+'.join(row[0])}-{row[1]}")
def test_the_changed_input_proves_the_cause(lab: Lab, row: Proof) -> None:
    faults, route, login, cause, changed = row
    report = checked(lab, faults, route, login)
    assert [(trial.hypothesis, trial.changed, trial.proves) for trial in report.trials] == [(cause, changed, cause)]
    assert [(found.cause, found.confidence) for found in report.diagnoses] == [(cause, "proven")]
    assert rediagnose(report).diagnoses == report.diagnoses


@pytest.mark.parametrize("row", DROPS, ids=lambda row: f"{'+'.join(row[0])}-{row[1]}")
def test_a_second_fault_drops_it_and_is_named(lab: Lab, row: Drop) -> None:
    """What made no difference is not offered any more, and the trial is the reason."""
    faults, route, login, dropped, changed, cause = row
    report = checked(lab, faults, route, login)
    assert [(trial.drops, trial.changed, trial.verdict) for trial in report.trials] == [
        (dropped, changed, Verdict.STAYED)
    ]
    (found,) = report.diagnoses
    assert found.cause == cause
    assert dropped not in {other.cause for other in found.alternatives}
    assert [out for out in found.excluded if out.because.startswith("tried: ")]
    assert rediagnose(report).diagnoses == report.diagnoses
