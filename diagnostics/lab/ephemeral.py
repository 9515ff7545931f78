"""Ephemeral client certificates: signs the key that a client posts, and remembers the login token that came with it.

Cloud SQL puts the token into the certificate; the lab keeps it in a ledger by serial number, which the instance's
listener asks when a client that presented the certificate wants to log in as the IAM user.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from diagnostics.lab.certs import Certificates, ClientLeaf, Subject
from diagnostics.lab.tokens import Token
from diagnostics.lab.world import Value

_ARMOUR = re.compile(
    r"\s*-----BEGIN [A-Z ]*PUBLIC KEY-----(?P<body>[A-Za-z0-9+/=\s]+)-----END [A-Z ]*PUBLIC KEY-----\s*"
)


class BadPublicKeyError(ValueError):
    """What the client posted is no public key."""


class Ephemeral(Value, frozen=True, kw_only=True):
    """One issued certificate, and the token it was asked with, if that may log in."""

    certificate: x509.Certificate
    login: Token | None = None


def read_public_key(text: str) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Read a posted public key, raising BadPublicKeyError.

    Python and Node post SubjectPublicKeyInfo under ``PUBLIC KEY``; the Go connector posts the same DER under
    ``RSA PUBLIC KEY``, which by the letter would be PKCS 1. So the label is not looked at.
    """
    match = _ARMOUR.fullmatch(text)
    if match is None:
        raise BadPublicKeyError("not a PEM public key")
    try:
        key = load_der_public_key(base64.b64decode("".join(match["body"].split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadPublicKeyError("not a DER SubjectPublicKeyInfo") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise BadPublicKeyError("neither RSA nor EC")
    return key


class EphemeralCertificates:
    """Issues ephemeral certificates of one instance and knows them again."""

    def __init__(self, certificates: Certificates, clock: Callable[[], datetime]) -> None:
        """``certificates`` holds the authority that signs."""
        self._certificates = certificates
        self._clock = clock
        self._by_serial: dict[int, Ephemeral] = {}

    def issue(self, public_key: str, *, leaf: ClientLeaf, login: Token | None = None) -> Ephemeral:
        """Sign ``public_key`` (PEM) for an hour; raises BadPublicKeyError."""
        key = read_public_key(public_key)
        subject = Subject(common_name="Google Cloud SQL Ephemeral Client")
        certificate = self._certificates.client_leaf(leaf, subject, key, self._clock())
        ephemeral = Ephemeral(certificate=certificate, login=login)
        self._by_serial[certificate.serial_number] = ephemeral
        return ephemeral

    def find(self, serial_number: int) -> Ephemeral | None:
        """The issued certificate of this serial number (``int(peercert["serialNumber"], 16)`` in ``ssl``'s terms)."""
        return self._by_serial.get(serial_number)
