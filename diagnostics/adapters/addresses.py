"""IP literals: what an address is to Cloud Run's egress setting, and how a socket wants it written."""

import errno
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address

from diagnostics.core.observed import AddressClass

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"""What ``connect`` of an IPv4 or IPv6 socket takes."""

_SHARED = ipaddress.ip_network("100.64.0.0/10")
_PRIVATE_VIP = ipaddress.ip_network("199.36.153.8/30")
_RESTRICTED_VIP = ipaddress.ip_network("199.36.153.4/30")
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""RFC 1918 and RFC 4193. Narrower than ``is_private`` of the library, which counts documentation ranges too."""


def parse(address: str) -> IPv4Address | IPv6Address | None:
    """The address of an IP literal, IPv4 inside IPv6 unwrapped; None where the text is no literal."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed


def address_class(address: str) -> AddressClass:
    """The class of an IP literal, or of a unix socket's path, which is as local; ValueError for a name."""
    if address.startswith("/"):
        return AddressClass.LOOPBACK
    parsed = parse(address)
    if parsed is None:
        raise ValueError("an address class needs an IP literal")
    if parsed.is_loopback or parsed.is_unspecified:
        return AddressClass.LOOPBACK
    if parsed.is_link_local:
        return AddressClass.LINK_LOCAL
    return _by_network(parsed)


def _by_network(address: IPv4Address | IPv6Address) -> AddressClass:
    if address in _SHARED:
        return AddressClass.SHARED
    if address in _PRIVATE_VIP:
        return AddressClass.GOOGLE_PRIVATE_VIP
    if address in _RESTRICTED_VIP:
        return AddressClass.GOOGLE_RESTRICTED_VIP
    return AddressClass.PRIVATE if any(address in network for network in _PRIVATE) else AddressClass.PUBLIC


def socket_address(address: str, port: int) -> tuple[socket.AddressFamily, SocketAddress]:
    """Family and address of an IP literal; ValueError for a name, OSError for a scope that is no interface of ours."""
    if ":" not in address:
        return socket.AF_INET, (str(IPv4Address(address)), port)
    parsed = IPv6Address(address)
    return socket.AF_INET6, (str(parsed).partition("%")[0], port, 0, _interface(parsed.scope_id or "0"))


def _interface(scope: str) -> int:
    if scope.isdecimal():
        return int(scope)
    try:
        return socket.if_nametoindex(scope)
    except OSError:
        # The library's error has no number, and the number is what callers read.
        raise OSError(errno.ENODEV, "no such interface") from None
