"""Port 3307 byte by byte: mutual TLS, alerts that arrive, and PostgreSQL inside."""

import json
import socket
import ssl
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.lab.certs import Certificates, ServerLeaf
from diagnostics.lab.instance import TlsContexts
from diagnostics.lab.lab import Lab
from diagnostics.lab.tokens import Scope

STARTUP = b"\x00\x03\x00\x00user\x00api\x00database\x00orders\x00\x00"
STARTUP = (len(STARTUP) + 4).to_bytes(4, "big") + STARTUP

CROWD = 8
"""A run measures a port and climbs through it at the same time; eight make it likely that two meet."""


@pytest.fixture
def context(lab: Lab, tmp_path: Path) -> ssl.SSLContext:
    """A client with an ephemeral certificate, issued while the fault of the test is not yet on."""
    return client_context(lab, tmp_path)


def client_context(lab: Lab, directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    request = urllib.request.Request(
        f"{lab.google.api_endpoint}/v1/projects/acme-prod/instances/orders:generateEphemeralCert",
        json.dumps({"public_key": public.decode()}).encode(),
        {"Authorization": f"Bearer {lab.google.tokens.issue({Scope.SQL_ADMIN}).value}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        certificate = json.load(answer)["ephemeralCert"]["cert"]
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = directory / "client.pem"
    path.write_bytes(private + certificate.encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(lab.around.server_ca_file)
    context.load_cert_chain(path)
    return context


def connect(lab: Lab, context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(socket.create_connection((lab.addresses.public, 3307), timeout=5))


def test_postgresql_speaks_inside_tls(lab: Lab, context: ssl.SSLContext) -> None:
    with connect(lab, context) as connection:
        connection.sendall(STARTUP)
        assert connection.recv(1) == b"R"


def test_the_port_takes_tls_1_3_only(lab: Lab, context: ssl.SSLContext) -> None:
    with connect(lab, context) as connection:
        assert connection.version() == "TLSv1.3"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        connect(lab, context)


def test_the_server_waits_for_the_client_to_speak(lab: Lab, context: ssl.SSLContext) -> None:
    with connect(lab, context) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize("encryption", [b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"])
def test_encryption_inside_tls_is_refused(lab: Lab, context: ssl.SSLContext, encryption: bytes) -> None:
    """What libpq asks cloud-sql-proxy for, which passes it on."""
    with connect(lab, context) as connection:
        connection.sendall(b"\x00\x00\x00\x08" + encryption)
        assert connection.recv(1) == b"N"
        connection.sendall(STARTUP)
        assert connection.recv(1) == b"R"


@pytest.mark.parametrize("reads_first", [True, False])
@pytest.mark.parametrize(
    "fault, alert", [("client-cert-refused", "UNKNOWN_CA"), ("client-cert-expired", "CERTIFICATE_EXPIRED")]
)
def test_a_refused_certificate_is_answered_by_an_alert(
    lab: Lab, tmp_path: Path, fault: str, alert: str, *, reads_first: bool
) -> None:
    """The alert comes after the client's handshake is done, and arrives even if the client has written already."""
    lab.switchboard.replace([fault])
    with connect(lab, client_context(lab, tmp_path)) as connection:
        if not reads_first:
            connection.sendall(STARTUP)
        with pytest.raises(ssl.SSLError, match=alert):
            connection.recv(1)


def test_no_certificate_is_answered_by_an_alert(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=lab.around.server_ca_file)
    context.check_hostname = False
    with connect(lab, context) as connection, pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        connection.recv(1)


def test_the_private_address_serves_the_same(lab: Lab, context: ssl.SSLContext) -> None:
    with context.wrap_socket(socket.create_connection((lab.addresses.private, 3307), timeout=5)) as connection:
        connection.sendall(STARTUP)
        assert connection.recv(1) == b"R"


def test_the_first_connections_may_come_at_once(certificates: Certificates, tmp_path: Path) -> None:
    """The server's key goes through a file: two that wrote it together would read half of it, and hang up."""
    contexts, start = TlsContexts(certificates, tmp_path), threading.Barrier(CROWD)

    def first(_: int) -> ssl.SSLContext:
        start.wait()
        return contexts.proxy(ServerLeaf.GENUINE, False)  # noqa: FBT003 - a key of the cache

    with ThreadPoolExecutor(CROWD) as crowd:
        made = list(crowd.map(first, range(CROWD)))
    assert {id(each) for each in made} == {id(made[0])}
