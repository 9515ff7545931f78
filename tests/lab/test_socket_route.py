"""The mounted directory through psycopg, asyncpg and psql, and what the platform's end does about faults."""

import stat
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psycopg
import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.platform_end import CannotDialError, Platform
from diagnostics.lab.sockets import SOCKET_NAME
from diagnostics.lab.spot import here
from diagnostics.lab.world import Login, Route
from tests.lab.clients.drivers import login_token, with_asyncpg, with_psql, with_psycopg

Client = Callable[..., str]

LONGEST_PATH = 107
"""Bytes that a socket's path may have on Linux."""


@pytest.mark.parametrize("client", [with_psycopg, with_asyncpg])
def test_a_driver_logs_in_through_the_socket(lab: Lab, client: Client) -> None:
    assert client(lab.arrange(route=Route.SOCKET)) == "api@orders"


def test_psql_logs_in_through_the_socket_as_an_ordinary_user(lab: Lab) -> None:
    environment = lab.arrange(route=Route.SOCKET)
    done = with_psql(lab, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert (done.returncode, done.stdout) == (0, "api@orders\n"), done.stderr


def test_a_token_works_in_place_of_a_password(lab: Lab) -> None:
    environment = lab.arrange(route=Route.SOCKET, login=Login.IAM)
    environment["POSTGRES_PASSWORD"] = login_token(environment)
    assert with_psycopg(environment) == "api@acme-prod.iam@orders"


def test_the_path_fits_the_kernels_limit(lab: Lab) -> None:
    path = Path(lab.arrange(route=Route.SOCKET)["POSTGRES_HOST"]) / SOCKET_NAME
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert len(bytes(path)) <= LONGEST_PATH


def test_what_is_attached_follows_the_faults(lab: Lab) -> None:
    def mounted() -> list[str]:
        return [path.name for path in Path(lab.around.socket_dir).iterdir()]

    lab.arrange(route=Route.SOCKET)
    assert mounted() == ["acme-prod:europe-west1:orders"]
    lab.arrange("instance-not-attached")
    assert mounted() == []
    lab.arrange("wrong-instance-attached")
    assert mounted() == ["acme-prod:europe-west1:billing"]
    lab.arrange("wrong-region", route=Route.SOCKET)
    assert mounted() == ["acme-prod:europe-west4:orders"]


@pytest.mark.parametrize("fault", ["instance-not-attached", "wrong-instance-attached", "newline-in-postgres-host"])
def test_a_socket_that_is_not_there_is_a_missing_file(lab: Lab, fault: str) -> None:
    with pytest.raises(FileNotFoundError):
        with_asyncpg(lab.arrange(fault, route=Route.SOCKET))


@pytest.mark.parametrize(
    "fault",
    [
        "api-403",
        "api-disabled",
        "api-404",
        "api-429",
        "api-503",
        "api-html",
        "wrong-region",
        "client-cert-refused",
        "client-cert-expired",
        "server-cert-expired",
        "server-cert-unknown-ca",
        "server-cert-wrong-name",
        "port-refused",
        "accept-then-close",
    ],
)
def test_whatever_the_platform_meets_the_app_only_sees_the_close(lab: Lab, fault: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="server closed the connection unexpectedly"):
        with_psycopg(lab.arrange(fault, route=Route.SOCKET))


@pytest.mark.parametrize("fault", ["api-drop", "silent-drop", "accept-then-silence", "all-traffic-without-nat"])
def test_while_the_platform_waits_the_app_gets_no_byte(lab: Lab, fault: str) -> None:
    with pytest.raises(TimeoutError):
        with_asyncpg(lab.arrange(fault, route=Route.SOCKET), timeout=0.5)


@pytest.mark.parametrize("fault", ["api-drop", "silent-drop", "accept-then-silence"])
def test_the_platform_gives_up_when_its_time_is_over(lab: Lab, fault: str) -> None:
    lab.arrange(fault, route=Route.SOCKET)
    platform = Platform(lab.google.way_out(here, ""), lab.google.tokens, lab.directory / "private", patience=0.3)
    begin = time.monotonic()
    with pytest.raises(CannotDialError):
        platform.dial(lab.world.connection_name)
    assert 0.2 < time.monotonic() - begin < 5


@pytest.mark.parametrize("fault", ["metadata-down", "token-500", "wrong-scope", "ip-type-absent"])
def test_what_the_platform_does_not_need_does_not_hurt(lab: Lab, fault: str) -> None:
    """The platform has its own identity, and takes the private address where there is no public one."""
    assert with_psycopg(lab.arrange(fault, route=Route.SOCKET)) == "api@orders"


@pytest.mark.parametrize(
    "fault, sqlstate",
    [("wrong-password", "28P01"), ("unknown-database", "3D000"), ("too-many-connections", "53300")],
)
def test_the_servers_refusals_come_through(lab: Lab, fault: str, sqlstate: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as caught:
        with_asyncpg(lab.arrange(fault, route=Route.SOCKET))
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize("fault", ["tls-required", "no-pg-hba-entry", "client-cert-required", "connector-required"])
def test_rules_for_direct_clients_do_not_hold_behind_the_proxy(lab: Lab, fault: str) -> None:
    environment = lab.arrange(route=Route.SOCKET)
    lab.switchboard.replace([fault])
    assert with_psycopg(environment) == "api@orders"


@pytest.mark.parametrize(
    "fault, text", [("socket-permission-denied", "Permission denied"), ("socket-stale", "Connection refused")]
)
def test_a_socket_can_be_there_and_of_no_use(lab: Lab, fault: str, text: str) -> None:
    environment = lab.arrange(fault, route=Route.SOCKET)
    done = with_psql(lab, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert done.returncode == 2
    assert text in done.stderr
    assert with_psycopg(lab.arrange(route=Route.SOCKET)) == "api@orders"
