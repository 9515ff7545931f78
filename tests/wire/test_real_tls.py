"""Channel binding against Debian's PostgreSQL, which is built with TLS. The test carries the bytes with `ssl`."""

import datetime as dt
import secrets
import socket
import ssl
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.wire import (
    Answered,
    AuthOutcome,
    AuthRequested,
    Proof,
    Ready,
    Refused,
    Session,
    Stage,
    Startup,
    TlsAccepted,
    server_end_point,
)
from tests.wire.postgres import Postgres, debian, server
from tests.wire.transport import over

pytestmark = pytest.mark.interop

HBA = """
local all postgres trust
hostssl all api 127.0.0.1/32 scram-sha-256
"""
HASHES: dict[str, hashes.SHA256 | hashes.SHA512] = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
API = Startup(user="api", database="postgres")


def certificate(algorithm: hashes.SHA256 | hashes.SHA512) -> dict[str, bytes]:
    """A self-signed certificate and its key, as PostgreSQL's files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .sign(key, algorithm)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"server.crt": made.public_bytes(serialization.Encoding.PEM), "server.key": private}


@pytest.fixture(scope="module", params=HASHES)
def tls_postgres(request: pytest.FixtureRequest) -> Iterator[tuple[Postgres, str]]:
    """A server whose certificate is signed with this hash, and the hash's name."""
    algorithm: hashes.SHA256 | hashes.SHA512 = HASHES[request.param]
    with server(debian(), hba=HBA, files=certificate(algorithm)) as running:
        with running.connect() as sock:
            session = Session()
            over(sock, session.startup(Startup(user="postgres")))
            over(sock, session.authenticate(password=None, nonce="-"))
            assert isinstance(over(sock, session.query("CREATE ROLE api LOGIN PASSWORD 'secret'")), Answered)
            sock.sendall(session.goodbye())
        yield running, request.param


def secured(sock: socket.socket) -> ssl.SSLSocket:
    # The certificate is not verified here on purpose: channel binding is what is under test.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock)


@pytest.fixture
def climb(tls_postgres: tuple[Postgres, str]) -> Iterator[tuple[Session, ssl.SSLSocket, bytes]]:
    """A session that has come to TLS, its socket, and the channel-binding data of the server's certificate."""
    postgres, name = tls_postgres
    session = Session()
    with postgres.connect_tcp() as plain:
        assert over(plain, session.request_tls()) == TlsAccepted()
        with secured(plain) as tls:
            der = tls.getpeercert(binary_form=True)
            assert der is not None
            yield session, tls, server_end_point(der, name)


def authenticate(climb: tuple[Session, ssl.SSLSocket, bytes], end_point: bytes | None) -> AuthOutcome:
    session, tls, _ = climb
    started = over(tls, session.startup(API))
    assert isinstance(started, AuthRequested)
    assert started.mechanisms == ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")
    nonce = secrets.token_urlsafe(18)
    return over(tls, session.authenticate(password="secret", nonce=nonce, end_point=end_point))


def test_a_bound_login(climb: tuple[Session, ssl.SSLSocket, bytes]) -> None:
    session, tls, end_point = climb
    outcome = authenticate(climb, end_point)
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.SCRAM_SHA_256_PLUS
    answer = over(tls, session.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    assert isinstance(answer, Answered)
    assert answer.rows == ((b"t",),)
    tls.sendall(session.goodbye())


def test_a_login_that_is_not_bound(climb: tuple[Session, ssl.SSLSocket, bytes]) -> None:
    outcome = authenticate(climb, None)
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.SCRAM_SHA_256


def test_a_login_bound_to_another_certificate_is_refused(climb: tuple[Session, ssl.SSLSocket, bytes]) -> None:
    """What happens when somebody in between ends TLS with a certificate of his own."""
    outcome = authenticate(climb, server_end_point(b"another certificate", "sha256"))
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate) == (Stage.AUTH, "28000")


def test_a_server_that_offered_binding_notices_when_the_offer_was_cut_out(
    climb: tuple[Session, ssl.SSLSocket, bytes],
) -> None:
    """The client says it could bind and was not offered to; the server knows that it did offer."""
    session, tls, end_point = climb
    stage = session.startup(API)
    next_bytes = next(stage)
    tls.sendall(next_bytes)
    offer = tls.recv(65536)
    with pytest.raises(StopIteration):
        stage.send(offer.replace(b"SCRAM-SHA-256-PLUS\0", b"").replace(b"\0\0\0\x2a", b"\0\0\0\x17"))
    outcome = over(tls, session.authenticate(password="secret", nonce="abcdef", end_point=end_point))
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "28000"


def test_without_tls_the_server_has_no_entry_for_us(tls_postgres: tuple[Postgres, str]) -> None:
    postgres, _ = tls_postgres
    with postgres.connect_tcp() as sock:
        outcome = over(sock, Session().startup(API))
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate) == (Stage.STARTUP, "28000")
    assert "no encryption" in outcome.error.message
