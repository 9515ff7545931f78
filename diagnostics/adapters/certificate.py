"""Reads the fields of an X.509 certificate that we show and compare.

By a library, which is imported only once there is a certificate. For the one of an open connection see ``served``.
"""

import hashlib
import warnings
from itertools import chain
from typing import TYPE_CHECKING

from diagnostics.core.foreign import UNREADABLE, name, names
from diagnostics.core.observed import PeerCertificate

if TYPE_CHECKING:
    from cryptography import x509


def read_certificate(der: bytes) -> PeerCertificate:
    """Its fields; ValueError where the bytes are no certificate, or one that cannot be read."""
    try:
        return _read(_loaded(der), der)
    except UNREADABLE as error:
        raise ValueError("not a certificate that can be read") from error


def _read(certificate: "x509.Certificate", der: bytes) -> PeerCertificate:
    from cryptography.x509.oid import NameOID

    common_names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return PeerCertificate(
        subject=name(certificate.subject.rfc4514_string()),
        common_name=name(str(common_names[-1].value)) if common_names else "",
        names=_alternative_names(certificate),
        issuer=name(certificate.issuer.rfc4514_string()),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        sha256=fingerprint(der),
    )


def signature_hash(der: bytes) -> str:
    """Name of the hash in the signature algorithm, empty where it has none; ValueError for what is no certificate."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = _loaded(der).signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name if algorithm else ""


def _loaded(der: bytes) -> "x509.Certificate":
    from cryptography import x509

    try:
        with warnings.catch_warnings():
            # A serial number that RFC 5280 forbids is the server's matter, and no line for our standard error.
            warnings.simplefilter("ignore")
            return x509.load_der_x509_certificate(der)
    except x509.InvalidVersion as error:
        raise ValueError("not a certificate of X.509 version 1 or 3") from error


def _alternative_names(certificate: "x509.Certificate") -> tuple[str, ...]:
    """DNS names and addresses; none where the extension is missing or cannot be read."""
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    found = extension.value.get_values_for_type(x509.DNSName)
    addresses = map(str, extension.value.get_values_for_type(x509.IPAddress))
    return names(chain(found, addresses))


def fingerprint(der: bytes) -> str:
    """SHA-256 of the whole certificate, as browsers and gcloud show it."""
    return hashlib.sha256(der).hexdigest()
