"""Port 5432 through psql, psycopg and asyncpg: TLS, logins, refusals, and a real server behind."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping

import asyncpg
import psycopg
import pytest

from diagnostics.lab.instance import SLOW_SECONDS
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route
from tests.lab.clients.drivers import login_token, with_asyncpg, with_psql, with_psycopg

Client = Callable[..., str]

CLIENTS = pytest.mark.parametrize("client", [with_psycopg, with_asyncpg])


@CLIENTS
def test_a_driver_logs_in_and_queries(lab: Lab, client: Client) -> None:
    assert client(lab.arrange(route=Route.DIRECT)) == "api@orders"


@pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
def test_psql_connects_with_and_without_tls(lab: Lab, sslmode: str) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    done = with_psql(lab, environment, f"host={lab.addresses.public} user=api dbname=orders sslmode={sslmode}")
    assert (done.returncode, done.stdout) == (0, "api@orders\n"), done.stderr


def test_the_certificate_verifies_for_the_instances_dns_name(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    place = f"host={lab.world.dns_name} hostaddr={lab.addresses.public}"
    verification = f"sslmode=verify-full sslrootcert={lab.around.server_ca_file}"
    done = with_psql(lab, environment, f"{place} user=api dbname=orders {verification}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("user", ["api_md5", "api_cleartext", "api"])
@CLIENTS
def test_every_way_to_ask_for_a_password_is_there(lab: Lab, client: Client, user: str) -> None:
    assert client({**lab.arrange(route=Route.DIRECT), "POSTGRES_USER": user}) == f"{user}@orders"


@pytest.mark.parametrize(
    "fault, sqlstate",
    [
        ("wrong-password", "28P01"),
        ("unknown-database", "3D000"),
        ("no-pg-hba-entry", "28000"),
        ("client-cert-required", "28000"),
        ("too-many-connections", "53300"),
        ("starting-up", "57P03"),
        ("newline-in-postgres-db", "3D000"),
        ("newline-in-postgres-user", "28P01"),
        ("newline-in-postgres-password", "28P01"),
        ("placeholder-secret", "28P01"),
    ],
)
def test_the_server_says_no_with_its_own_code(lab: Lab, fault: str, sqlstate: str) -> None:
    environment = lab.arrange(fault, route=Route.DIRECT)
    with pytest.raises(asyncpg.PostgresError) as caught:
        # TLS only: with "prefer" the driver would try again in plain text and report that.
        with_asyncpg(environment, ssl="require")
    assert caught.value.sqlstate == sqlstate


def test_the_refusal_names_client_user_database_and_encryption(lab: Lab) -> None:
    environment = lab.arrange("no-pg-hba-entry", route=Route.DIRECT)
    with pytest.raises(psycopg.OperationalError, match=r'user "api", database "orders", SSL encryption'):
        with_psycopg(environment, sslmode="require")
    lab.arrange("tls-required", route=Route.DIRECT)
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba.conf rejects connection .* no encryption"):
        with_psycopg(environment, sslmode="disable")


def test_tls_gets_in_where_it_is_required(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    lab.arrange("tls-required", route=Route.DIRECT)
    assert with_psycopg(environment, sslmode="require") == "api@orders"


def test_slots_are_free_again_when_the_crowd_has_left(lab: Lab) -> None:
    environment = lab.arrange("too-many-connections", route=Route.DIRECT)
    with pytest.raises(psycopg.OperationalError):
        with_psycopg(environment)
    assert with_psycopg(lab.arrange(route=Route.DIRECT)) == "api@orders"


@CLIENTS
def test_iam_login_takes_a_token_in_place_of_a_password(lab: Lab, client: Client) -> None:
    environment = lab.arrange(route=Route.DIRECT, login=Login.IAM)
    token = login_token(environment)
    assert client({**environment, "POSTGRES_PASSWORD": token}) == "api@acme-prod.iam@orders"


@pytest.mark.parametrize(
    "fault",
    [
        "iam-login-denied",
        "wrong-scope",
        "iam-user-not-truncated",
        "wrong-service-account",
        "iam-user-missing",
        "iam-flag-off",
    ],
)
def test_iam_login_is_refused(lab: Lab, fault: str) -> None:
    environment = lab.arrange(fault, route=Route.DIRECT, login=Login.IAM)
    token = login_token(environment)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        with_psycopg({**environment, "POSTGRES_PASSWORD": token}, sslmode="require")


@pytest.mark.parametrize("fault", ["iam-user-missing", "iam-flag-off"])
def test_who_is_no_iam_user_is_asked_as_everybody_is(lab: Lab, fault: str) -> None:
    """SCRAM, and PostgreSQL's own words; afterwards a token is enough again."""
    environment = lab.arrange(fault, route=Route.DIRECT, login=Login.IAM)
    token = {**environment, "POSTGRES_PASSWORD": login_token(environment)}
    with pytest.raises(psycopg.OperationalError, match=r'password authentication failed for user "api@acme-prod\.iam"'):
        with_psycopg(token, sslmode="require", require_auth="scram-sha-256")
    lab.switchboard.off(fault)
    assert with_psycopg(token, sslmode="require") == "api@acme-prod.iam@orders"


def test_the_server_is_ready_some_time_after_the_start_of_a_command(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT, world=["ready_after=0.6"])
    lab.command("true")
    with pytest.raises(psycopg.OperationalError, match="the database system is starting up"):
        with_psycopg(environment)
    deadline = time.monotonic() + 10
    while not lab.switchboard.is_ready:
        assert time.monotonic() < deadline
    assert with_psycopg(environment) == "api@orders"


def test_a_password_that_is_no_token_does_not_log_in_as_the_iam_user(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT, login=Login.IAM)
    with pytest.raises(psycopg.OperationalError, match="Cloud SQL IAM service account authentication failed"):
        with_psycopg({**environment, "POSTGRES_PASSWORD": lab.world.password})


def test_a_token_is_not_asked_for_in_plain_text(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT, login=Login.IAM)
    environment["POSTGRES_PASSWORD"] = login_token(environment)
    with pytest.raises(psycopg.OperationalError, match="Cloud SQL IAM service account authentication failed"):
        with_psycopg(environment, sslmode="disable")


def test_nobody_gets_in_as_the_platforms_own_superuser(lab: Lab) -> None:
    """The server behind the front trusts it: only the front keeps clients out."""
    environment = {**lab.arrange(route=Route.DIRECT), "POSTGRES_USER": "cloudsqladmin"}
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba.conf entry"):
        with_psycopg(environment)


@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_a_running_query_can_be_cancelled(lab: Lab, sslmode: str) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    place = f"host={lab.addresses.public} user=api dbname=orders sslmode={sslmode}"
    with psycopg.connect(place, password=environment["POSTGRES_PASSWORD"]) as connection:
        canceller = threading.Thread(target=cancel_once_active, args=(lab, connection))
        canceller.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(30)")
        canceller.join()


def cancel_once_active(lab: Lab, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    deadline = time.monotonic() + 10
    with lab.postgres.connect() as watcher:
        while time.monotonic() < deadline:
            row = watcher.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone()
            if row is not None:
                break
    connection.cancel_safe()


@pytest.mark.parametrize(
    "fault, text",
    [
        ("http-server", "received invalid response to SSL negotiation: H"),
        ("mysql-server", "received invalid response to SSL negotiation: J"),
        ("garbage-first", "received invalid response to SSL negotiation"),
        ("garbage-after-startup", "expected authentication request from server"),
        ("garbage-after-password", "expected authentication request from server"),
        ("accept-then-close", "server closed the connection unexpectedly"),
        ("storage-full", "No space left on device"),
        ("out-of-memory", "out of memory"),
        ("role-missing", 'role "api" does not exist'),
        ("auth-method", "Kerberos 5 authentication not supported"),
        ("port-refused", "Connection refused"),
    ],
)
def test_libpq_tells_apart_who_answers(lab: Lab, fault: str, text: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=text):
        with_psycopg(lab.arrange(fault, route=Route.DIRECT))


def test_a_reset_is_no_end_of_file(lab: Lab) -> None:
    lab.switchboard.on("accept-then-reset")
    with socket.create_connection((lab.addresses.public, 5432), timeout=5) as plain:
        plain.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
        with pytest.raises(ConnectionResetError):
            plain.recv(1)


@pytest.mark.parametrize(
    "fault, text",
    [("tls-not-offered", "server does not support SSL"), ("tls-old-version", "unsupported protocol|protocol version")],
)
def test_libpq_insists_on_a_tls_that_it_knows(lab: Lab, fault: str, text: str) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    lab.switchboard.on(fault)
    with pytest.raises(psycopg.OperationalError, match=text):
        with_psycopg(environment, sslmode="require")


def test_a_slow_link_makes_tls_slow_and_nothing_else(lab: Lab) -> None:
    environment = lab.arrange("slow-link", route=Route.DIRECT)
    began = time.monotonic()
    assert with_psycopg(environment, sslmode="disable") == "api@orders"
    assert time.monotonic() - began < SLOW_SECONDS
    assert with_psycopg(environment, sslmode="require") == "api@orders"
    assert time.monotonic() - began > SLOW_SECONDS


@pytest.mark.parametrize("fault", ["silent-drop", "accept-then-silence", "instance-stopped", "connector-required"])
def test_silence_is_no_refusal(lab: Lab, fault: str) -> None:
    with pytest.raises(TimeoutError):
        with_asyncpg(lab.arrange(fault, route=Route.DIRECT), timeout=0.5)


@pytest.mark.parametrize(
    "fault, text",
    [
        ("server-cert-expired", "expired"),
        ("server-cert-not-yet-valid", "not yet valid"),
        ("server-cert-unknown-ca", "unable to get local issuer"),
    ],
)
def test_the_servers_certificate_is_as_broken_as_the_fault_says(lab: Lab, fault: str, text: str) -> None:
    lab.switchboard.on(fault)
    context = ssl.create_default_context(cafile=lab.around.server_ca_file)
    with pytest.raises(ssl.SSLCertVerificationError, match=text):
        shake_hands(lab, context)


def test_the_servers_certificate_can_name_another_instance(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=lab.around.server_ca_file)
    shake_hands(lab, context)
    lab.arrange("server-cert-wrong-name", route=Route.SOCKET)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(lab, context)


def shake_hands(lab: Lab, context: ssl.SSLContext) -> None:
    with socket.create_connection((lab.addresses.public, 5432), timeout=5) as plain:
        plain.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
        assert plain.recv(1) == b"S"
        context.wrap_socket(plain, server_hostname=lab.world.dns_name).close()


def host_name_faults() -> Mapping[str, str]:
    return {
        "nxdomain": "Name or service not known",
        "servfail": "Temporary failure in name resolution",
        "resolver-drop": "Temporary failure in name resolution",
    }


@pytest.mark.parametrize("fault, text", host_name_faults().items())
def test_the_resolver_fails_inside_the_lab(lab: Lab, fault: str, text: str) -> None:
    environment = lab.arrange(fault, route=Route.DIRECT)
    done = with_psql(lab, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert done.returncode == 2
    assert text in done.stderr


def test_a_slow_resolver_answers_in_the_end(lab: Lab) -> None:
    environment = lab.arrange("slow-resolver", route=Route.DIRECT)
    done = with_psql(lab, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert done.stdout == "api@orders\n", done.stderr
