"""Certificates for the servers of the tests, made by a library that the adapters do not use."""

import functools
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, both PEM."""

    certificate: str
    key: str

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.certificate.encode()).public_bytes(serialization.Encoding.DER)

    def file(self, directory: Path) -> Path:
        path = directory / f"{x509.load_pem_x509_certificate(self.certificate.encode()).serial_number}.pem"
        path.write_text(self.certificate + self.key)
        return path


class Authority:
    """One certificate authority."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = _pem(
            self._sign(self._name, self._key.public_key(), NOW - timedelta(days=1), NOW + timedelta(days=1), ca=True)
        )

    def issue(
        self,
        common_name: str,
        *names: str,
        start: timedelta = -timedelta(hours=1),
        end: timedelta = timedelta(hours=1),
    ) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme, Inc"),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        certificate = self._sign(subject, key.public_key(), NOW + start, NOW + end, names=names)
        return Identity(_pem(certificate), _key_pem(key))

    def _sign(
        self,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        start: datetime,
        end: datetime,
        *,
        names: tuple[str, ...] = (),
        ca: bool = False,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
            builder = builder.add_extension(usages, critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    private = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()).decode()


@functools.cache
def server_authority() -> Authority:
    return Authority("Test Server CA")


@functools.cache
def client_authority() -> Authority:
    return Authority("Test Client CA")


@functools.cache
def stranger() -> Authority:
    """An authority that nobody trusts."""
    return Authority("Somebody Else's CA")
