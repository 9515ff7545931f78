"""The certificate of a connection, as OpenSSL itself decoded it for the handshake.

The public interface of ``ssl`` shows the fields of a certificate only after it verified it, and the one that was not
verified is the interesting one. A library would read it, but loading one takes longer than the whole handshake and
would be measured as the server's time. So this asks OpenSSL's own decoding, through the method that truststore relies
on, too, and leaves to the library what cannot be had that way.
"""

import contextlib
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from diagnostics.adapters.certificate import fingerprint, read_certificate
from diagnostics.adapters.certificate import signature_hash as by_the_library
from diagnostics.core.foreign import UNREADABLE, name, names
from diagnostics.core.observed import PeerCertificate

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_SHORT = {
    "commonName": "CN",
    "countryName": "C",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "domainComponent": "DC",
}
"""OpenSSL's names of attributes, and RFC 4514's."""

_HASHES = {
    bytes.fromhex("2a864886f70d01010b"): "sha256",
    bytes.fromhex("2a864886f70d01010c"): "sha384",
    bytes.fromhex("2a864886f70d01010d"): "sha512",
    bytes.fromhex("2a8648ce3d040302"): "sha256",
    bytes.fromhex("2a8648ce3d040303"): "sha384",
    bytes.fromhex("2a8648ce3d040304"): "sha512",
}
"""Object identifiers of the usual signatures, RSA (RFC 8017) and ECDSA (RFC 5758) with SHA-2."""


def served_certificate(connection: ssl.SSLObject, der: bytes) -> PeerCertificate | None:
    """The leaf that the server showed, None where it cannot be read."""
    # What OpenSSL let through and we cannot read is shown as nothing; it is no reason to fail.
    with contextlib.suppress(ssl.SSLError, *UNREADABLE):
        try:
            decoded: dict[str, Any] = connection._sslobj.get_unverified_chain()[0].get_info()  # type: ignore[attr-defined]  # noqa: SLF001
        except (AttributeError, TypeError):
            return read_certificate(der)
        return _read(decoded, der)
    return None


def signature_hash(der: bytes) -> str:
    """Name of the hash in the signature, empty where it has none or the bytes are no certificate."""
    with contextlib.suppress(*UNREADABLE):
        return _HASHES.get(_signature_oid(der), "") or by_the_library(der)
    return ""


def _read(decoded: dict[str, Any], der: bytes) -> PeerCertificate:
    subject = list(_attributes(decoded["subject"]))
    return PeerCertificate(
        subject=_written(subject),
        common_name=next((name(value) for kind, value in reversed(subject) if kind == "commonName"), ""),
        names=names(_names(decoded.get("subjectAltName", ()))),
        issuer=_written(list(_attributes(decoded["issuer"]))),
        not_before=_time(decoded["notBefore"]),
        not_after=_time(decoded["notAfter"]),
        sha256=fingerprint(der),
    )


def _attributes(distinguished: tuple[tuple[tuple[str, str], ...], ...]) -> Iterator[tuple[str, str]]:
    for relative in distinguished:
        yield from relative


def _written(attributes: list[tuple[str, str]]) -> str:
    """As RFC 4514 writes it: the last attribute first, commas escaped."""
    escaped = (
        (_SHORT.get(kind, kind), value.replace("\\", "\\\\").replace(",", "\\,"))
        for kind, value in reversed(attributes)
    )
    return name(",".join(f"{kind}={value}" for kind, value in escaped))


def _names(alternatives: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """DNS names, then addresses in their usual form."""
    yield from (value for kind, value in alternatives if kind == "DNS")
    yield from (str(ipaddress.ip_address(value)) for kind, value in alternatives if kind == "IP Address")


def _time(text: str) -> datetime:
    """OpenSSL writes every time in one way: ``Jan  5 09:34:43 2018 GMT``. strptime would load its grammar first."""
    month, day, clock, year, _ = text.split()
    hour, minute, second = map(int, clock.split(":"))
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)


def _signature_oid(der: bytes) -> bytes:
    """A certificate is a sequence of what is signed, the algorithm and the signature (RFC 5280, 4.1)."""
    signed, _ = _content(der, 0)
    _, after_signed = _content(der, signed)
    algorithm, _ = _content(der, after_signed)
    start, end = _content(der, algorithm)
    return der[start:end]


def _content(der: bytes, position: int) -> tuple[int, int]:
    """Where the content of a DER element starts and ends."""
    length = der[position + 1]
    if length < 0x80:  # noqa: PLR2004 - the short form has the high bit clear
        return position + 2, position + 2 + length
    start = position + 2 + (length & 0x7F)
    return start, start + int.from_bytes(der[position + 2 : start], "big")
