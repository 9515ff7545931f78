"""Reads the fields of an X.509 certificate that we show, from its DER bytes (RFC 5280).

A library would do it, but importing one takes longer than the whole climb; the ``ssl`` module decodes a certificate
only after it verified it, and the one that failed to verify is the interesting one. Trust never depends on this.
"""

import hashlib
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime

from diagnostics.core.facts import PeerCertificate

_SEQUENCE, _OID, _UTC_TIME, _GENERALIZED_TIME, _BMP_STRING = 0x30, 0x06, 0x17, 0x18, 0x1E
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_PSS_HASH = 0xA0

_SUBJECT_ALT_NAME = "2.5.29.17"
_COMMON_NAME = "2.5.4.3"
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_ATTRIBUTES = {
    _COMMON_NAME: "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.46": "dnQualifier",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_HASHES = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Signature algorithms (RFC 8017, RFC 5758) and, for RSASSA-PSS, hashes (RFC 8017 appendix B.1)."""

LONGEST_NAME = 255
"""Characters of a name that we keep: the longest DNS name is 253, and a report is no place for novels."""

MOST_NAMES = 100
"""Alternative names that we keep: Google's own front ends have about that many."""


def read_certificate(der: bytes) -> PeerCertificate:
    """The fields of a certificate; ValueError where the bytes are none."""
    fields = _to_be_signed(der)
    _serial, _algorithm, issuer, validity, subject, *rest = fields
    not_before, not_after = (_time(tag, value) for tag, value in _children(validity[1]))
    subject_name, issuer_name = _name(subject[1]), _name(issuer[1])
    return PeerCertificate(
        subject=_text_of(subject_name),
        common_name=next((value for kind, value in reversed(subject_name) if kind == "CN"), ""),
        names=_alternative_names(rest),
        issuer=_text_of(issuer_name),
        not_before=not_before,
        not_after=not_after,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def signature_hash(der: bytes) -> str:
    """Name of the hash in the signature algorithm, such as ``sha256``; empty where it names none or one we do not know.

    ValueError where the bytes are no certificate.
    """
    algorithm = _to_be_signed(der)[1]
    (_, oid), *parameters = _children(algorithm[1])
    if _dotted(oid) != _RSASSA_PSS:
        return _HASHES.get(_dotted(oid), "")
    for tag, value in _elements(parameters[0][1]) if parameters else ():
        if tag == _PSS_HASH:
            (_, hash_algorithm), *_ = _children(value)
            (_, hash_oid), *_ = _children(hash_algorithm)
            return _HASHES.get(_dotted(hash_oid), "")
    return "sha1"


def _to_be_signed(der: bytes) -> list[tuple[int, bytes]]:
    """Serial number, algorithm, issuer, validity, subject, public key and what follows; the version is left out."""
    (tag, certificate), *_ = _children(der)
    (inner, body), *_ = _children(certificate)
    fields = [(kind, value) for kind, value in _children(body) if kind != _VERSION]
    # Serial, algorithm, issuer, validity, subject, key.
    if (tag, inner) != (_SEQUENCE, _SEQUENCE) or len(fields) < 6:  # noqa: PLR2004
        raise ValueError("not a certificate")
    return fields


def _children(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each DER element; ValueError where a length leads outside, or nothing is there."""
    elements = list(_elements(data))
    if not elements:
        raise ValueError("an empty DER element")
    return elements


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        start, length = _length(data, position + 1)
        position, first = start + length, position
        if position > len(data):
            raise ValueError("a DER element longer than its parent")
        yield data[first], data[start:position]


def _length(data: bytes, position: int) -> tuple[int, int]:
    """Where the content starts and how long it is."""
    if position >= len(data):
        raise ValueError("a DER element without length")
    first = data[position]
    if first < 0x80:  # noqa: PLR2004 - the short form has the high bit clear
        return position + 1, first
    start = position + 1 + (first & 0x7F)
    return start, int.from_bytes(data[position + 1 : start], "big")


def _dotted(oid: bytes) -> str:
    """An object identifier in dots."""
    arcs, value = [], 0
    for octet in oid:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        return ""
    # The first two arcs share a number; the first is at most 2 (X.690, 8.19.4).
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _name(data: bytes) -> list[tuple[str, str]]:
    """Kind and text of each attribute, in the order of the certificate."""
    attributes = []
    for _, relative in _elements(data):
        for _, pair in _elements(relative):
            (_, oid), (tag, value), *_ = _children(pair)
            dotted = _dotted(oid)
            attributes.append((_ATTRIBUTES.get(dotted, dotted), _text(tag, value)))
    return attributes


def _text_of(name: list[tuple[str, str]]) -> str:
    return ", ".join(f"{kind}={value}" for kind, value in name)


def _text(tag: int, value: bytes) -> str:
    """A peer's text for a person to read: nothing in it may drive a terminal."""
    text = value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:LONGEST_NAME])


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        # Two digits stand for 1950 to 2049 (RFC 5280, 4.1.2.5.1).
        text = ("19" if text >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("not a time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _alternative_names(fields: list[tuple[int, bytes]]) -> tuple[str, ...]:
    for tag, wrapped in fields:
        if tag == _EXTENSIONS:
            for _, extension in _children(_children(wrapped)[0][1]):
                (_, oid), *_, (_, value) = _children(extension)
                if _dotted(oid) == _SUBJECT_ALT_NAME:
                    return tuple(_general_names(_children(value)[0][1]))[:MOST_NAMES]
    return ()


def _general_names(data: bytes) -> Iterator[str]:
    for tag, value in _elements(data):
        if tag == _DNS_NAME:
            yield _text(tag, value)
        elif tag == _IP_ADDRESS:
            yield str(ipaddress.ip_address(value))
