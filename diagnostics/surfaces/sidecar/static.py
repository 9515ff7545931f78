"""The status page: one file, and a policy that lets it run nothing but itself."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from aiohttp import web

_FILE = "page.html"

_INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)
"""The page's own script and style, without attributes: one of each is all there is to be."""


def page() -> web.Response:
    """The page with its policy."""
    content, policy = _loaded()
    return web.Response(
        body=content, content_type="text/html", charset="utf-8", headers={"Content-Security-Policy": policy}
    )


@cache
def _loaded() -> tuple[bytes, str]:
    content = files(__package__).joinpath(_FILE).read_bytes()
    return content, "; ".join(_policy(content))


def _policy(content: bytes) -> Iterator[str]:
    """Nothing but what is in the file, and requests to where it came from. Text of a target can become no code."""
    yield "default-src 'none'"
    for kind in ("script", "style"):
        hashes = (_hash(found[2]) for found in _INLINE.finditer(content) if found[1].decode() == kind)
        yield f"{kind}-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}"
    yield "connect-src 'self'"
    yield "base-uri 'none'"
    yield "form-action 'none'"
    yield "frame-ancestors 'none'"
    yield "require-trusted-types-for 'script'"


def _hash(text: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
