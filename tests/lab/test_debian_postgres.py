"""The distribution's PostgreSQL, with TLS of its own, behind the same doors."""

import socket
import struct
from collections.abc import Iterator

import psycopg
import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.postgres import Binaries
from diagnostics.lab.world import Route
from tests.lab.clients.drivers import with_asyncpg, with_psycopg

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def debian() -> Iterator[Lab]:
    with Lab(binaries=Binaries.DEBIAN) as running:
        yield running


def test_the_server_itself_speaks_tls(debian: Lab) -> None:
    environment = debian.arrange(route=Route.DIRECT)
    verification = {"sslmode": "verify-ca", "sslrootcert": debian.around.server_ca_file}
    # The password goes by SCRAM bound to the TLS channel, which a front that ends TLS cannot offer.
    assert with_psycopg(environment, channel_binding="require", **verification) == "api@orders"


def test_without_tls_inside_there_is_no_channel_to_bind_to(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    with pytest.raises(psycopg.OperationalError, match="channel binding"):
        with_psycopg(environment, channel_binding="require", sslmode="require")


def test_other_routes_work_the_same(debian: Lab) -> None:
    assert with_psycopg(debian.arrange(route=Route.SOCKET)) == "api@orders"


def test_faults_of_the_network_work_the_same(debian: Lab) -> None:
    with pytest.raises(TimeoutError):
        with_asyncpg(debian.arrange("accept-then-silence", route=Route.DIRECT), timeout=0.5)
    with pytest.raises(psycopg.OperationalError, match="database"):
        with_psycopg(debian.arrange("unknown-database", route=Route.DIRECT))
    debian.switchboard.replace(())


def test_the_log_shows_what_a_real_server_logs(debian: Lab) -> None:
    """A healthy client leaves no line, one that goes in the middle of the password exchange does."""
    before = debian.postgres.log
    with_psycopg(debian.arrange(route=Route.DIRECT), sslmode="require")
    assert debian.postgres.log == before
    parameters = b"user\0api\0database\0orders\0\0"
    startup = struct.pack("!II", len(parameters) + 8, 196608) + parameters
    with socket.create_connection((debian.addresses.public, 5432), timeout=5) as connection:
        connection.sendall(startup)
        assert connection.recv(1) == b"R"
        connection.sendall(b"p\x00\x00\x00\x08junk")
        with connection.makefile("rb") as rest:
            assert b"FATAL" in rest.read()
    assert debian.postgres.log != before
