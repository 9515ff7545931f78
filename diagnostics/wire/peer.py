"""Who answers, when it is not PostgreSQL: named from the first bytes.

The answers to tell apart are to an SSLRequest (eight bytes, two of them NUL-heavy integers) or to a startup packet,
or greetings that were on their way before we spoke. No first message of a PostgreSQL server has one of these
beginnings.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

# As many first bytes as the longest signature looks at, rounded up.
HEAD_SIZE: Final = 32


class Peer(StrEnum):
    """What kind of service the first bytes belong to."""

    HTTP = "http"
    """A web server or HTTP load balancer, HTTP/1 or HTTP/2."""
    SSH = "ssh"
    MYSQL = "mysql"
    TLS = "tls"
    """Speaks TLS from the first byte and sent an alert: Cloud SQL's port 3307, HTTPS."""
    GREETING_220 = "greeting_220"
    """SMTP or FTP: a reply code and a greeting."""
    REDIS = "redis"
    MEMCACHED = "memcached"
    UNKNOWN = "unknown"
    """No signature matches."""


# Some servers answer what they take for HTTP/0.9 with bare HTML.
_HTTP: Final = (b"http/", b"<!doctype", b"<html")
_REDIS: Final = (b"-ERR", b"-NOAUTH", b"-DENIED", b"-WRONGPASS", b"-NOPERM", b"-LOADING", b"-MISCONF")
_MEMCACHED: Final = (b"ERROR\r\n", b"CLIENT_ERROR ", b"SERVER_ERROR ")
_GREETING: Final = (b"220 ", b"220-")
# MySQL's greeting: packet header and protocol version; an error, numbered from 1000 on, may stand in its place.
_MYSQL_HEADER: Final = 5
_MYSQL_VERSION: Final = 10
_MYSQL_ERROR: Final = 0xFF
_MYSQL_ERROR_HIGHS: Final = frozenset(bytes([high]) for high in range(1000 >> 8, 4096 >> 8))


def identify(first: bytes) -> Peer:
    """Name the service that sent these first bytes; `UNKNOWN` for PostgreSQL itself and for everything not listed."""
    for peer, matches in _SIGNATURES:
        if matches(first):
            return peer
    return Peer.UNKNOWN


def _is_http(first: bytes) -> bool:
    # HTTP/2 opens with a SETTINGS frame: a length of three bytes, type 4, no flags.
    return first.lower().startswith(_HTTP) or (first[:2] == b"\0\0" and first[3:5] == b"\x04\0")


def _is_mysql(first: bytes) -> bool:
    """Length in three bytes, little-endian and here below 256; sequence 0; then version 10 and its name, or an error.

    Read as PostgreSQL it would be a message of 10 bytes with a digit for its first field code, or one of 255 bytes
    with a control character for its second byte.
    """
    if len(first) < _MYSQL_HEADER or first[1:4] != b"\0\0\0":
        return False
    if first[4] == _MYSQL_VERSION:
        return first[5:6].isdigit()
    return first[4] == _MYSQL_ERROR and first[6:7] in _MYSQL_ERROR_HIGHS


def _is_tls(first: bytes) -> bool:
    # An alert record: type 21, version 3.0 to 3.4, length 2.
    return first[:2] == b"\x15\x03" and first[2:3] <= b"\x04" and first[3:5] == b"\0\x02"


_SIGNATURES: Final[tuple[tuple[Peer, Callable[[bytes], bool]], ...]] = (
    (Peer.HTTP, _is_http),
    (Peer.SSH, lambda first: first.startswith(b"SSH-")),
    (Peer.MYSQL, _is_mysql),
    (Peer.TLS, _is_tls),
    (Peer.GREETING_220, lambda first: first.startswith(_GREETING)),
    (Peer.REDIS, lambda first: first.startswith(_REDIS)),
    (Peer.MEMCACHED, lambda first: first.startswith(_MEMCACHED)),
)
