"""Every fault of the lab: one run names it, and blames nothing else.

A fault whose other routes are rows of the scenarios runs here on one of its routes; ``python -m tests.scenarios`` has
it on all of them, in the same CI.

Cause and exit code are declared by the fault. ``WHERE`` says where it has to show: the checks that fail, or, where the
path works all the same, those that warn. What is skipped follows from the edges that the report itself names.
"""

import subprocess
import zlib
from collections.abc import Iterator

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.model import SkipReason, Status
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.lab.fault import Expected, Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route
from tests.remedies import contradictions
from tests.scenarios.table import SCENARIOS

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
Shows = dict[Route, set[str]]


def everywhere(*checks: str) -> Shows:
    return {route: set(checks) for route in Route}


def on_route(direct: str = "", socket: str = "", connector: str = "") -> Shows:
    return {D: set(direct.split()), S: set(socket.split()), C: set(connector.split())}


def through_the_socket(connector: str, direct: str = "") -> Shows:
    """What the platform's own end of the socket meets: the container sees a socket that closes or stays silent."""
    return on_route(direct=direct, socket="postgres.startup", connector=connector)


API = through_the_socket("admin.connect_settings", direct="admin.connect_settings")
"""Nobody asks for a certificate after that."""

OWN_CALLS = on_route(connector="admin.connect_settings", direct="admin.connect_settings")
"""The platform's end of the socket makes its own."""

WHERE: dict[str, Shows] = {
    "newline-in-postgres-host": on_route(direct="dns.target", socket="socket.mount"),
    "newline-in-postgres-db": everywhere("postgres.auth"),
    "newline-in-postgres-user": everywhere("postgres.auth"),
    "newline-in-postgres-password": everywhere("postgres.auth"),
    "newline-in-instance-connection-name": everywhere("config.target"),
    "newline-in-postgres-port": everywhere("config.hygiene"),
    "newline-in-database-url": everywhere("postgres.auth"),
    "placeholder-secret": everywhere("postgres.auth"),
    "unencoded-url": everywhere("config.target"),
    "asyncpg-sslmode": everywhere("driver.asyncpg"),
    "stale-address": everywhere("tcp.connect"),
    "wrong-port": everywhere("tcp.connect"),
    "connector-port": everywhere("tls.handshake"),
    "bare-instance-name": everywhere("dns.target"),
    "socket-file-in-host": everywhere("socket.mount"),
    "proxy-beside": everywhere(),
    "proxy-not-listening": everywhere("tcp.connect"),
    "proxy-not-connected": everywhere("tls.handshake"),
    "wrong-region": through_the_socket("admin.connect_settings"),
    "wrong-password": everywhere("postgres.auth"),
    "unknown-database": everywhere("postgres.auth"),
    "database-in-capitals": everywhere("postgres.auth"),
    "socket-of-mysql": everywhere("socket.mount"),
    "socket-without-instance": everywhere("socket.mount"),
    "iam-user-not-truncated": everywhere("postgres.auth"),
    "metadata-down": everywhere("metadata.server"),
    "metadata-silent": everywhere("metadata.server"),
    "api-401": OWN_CALLS,
    "api-organization-policy": OWN_CALLS,
    "api-quota-project": OWN_CALLS,
    "token-500": everywhere("identity.token"),
    "api-403": API,
    "api-disabled": API,
    "api-404": API,
    "api-429": API,
    "api-503": API,
    "api-html": API,
    "api-drop": API,
    # The platform's end of the socket takes whichever address there is.
    "ip-type-absent": on_route(connector="admin.connect_settings"),
    "client-cert-refused": through_the_socket("postgres.startup"),
    "client-cert-expired": through_the_socket("postgres.startup"),
    "nxdomain": everywhere("dns.target"),
    "private-zone-not-visible": everywhere("dns.target"),
    "servfail": everywhere("dns.target"),
    "resolver-drop": everywhere("dns.target"),
    "slow-resolver": everywhere("dns.target", "dns.resolver"),
    "silent-drop": through_the_socket("tcp.connect", direct="tcp.connect"),
    "port-refused": through_the_socket("tcp.connect", direct="tcp.connect"),
    "accept-then-silence": through_the_socket("tls.handshake", direct="tls.handshake"),
    "accept-then-close": through_the_socket("tls.handshake", direct="tls.handshake"),
    "accept-then-reset": everywhere("tls.handshake"),
    "slow-link": everywhere(),
    "http-server": everywhere("tls.handshake"),
    "ssh-server": everywhere("tls.handshake"),
    "mysql-server": everywhere("tls.handshake"),
    "garbage-first": everywhere("tls.handshake"),
    "garbage-after-startup": everywhere("postgres.startup"),
    "garbage-after-password": everywhere("postgres.auth"),
    "garbage-after-query": everywhere("postgres.query"),
    "all-traffic-without-nat": API,
    "instance-stopped": through_the_socket("tcp.connect", direct="tcp.connect"),
    "connector-required": everywhere("tcp.connect"),
    "server-cert-expired": through_the_socket("tls.handshake", direct="tls.handshake"),
    "server-cert-unknown-ca": through_the_socket("tls.handshake", direct="tls.handshake"),
    "server-cert-wrong-name": through_the_socket("tls.handshake", direct="tls.handshake"),
    "tls-required": everywhere("postgres.startup"),
    "client-cert-required": everywhere("postgres.startup"),
    "server-cert-not-yet-valid": everywhere("tls.handshake"),
    "tls-not-offered": everywhere("tls.handshake"),
    "tls-old-version": everywhere("tls.handshake"),
    "role-missing": everywhere("postgres.startup"),
    "role-cannot-login": everywhere("postgres.auth"),
    "password-expired": everywhere("postgres.auth"),
    "role-connection-limit": everywhere("postgres.auth"),
    "database-connection-limit": everywhere("postgres.auth"),
    "database-not-accepting": everywhere("postgres.auth"),
    **dict.fromkeys(
        ("read-only-by-default", "short-statements-only", "idle-sessions-end", "password-expires-soon"),
        everywhere("postgres.session"),
    ),
    "connect-denied": everywhere("postgres.auth"),
    "hba-reject": everywhere("postgres.startup"),
    "standby-closed": everywhere("postgres.startup"),
    "pooler-database-unknown": everywhere("postgres.startup"),
    "pooler-user-unknown": everywhere("postgres.startup"),
    "pooler-full": everywhere("postgres.startup"),
    "pooler-server-down": everywhere("postgres.startup"),
    "pooler-unsupported": everywhere("postgres.startup"),
    "auth-method": everywhere("postgres.auth"),
    "storage-full": everywhere("postgres.startup"),
    "out-of-memory": everywhere("postgres.startup"),
    "no-pg-hba-entry": everywhere("postgres.startup"),
    "too-many-connections": everywhere("postgres.auth"),
    "starting-up": everywhere("postgres.startup"),
    "instance-not-attached": everywhere("socket.mount"),
    "wrong-instance-attached": everywhere("socket.mount"),
    "socket-permission-denied": everywhere("socket.mount"),
    "socket-stale": everywhere("socket.mount"),
}

BY_LOGIN: dict[tuple[str, Route, Login], set[str]] = {
    # A token without the scope is refused by the API on the way to a certificate, and by the database on a direct way.
    ("wrong-scope", C, Login.PASSWORD): {"admin.connect_settings"},
    ("wrong-scope", C, Login.IAM): {"admin.connect_settings"},
    ("wrong-scope", D, Login.IAM): {"postgres.auth"},
    ("wrong-scope", D, Login.PASSWORD): {"identity.token", "admin.connect_settings"},
    ("wrong-scope", S, Login.PASSWORD): {"identity.token", "admin.connect_settings"},
    # The certificate carries the token, so the proxy refuses before PostgreSQL asks anything.
    ("iam-login-denied", C, Login.IAM): {"postgres.startup"},
    ("iam-user-missing", D, Login.IAM): {"postgres.auth"},
    ("iam-flag-off", D, Login.IAM): {"postgres.auth"},
    ("default-service-account", D, Login.IAM): {"postgres.auth"},
    ("wrong-service-account", D, Login.IAM): {"postgres.auth"},
    ("iam-login-denied", D, Login.IAM): {"postgres.auth"},
}

BESIDE_A_WORKING_PATH: dict[str, set[str]] = {
    # One call that fails says the same as the next one.
    name: {"admin.connect_settings", "admin.instance", "iam.permissions"}
    for name in WHERE
    if name.startswith("api-")
}

DAY_ONE = {CheckId.RUN_REVISION, CheckId.VPC_CONNECTOR}
"""What nobody may read before somebody grants it: unknown, and no word of it."""

ON_LOOPBACK = [fault for fault in FAULTS if not fault.needs_network]
"""The others have their rows among the scenarios of the network world."""

TABLED = {
    (scenario.faults[0], scenario.route, scenario.login)
    for scenario in SCENARIOS
    if len(scenario.faults) == 1 and not scenario.slow
}


def met_here(fault: Fault) -> list[Expected]:
    """What no scenario has, and one of the others: its name alone decides which, so that no fault moves another."""
    one = fault.expected[zlib.crc32(fault.name.encode()) % len(fault.expected)]
    return [each for each in fault.expected if each is one or (fault.name, each.route, each.login) not in TABLED]


ROWS = [(fault, expected) for fault in ON_LOOPBACK for expected in met_here(fault)]


def row_id(row: tuple[Fault, Expected]) -> str:
    fault, expected = row
    return f"{fault.name}-{expected.route}-{expected.login}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def checked(lab: Lab, environment: dict[str, str]) -> tuple["subprocess.CompletedProcess[str]", Report]:
    done = lab.run("cloudsql-diag", "check", "-o", "json", environment=environment)
    return done, decode(done.stdout.encode())


@pytest.mark.parametrize(
    "route, login", [(D, Login.PASSWORD), (S, Login.PASSWORD), (C, Login.PASSWORD), (D, Login.IAM), (C, Login.IAM)]
)
def test_a_healthy_route_is_proven_without_a_word(lab: Lab, route: Route, login: Login) -> None:
    done, report = checked(lab, lab.arrange(route=route, login=login))
    assert (done.returncode, report.exit_code, report.status, done.stderr) == (0, 0, Status.PASS, "")
    assert (report.diagnoses, report.warnings, report.provisional) == ((), (), None)
    assert {entry.status for entry in report.checks if entry.id not in DAY_ONE} <= {Status.PASS, Status.SKIP}
    assert {entry.skip_reason for entry in report.checks if entry.id in DAY_ONE} == {SkipReason.NOT_PERMITTED}
    assert report.ladder is not None
    total = sum(rung.seconds for rung in report.ladder.rungs) + report.ladder.unattributed_seconds
    assert total == pytest.approx(report.ladder.total_seconds)


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_one_run_names_the_fault(lab: Lab, row: tuple[Fault, Expected]) -> None:
    fault, expected = row
    done, report = checked(lab, lab.arrange(fault.name, route=expected.route, login=expected.login))
    assert (done.returncode, done.stderr) == (expected.exit, "")
    assert [diagnosis.cause for diagnosis in report.diagnoses] == ([expected.cause] if expected.cause else [])
    key = (fault.name, expected.route, expected.login)
    assert_offers_nothing_that_it_knows_better(report)
    where = BY_LOGIN[key] if key in BY_LOGIN else WHERE[fault.name][expected.route]
    if expected.cause is None:
        assert_only_warned(report, where, BESIDE_A_WORKING_PATH.get(fault.name, set()))
    else:
        assert_failed_at(report, where)


def assert_offers_nothing_that_it_knows_better(report: Report) -> None:
    """An alternative that the same run contradicts would send somebody the wrong way."""
    passed = {entry.id for entry in report.checks if entry.status is Status.PASS}
    offered = {other.cause for diagnosis in report.diagnoses for other in diagnosis.alternatives}
    network = {cause for cause in offered if cause.partition(".")[0] in {"tcp", "vpc", "net"}}
    assert not (network and CheckId.TCP_CONNECT in passed and report.target.route != S)
    assert not (Cause.INSTANCE_NOT_RUNNING in offered and CheckId.ADMIN_INSTANCE in passed)
    assert not (Cause.CONFIG_WRONG_HOST_PORT in offered and report.target.route != D)
    assert contradictions(report) == []


def assert_failed_at(report: Report, where: set[str]) -> None:
    """Exactly these fail, and exactly what requires them is not reached."""
    assert {entry.id for entry in report.checks if entry.status is Status.FAIL} == where
    blocked = {entry.id: entry.blocked_by for entry in report.checks if entry.skip_reason is SkipReason.BLOCKED}
    assert set(blocked) >= above(report, where)
    # What else is blocked hangs on evidence that only warns, such as a metadata server on a route without need of it.
    warned = {entry.id for entry in report.checks if entry.status is Status.WARN}
    assert set(blocked) - above(report, where) <= above(report, {*warned})
    assert set(blocked.values()) <= {CheckId(check) for check in where} | warned


def assert_only_warned(report: Report, where: set[str], also: set[str]) -> None:
    warned = {entry.id for entry in report.checks if entry.status is Status.WARN}
    assert not [entry.id for entry in report.checks if entry.status is Status.FAIL]
    assert bool(warned) is bool(where)
    assert warned & where or not where
    assert warned <= where | also | {"iam.permissions", "admin.instance"}
    assert {warning.check for warning in report.warnings} == warned


def above(report: Report, where: set[str]) -> set[str]:
    """Everything that requires one of these, transitively, and was planned."""
    found: set[str] = set()
    planned = [e for e in report.checks if e.skip_reason not in (SkipReason.NOT_APPLICABLE, SkipReason.DESELECTED)]
    while more := {e.id for e in planned if e.id not in found and set(map(str, e.requires)) & (where | found)}:
        found |= more
    return found


def test_every_fault_has_a_row() -> None:
    by_login = {name for name, _, _ in BY_LOGIN}
    assert {fault.name for fault in ON_LOOPBACK} == set(WHERE) | by_login


def test_two_faults_are_two_diagnoses_or_the_first_hides_the_second_and_says_so(lab: Lab) -> None:
    """A path that ends early cannot speak of what comes after: the password is listed as not tested."""
    done, report = checked(lab, lab.arrange("silent-drop", "wrong-password", route=D))
    assert done.returncode == 16
    (diagnosis,) = report.diagnoses
    assert diagnosis.untested
