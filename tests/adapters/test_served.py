"""What a connection shows of its certificate, against a library that reads the same bytes."""

import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.adapters import certificate
from diagnostics.adapters.served import served_certificate, signature_hash
from tests.adapters import listeners
from tests.adapters.authority import Identity, server_authority

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def identity(
    key: Key,
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None,
    subject: x509.Name | None = None,
    names: tuple[x509.GeneralName, ...] = (),
    *,
    pss: bool = False,
) -> Identity:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]) if subject is None else subject
    start, end = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, end)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign(key, algorithm, rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Identity(signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def connected(server: Identity, directory: Path) -> ssl.SSLObject:
    """A client's end after a handshake in memory, nothing verified."""
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.check_hostname, ours.verify_mode = False, ssl.CERT_NONE
    theirs.load_cert_chain(server.file(directory))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ours.wrap_bio(down, up)
    ends = (client, theirs.wrap_bio(up, down, server_side=True))
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client


NASTY = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Google, Inc\x1b[31m\n"),
        x509.NameAttribute(NameOID.COMMON_NAME, "first"),
        x509.NameAttribute(NameOID.COMMON_NAME, "ünten"),
    ]
)
MANY = tuple(x509.DNSName(f"{number}.{'a' * 300}") for number in range(200))


@pytest.mark.parametrize(
    "server",
    [
        server_authority().issue("acme-prod:orders", "db.example", "10.1.2.3", "fd00::5"),
        identity(EC_KEY, hashes.SHA256(), NASTY),
        identity(EC_KEY, hashes.SHA256(), x509.Name([]), (x509.DNSName("only.example"),)),
        identity(RSA_KEY, hashes.SHA512(), None, MANY),
        identity(ED_KEY, None, None, (x509.RFC822Name("a@b.example"), x509.DNSName("*.b.example"))),
    ],
    ids=["usual", "nasty", "no subject", "many names", "ed25519"],
)
def test_openssl_and_the_library_read_the_same(server: Identity, tmp_path: Path) -> None:
    connection = connected(server, tmp_path)
    assert connection.getpeercert(binary_form=True) == server.der
    assert served_certificate(connection, server.der) == certificate.read_certificate(server.der)


def test_before_a_handshake_nothing_is_served() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    assert served_certificate(context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO()), b"") is None


@pytest.mark.parametrize(
    "server, expected",
    [
        (identity(EC_KEY, hashes.SHA256()), "sha256"),
        (identity(EC_KEY, hashes.SHA384()), "sha384"),
        (identity(RSA_KEY, hashes.SHA512()), "sha512"),
        (identity(RSA_KEY, hashes.SHA256(), pss=True), "sha256"),
        (identity(ED_KEY, None), ""),
    ],
    ids=["ecdsa-sha256", "ecdsa-sha384", "rsa-sha512", "rsa-pss-sha256", "ed25519"],
)
def test_the_hash_of_the_signature_is_named(server: Identity, expected: str) -> None:
    """Channel binding hashes the certificate with it (RFC 5929, 4.1)."""
    assert signature_hash(server.der) == certificate.signature_hash(server.der) == expected


@given(st.binary(max_size=64))
def test_bytes_that_are_no_certificate_name_no_hash(data: bytes) -> None:
    assert signature_hash(data) == ""


HANDSHAKE = """
import asyncio, sys
from diagnostics.adapters.network import SocketNetwork
from diagnostics.ports import Endpoint, TlsRequest

async def shake():
    stream = await SocketNetwork().connect(Endpoint(address="127.0.0.1", port=int(sys.argv[1])), 5)
    return await stream.start_tls(TlsRequest())

peer = asyncio.run(shake())
assert peer.certificate.common_name == "server" and peer.signature_hash == "sha256"
LIBRARIES = {"cryptography", "aiohttp", "dns", "psycopg", "google"}
print(sorted({name.partition(".")[0] for name in sys.modules} & LIBRARIES))
"""


def test_a_handshake_loads_no_library(tmp_path: Path) -> None:
    """Its import would be measured as the server's time."""
    with listeners.listening(listeners.tls(server_authority().issue("server"), tmp_path)) as endpoint:
        child = subprocess.run(
            [sys.executable, "-c", HANDSHAKE, str(endpoint.port)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    assert child.stdout == "[]\n", child.stderr
