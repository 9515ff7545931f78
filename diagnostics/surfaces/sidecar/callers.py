"""Who calls, and by which name: what may be shown to whom, and what a browser may be made to ask."""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via", "X-Cloud-Trace-Context")
"""What a proxy adds: behind one, a connection from loopback is not a caller on loopback."""

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
    direct = not any(header in request.headers for header in _FORWARDED)
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
        return urlsplit(origin).netloc != request.headers.get("Host", "")
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    return _is_address(text) and ipaddress.ip_address(text).is_loopback
