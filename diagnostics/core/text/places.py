"""The places that a comparable line names."""

import re
from ipaddress import IPv4Address, IPv4Network

from diagnostics.core.text.pattern import Place

_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d|:53(?!\d))")
"""Not one with port 53: a name server that was asked, which is the metadata server's address on Google Cloud."""
_METADATA_ADDRESS = IPv4Address("169.254.169.254")
_GOOGLE_VIPS = (IPv4Address("199.36.153.4"), IPv4Address("199.36.153.12"))
"""From restricted.googleapis.com, 199.36.153.4/30, to the end of private.googleapis.com, 199.36.153.8/30."""
_EXAMPLES = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
"""Addresses of documentation (RFC 5737), which stand for public ones."""

_RFC1918 = r"(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))"
_MASKED = r"[\dx*]{1,4}"
"""A part of an address that somebody made unreadable. Where all of it is, a public one was meant: nobody hides 10.x."""
_ASKED = r'(?:host name "|lookup |enotfound |eai_again |unknownhostexception: )'
"""What resolvers print before the name: libpq, Go's net, Node, Java."""
_PORT = r"(?:base 10: \"|integer value as \"|invalid port[^\"]{0,40}\":?)"
"""What URL parsers print before what they took for a port."""
_DIALLED = r"(?:connect (?:econnrefused|enotsock|eacces) |unix |connecting to |address: \"?)"
_API = (
    r"(?<![\w.-])(?:[a-z0-9-]+\.)?googleapis\.com|accounts\.google\.com|sqladmin|net/http|ephemeral cert"
    r"|refresh(?: error| failed| operation| to complete)|update metadata for cloud sql|instance metadata|connect info"
)
"""By name, or in the words of the connectors' calls to it."""

_SETTINGS = r"(?:postgres|pg|db|database|sql|cloud_?sql|instance)_[a-z_]{1,30}|pg(?:host|port|user|password|database)"
"""Variables that give the database, in the families that this program reads, and their like."""

_WRITTEN: tuple[tuple[Place, str], ...] = (
    (Place.LOOPBACK, r"localhost|(?<![\w:])::1(?![\w:])"),
    (Place.PRIVATE, rf"(?<![\w.*]){_RFC1918}(?:\.{_MASKED}){{2,3}}(?![\w*]|\.\w|:53(?!\d))|private ip\b"),
    (
        Place.PUBLIC,
        rf"(?<![\w.*])(?!{_RFC1918}\.)(?=[\d.]{{0,8}}[x*]){_MASKED}(?:\.{_MASKED}){{3}}(?![\w.*])|public ip\b",
    ),
    (Place.HTTPS_PORT, r"(?::|port\W{1,3})443(?!\d)"),
    (Place.PROXY_PORT, r"(?::|port\W{1,3})3307(?!\d)"),
    (Place.METADATA, r"metadata\.google\.internal|computemetadata|metadata server|metadata service"),
    (Place.GOOGLE_API, _API),
    (Place.MOUNT, r"(?:/|%2f)cloudsql"),
    (
        Place.MOUNT_DIRECTORY,
        rf"{_DIALLED}/cloudsql(?>/[^\s/\"),]{{1,200}})?:?(?=[\s,)\"]|$)",
    ),
    (Place.EMPTY_MOUNT, r"/cloudsql/{1,3}(?:\.s\.|\"|\s|$)"),
    (Place.CLOUD_SQL, r"cloud ?sql"),
    (Place.LOCAL_SOCKET, r"/run/postgresql|/tmp/\.s\.pgsql|/mysqld?\.sock"),
    (Place.UNIX_SOCKET, r"\.s\.pgsql\.|unix socket|dial unix"),
    (Place.OTHER_SOCKET, r"\.s\.pgsql\.(?!5432(?!\d))\d"),
    (
        Place.INSTANCE_NAME,
        rf"{_ASKED}(?:[a-z0-9.-]+:)?[a-z0-9.-]+:[a-z]+-[a-z]+\d+:[a-z0-9-]+|{_PORT}[a-z]+-[a-z]+\d+:[a-z0-9-]+",
    ),
    (Place.HOST_WITH_PORT, rf"{_ASKED}[^\s:\"]{{1,253}}:\d{{1,5}}(?![\w:-])"),
    (
        Place.TEMPLATE,
        r"\$\{|\{\{|\byour[-_][a-z]|changeme|change_me|replace_(?:with|me)",
    ),
    (Place.ADDRESS_AS_NAME, rf"(?:{_ASKED}|error -[23] connecting to )\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?! on )"),
    (
        Place.PRIVATE_NAME,
        r"\.sql(?:-ps[ca])?\.goog|(?<!metadata\.google)\.internal(?![\w.])|\.svc\.cluster|\.local(?!\w)",
    ),
    (Place.SHORT_NAME, rf'(?:{_ASKED}|host ")[a-z][a-z0-9_-]{{0,62}}(?![\w.:/-])'),
    (Place.IAM_USER, r'@[a-z0-9.-]+\.iam(?![\w-])|(?:user|role) "[^"@]{1,80}@[^"]{1,80}"'),
    (Place.SETTING, rf"(?<![a-z0-9_])(?:[a-z0-9]{{1,20}}_){{0,3}}(?:{_SETTINGS})(?![a-z0-9_])"),
    (Place.FULL_IAM_USER, r'user "[^"]{1,80}\.(?:gserviceaccount\.com|iam\.)"'),
)
_EXPRESSIONS = tuple((place, re.compile(expression)) for place, expression in _WRITTEN)


def places_in(line: str) -> frozenset[Place]:
    """What a comparable line names."""
    written = {place for place, expression in _EXPRESSIONS if expression.search(line)}
    addresses = {place for found in _IPV4.findall(line) if (place := _of_address(found)) is not None}
    return frozenset(written | addresses)


def _of_address(text: str) -> Place | None:
    """None for what is no address, and for one that is nobody's: 0.0.0.0, link-local."""
    try:
        address = IPv4Address(text)
    except ValueError:
        return None
    if address == _METADATA_ADDRESS:
        return Place.METADATA
    if _GOOGLE_VIPS[0] <= address < _GOOGLE_VIPS[1]:
        return Place.GOOGLE_VIP
    if address.is_loopback:
        return Place.LOOPBACK
    if address.is_unspecified or address.is_link_local:
        return None
    public = address.is_global or any(address in network for network in _EXAMPLES)
    return Place.PUBLIC if public else Place.PRIVATE
