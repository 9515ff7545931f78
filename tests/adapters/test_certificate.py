"""Our reader against a library that reads the same certificate."""

import contextlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.adapters.certificate import read_certificate, signature_hash
from diagnostics.core.foreign import LONGEST_NAME, MOST_ENTRIES
from tests.adapters.authority import server_authority

DER = server_authority().issue("acme-prod:orders", "db.example", "10.1.2.3", "fd00::5").der
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


def self_signed(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None,
    *,
    pss: bool = False,
    name: x509.Name | None = None,
    names: tuple[str, ...] = (),
    end: datetime = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC),
) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]) if name is None else name
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), datetime(1999, 1, 2, 3, 4, 5, tzinfo=UTC), end
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    rsa_padding = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
    return builder.sign(key, algorithm, rsa_padding=rsa_padding).public_bytes(serialization.Encoding.DER)


def test_names_and_fingerprint_are_those_of_the_certificate() -> None:
    theirs = x509.load_der_x509_certificate(DER)
    ours = read_certificate(DER)
    assert ours.common_name == "acme-prod:orders"
    assert ours.subject == "CN=acme-prod:orders,O=Acme\\, Inc"
    assert ours.issuer == "CN=Test Server CA"
    assert ours.names == ("db.example", "10.1.2.3", "fd00::5")
    assert ours.sha256 == theirs.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize("end", [datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)])
def test_both_ways_to_write_a_time_are_read(end: datetime) -> None:
    ours = read_certificate(self_signed(EC_KEY, hashes.SHA256(), end=end))
    assert (ours.not_before, ours.not_after) == (datetime(1999, 1, 2, 3, 4, 5, tzinfo=UTC), end)


def test_a_certificate_without_alternative_names_has_none() -> None:
    assert read_certificate(self_signed(EC_KEY, hashes.SHA256())).names == ()


def test_a_certificate_with_an_empty_subject_has_an_empty_name() -> None:
    """As certificates of a managed CA have: only alternative names."""
    read = read_certificate(self_signed(EC_KEY, hashes.SHA256(), name=x509.Name([]), names=("a.example",)))
    assert (read.subject, read.common_name, read.names) == ("", "", ("a.example",))


def test_a_name_cannot_drive_a_terminal_nor_fill_a_report() -> None:
    nasty = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "\x1b[31m\n"), x509.NameAttribute(NameOID.COMMON_NAME, "ü")]
    )
    read = read_certificate(
        self_signed(EC_KEY, hashes.SHA256(), name=nasty, names=tuple(f"{i}.{'a' * 300}" for i in range(200)))
    )
    assert read.subject.isprintable()
    assert read.common_name == "ü"
    assert len(read.names) == MOST_ENTRIES
    assert max(map(len, read.names)) == LONGEST_NAME


@pytest.mark.parametrize(
    "der, expected",
    [
        (self_signed(EC_KEY, hashes.SHA256()), "sha256"),
        (self_signed(EC_KEY, hashes.SHA384()), "sha384"),
        (self_signed(RSA_KEY, hashes.SHA512()), "sha512"),
        (self_signed(RSA_KEY, hashes.SHA256(), pss=True), "sha256"),
        (self_signed(ed25519.Ed25519PrivateKey.generate(), None), ""),
    ],
    ids=["ecdsa-sha256", "ecdsa-sha384", "rsa-sha512", "rsa-pss-sha256", "ed25519"],
)
def test_the_hash_of_the_signature_is_named(der: bytes, expected: str) -> None:
    """Channel binding hashes the certificate with it (RFC 5929, 4.1)."""
    assert signature_hash(der) == expected


@given(st.binary(max_size=64))
def test_bytes_that_are_no_certificate_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any damage
        read_certificate(data)
    with pytest.raises(ValueError):  # noqa: PT011 - any damage
        signature_hash(data)


@settings(max_examples=300)
@given(st.integers(0, len(DER) - 1), st.integers(0, 255), st.integers(0, len(DER)))
def test_a_damaged_certificate_is_read_or_a_value_error(position: int, value: int, end: int) -> None:
    damaged = bytearray(DER)
    damaged[position] = value
    for data in (bytes(damaged), DER[:end]):
        for read in (read_certificate, signature_hash):
            with contextlib.suppress(ValueError):
                read(data)
