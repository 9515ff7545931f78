"""Certificates are judged by a real TLS handshake, as clients do."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from diagnostics.lab.certs import Certificates, ClientLeaf, Identity, ServerLeaf, Subject, pem
from diagnostics.lab.google import now
from diagnostics.lab.world import ServerCaMode, World

EXPIRED, UNKNOWN_ISSUER, WRONG_NAME = 10, 20, 62
"""OpenSSL's verification codes."""


@pytest.fixture(scope="module")
def client_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> ssl.SSLObject:
    """Shake hands in memory and read once, since TLS 1.3 tells a client only then that its certificate is refused."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (here, there, here, there):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    there.write(b"x")
    here.read(1)
    return there


def server_context(certificates: Certificates, leaf: ServerLeaf, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_leaf(leaf).save(folder / "server.pem"))
    return context


def client_context(certificates: Certificates, *, names: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = names
    context.load_verify_locations(cadata=certificates.server_ca_pem)
    return context


def with_client_leaf(
    certificates: Certificates, leaf: ClientLeaf, key: rsa.RSAPrivateKey, folder: Path
) -> ssl.SSLContext:
    certificate = certificates.client_leaf(leaf, Subject(common_name="client"), key.public_key(), now())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = client_context(certificates, names=False)
    context.load_cert_chain(Identity(chain=pem(certificate).encode(), key=private).save(folder / "client.pem"))
    return context


def test_genuine_leaf_has_the_instance_in_its_common_name_and_its_dns_name(
    world: World, certificates: Certificates, tmp_path: Path
) -> None:
    server = server_context(certificates, ServerLeaf.GENUINE, tmp_path)
    client = client_context(certificates, names=True)
    shake_hands(server, client, world.dns_name)


@pytest.mark.parametrize(
    "leaf, code",
    [
        (ServerLeaf.EXPIRED, EXPIRED),
        (ServerLeaf.UNKNOWN_CA, UNKNOWN_ISSUER),
        (ServerLeaf.WRONG_NAME, WRONG_NAME),
    ],
)
def test_a_broken_leaf_is_refused_for_its_one_fault(
    world: World, certificates: Certificates, tmp_path: Path, leaf: ServerLeaf, code: int
) -> None:
    server = server_context(certificates, leaf, tmp_path)
    client = client_context(certificates, names=True)
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        shake_hands(server, client, world.dns_name)
    assert refused.value.verify_code == code


def test_wrong_name_passes_where_names_are_not_checked(certificates: Certificates, tmp_path: Path) -> None:
    """The Python connector looks at the chain only, so it must still connect."""
    shake_hands(
        server_context(certificates, ServerLeaf.WRONG_NAME, tmp_path), client_context(certificates, names=False), None
    )


def test_ca_service_names_the_instance_in_the_san_alone(tmp_path: Path) -> None:
    """In the CAS modes an intermediate signs and the common name is empty."""
    world = World(server_ca_mode=ServerCaMode.CAS)
    certificates = Certificates(world, now())
    assert certificates.server_ca_pem.count("BEGIN CERTIFICATE") == 2
    client = client_context(certificates, names=True)
    shake_hands(server_context(certificates, ServerLeaf.GENUINE, tmp_path), client, world.dns_name)


@pytest.mark.parametrize("strict", [False, True])
def test_genuine_client_certificate_over_an_rsa_key_is_taken(
    certificates: Certificates, client_key: rsa.RSAPrivateKey, tmp_path: Path, *, strict: bool
) -> None:
    """Python 3.13 verifies strictly by default."""
    server = server_context(certificates, ServerLeaf.GENUINE, tmp_path)
    server.verify_mode = ssl.CERT_REQUIRED
    server.verify_flags |= ssl.VERIFY_X509_STRICT if strict else ssl.VERIFY_DEFAULT
    server.load_verify_locations(cadata=certificates.client_ca_pem)
    client = with_client_leaf(certificates, ClientLeaf.GENUINE, client_key, tmp_path)
    client.verify_flags |= ssl.VERIFY_X509_STRICT if strict else ssl.VERIFY_DEFAULT
    shake_hands(server, client, None)


@pytest.mark.parametrize("leaf", [ClientLeaf.EXPIRED, ClientLeaf.UNKNOWN_CA])
def test_broken_client_certificate_is_refused(
    certificates: Certificates, client_key: rsa.RSAPrivateKey, tmp_path: Path, leaf: ClientLeaf
) -> None:
    server = server_context(certificates, ServerLeaf.GENUINE, tmp_path)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cadata=certificates.client_ca_pem)
    client = with_client_leaf(certificates, leaf, client_key, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, None)


def test_private_keys_are_written_for_their_owner_only(certificates: Certificates, tmp_path: Path) -> None:
    path = certificates.server_leaf(ServerLeaf.GENUINE).save(tmp_path / "server.pem")
    assert path.stat().st_mode & 0o777 == 0o600
