"""Who calls, and by which name: what may be shown to whom, and what a browser may be made to ask."""

import ipaddress
import re
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web

_DIRECT = re.compile(
    r"host|user-agent|accept(-[a-z]+)?|connection|keep-alive|cache-control|pragma|content-(type|length)|"
    r"transfer-encoding|expect|origin|referer|cookie|authorization|upgrade-insecure-requests|dnt|priority|range|"
    r"if-[a-z-]+|last-event-id|sec-[a-z-]+|x-prometheus-[a-z-]+",
    re.IGNORECASE,
)
"""Headers that clients send for themselves: browsers, curl, libraries, probes, collectors.

Every other one may be the mark of a proxy, and behind one a connection from loopback is not a caller on loopback. There
is no list of what proxies add that would not lack the next one's.
"""

_LOOPBACK_NAMES = ("localhost",)


def name_in(request: web.Request) -> str | None:
    """The host of the ``Host`` header, in lower case, without port and brackets; empty where it holds none.

    None without the header, which no browser leaves out.
    """
    authority = request.headers.get("Host")
    if authority is None:
        return None
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def is_local(request: web.Request) -> bool:
    """Whether the caller is on this machine, as far as we can tell, and not somebody that a proxy speaks for."""
    named = name_in(request) or ""
    # nginx speaks HTTP/1.0 to what is behind it, and adds no header, unless it is told otherwise; no client does today.
    direct = request.version >= HttpVersion11 and all(map(_DIRECT.fullmatch, request.headers))
    return direct and _is_loopback(request.remote or "") and (named in _LOOPBACK_NAMES or _is_loopback(named))


def may_be_called(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether this host can only be us.

    A name that somebody else owns may be pointed at a loopback address, and then a page of theirs asks us with the
    rights of the person who looks at it (DNS rebinding). An address cannot be pointed anywhere.
    """
    if host in _LOOPBACK_NAMES or _is_address(host):
        return True
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in allowed)


def is_from_elsewhere(request: web.Request) -> bool:
    """Whether the page of another site made a browser send this."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return _netloc(origin) != request.headers.get("Host", "")
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ipaddress.ip_address(text).is_loopback
