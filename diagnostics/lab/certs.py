"""The lab's certificates: who signs what, and the broken ones that faults serve.

Like Cloud SQL, the lab has two authorities per instance: one signs the server's certificate and is published in the
connect settings, the other signs ephemeral client certificates and is trusted by the instance alone. A third one, which
nobody trusts, signs what must be refused. All keys are P-256: made in a millisecond, accepted by every client.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from diagnostics.lab.world import ServerCaMode, Value, World

AUTHORITY_AGE = timedelta(days=400)
"""Older than the expired leaf, which must lie within the life of its authority."""

LIFETIME = timedelta(days=3650)
"""Ten years, what Cloud SQL gives its server certificates."""

NOT_YET = timedelta(days=1)
"""Until a certificate becomes valid: beyond any doubt about time zones."""

EPHEMERAL_LIFETIME = timedelta(hours=1)
"""What generateEphemeralCert gives; connectors plan their refresh by it."""


class ServerLeaf(StrEnum):
    """What the instance presents: the right certificate, or what one thing is wrong with it."""

    GENUINE = "genuine"
    EXPIRED = "expired"
    UNKNOWN_CA = "unknown_ca"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"


class ClientLeaf(StrEnum):
    """What generateEphemeralCert hands out: a certificate the instance takes, or one that it refuses."""

    GENUINE = "genuine"
    EXPIRED = "expired"
    UNKNOWN_CA = "unknown_ca"


class Validity(Value, frozen=True, kw_only=True):
    """From when to when a certificate is valid."""

    begin: datetime
    end: datetime

    @classmethod
    def ended(cls, now: datetime) -> Self:
        """A month of validity that ended yesterday: beyond any doubt about clocks and time zones."""
        return cls(begin=now - timedelta(days=31), end=now - timedelta(days=1))


class Subject(Value, frozen=True, kw_only=True):
    """Whom a certificate names: a common name (empty in the CAS modes) and DNS names."""

    common_name: str
    dns_names: tuple[str, ...] = ()

    def name(self) -> x509.Name:
        """The subject as X.509 has it."""
        organization = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Google, Inc")]
        common = [x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)] if self.common_name else []
        return x509.Name([*organization, *common])


class Identity(Value, frozen=True, kw_only=True):
    """A certificate chain, leaf first, and the key of the leaf, all PEM: what a TLS listener loads."""

    chain: bytes
    key: bytes

    def save(self, path: Path) -> Path:
        """Write both into one file, readable by its owner only: ``ssl`` loads certificates from files alone."""
        path.touch(mode=0o600)
        path.write_bytes(self.key + self.chain)
        return path


def pem(*certificates: x509.Certificate) -> str:
    """The certificates as one PEM text."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


class Authority:
    """A certificate authority: its certificate, and its signature on others."""

    def __init__(self, common_name: str, now: datetime, parent: Self | None = None) -> None:
        """Make a key and a certificate, signed by ``parent`` or by itself."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = Subject(common_name=common_name).name()
        validity = Validity(begin=now - AUTHORITY_AGE, end=now + LIFETIME)
        signer = parent or self
        builder = _builder(signer, self._name, self._key.public_key(), validity)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_CA_USAGE, critical=True)
        self.certificate = builder.sign(signer._key, hashes.SHA256())  # noqa: SLF001 - an authority signs another

    @property
    def identifier(self) -> x509.AuthorityKeyIdentifier:
        """The key identifier that certificates signed here carry."""
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())

    def sign(
        self, subject: Subject, key: CertificatePublicKeyTypes, validity: Validity, usage: x509.ObjectIdentifier
    ) -> x509.Certificate:
        """Sign a leaf for a server or a client (``usage``)."""
        builder = _builder(self, subject.name(), key, validity)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if subject.dns_names:
            names = x509.SubjectAlternativeName([x509.DNSName(name) for name in subject.dns_names])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    @property
    def name(self) -> x509.Name:
        """The issuer in what it signs."""
        return self._name


_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(
    issuer: Authority, subject: x509.Name, key: CertificatePublicKeyTypes, validity: Validity
) -> x509.CertificateBuilder:
    # Python 3.13 verifies with X509_STRICT, which wants both key identifiers.
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer.name)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.begin)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer.identifier, critical=False)
    )


class Certificates:
    """All certificates of one instance in the lab, made once when the lab starts."""

    def __init__(self, world: World, now: datetime) -> None:
        """Make the authorities; leaves are made when they are first asked for."""
        self._now = now
        cas = world.server_ca_mode is not ServerCaMode.INTERNAL
        # In the CAS modes the name stands in the SAN alone, and an intermediate signs.
        common_name = "" if cas else f"{world.project}:{world.instance}"
        self._subject = Subject(common_name=common_name, dns_names=(world.dns_name, world.psc_name))
        root = Authority("Google Cloud SQL Server CA", self._now)
        self._server = Authority("Google Cloud SQL Subordinate CA", self._now, root) if cas else root
        self._server_bundle = (self._server.certificate, root.certificate) if cas else (root.certificate,)
        self._client = Authority("Google Cloud SQL Client CA", self._now)
        self._stranger = Authority("Somebody Else CA", self._now)
        self._web = Authority("Google Trust Services Stand-in", self._now)
        self.server_leaf = cache(self._server_leaf)

    @property
    def server_ca(self) -> x509.Certificate:
        """The first certificate of the published bundle, for the fields that describe it."""
        return self._server_bundle[0]

    @property
    def server_ca_pem(self) -> str:
        """The bundle that connect settings publish, and that ``sslrootcert`` would hold."""
        return pem(*self._server_bundle)

    def google_identity(self) -> Identity:
        """A certificate for the names of Google's APIs, signed by an authority that the environment hands over."""
        subject = Subject(common_name="upload.video.google.com", dns_names=("*.googleapis.com", "googleapis.com"))
        return self._server_identity(self._web, subject, Validity(begin=self._now, end=self._now + LIFETIME))

    @property
    def web_ca_pem(self) -> str:
        """The authority of ``google_identity``: what a container's system certificates would hold."""
        return pem(self._web.certificate)

    @property
    def client_ca_pem(self) -> str:
        """What the instance trusts client certificates by."""
        return pem(self._client.certificate)

    def _server_leaf(self, leaf: ServerLeaf) -> Identity:
        subject, validity, authority = self._subject, Validity(begin=self._now, end=self._now + LIFETIME), self._server
        match leaf:
            case ServerLeaf.EXPIRED:
                validity = Validity.ended(self._now)
            case ServerLeaf.NOT_YET_VALID:
                validity = Validity(begin=self._now + NOT_YET, end=self._now + LIFETIME)
            case ServerLeaf.UNKNOWN_CA:
                authority = self._stranger
            case ServerLeaf.WRONG_NAME:
                subject = Subject(common_name="other-project:other", dns_names=("other.example",))
            case ServerLeaf.GENUINE:
                pass
        return self._server_identity(authority, subject, validity)

    def _server_identity(self, authority: Authority, subject: Subject, validity: Validity) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = authority.sign(subject, key.public_key(), validity, ExtendedKeyUsageOID.SERVER_AUTH)
        return Identity(chain=pem(certificate, *self._intermediates(authority)).encode(), key=_private_pem(key))

    def _intermediates(self, authority: Authority) -> tuple[x509.Certificate, ...]:
        return self._server_bundle[:-1] if authority is self._server else ()

    def client_leaf(
        self, leaf: ClientLeaf, subject: Subject, key: CertificatePublicKeyTypes, now: datetime
    ) -> x509.Certificate:
        """Sign a client's public key for an hour from ``now``, or so that the instance refuses it."""
        authority = self._stranger if leaf is ClientLeaf.UNKNOWN_CA else self._client
        current = Validity(begin=now, end=now + EPHEMERAL_LIFETIME)
        validity = Validity.ended(now) if leaf is ClientLeaf.EXPIRED else current
        return authority.sign(subject, key, validity, ExtendedKeyUsageOID.CLIENT_AUTH)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
