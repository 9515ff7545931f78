"""The status page: files that are served as they are, and a policy that lets them run nothing but themselves."""

from functools import cache
from importlib.resources import files

import msgspec
from aiohttp import web

from diagnostics.surfaces import words

_FOLDER = "page"
_PAGE = "index.html"

_LABELS = "words.js"
"""No file: the labels of ``surfaces/words.py``, so that the page says what the other surfaces say."""

_MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
"""By the ending of a name. What has another one is not served."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # No string becomes HTML or code, not even by a mistake of ours: nothing could make one trusted.
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing but what is served here, and requests to where it came from. Text of a target can become no code."""


def page() -> web.Response:
    """The page itself."""
    return _served(_PAGE)


async def asset(request: web.Request) -> web.Response:
    """A file that it loads."""
    name = request.match_info["name"]
    if name == _PAGE or name not in _contents():
        raise web.HTTPNotFound
    return _served(name)


def _served(name: str) -> web.Response:
    return web.Response(
        body=_contents()[name],
        content_type=_MEDIA_TYPES[_ending(name)],
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


@cache
def _contents() -> dict[str, bytes]:
    """Everything that is served, by its name; read once, when somebody first looks at the page."""
    found = (each for each in files(__package__).joinpath(_FOLDER).iterdir() if _ending(each.name) in _MEDIA_TYPES)
    return {each.name: each.read_bytes() for each in found} | {_LABELS: _labels()}


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def _labels() -> bytes:
    """Every label by its name, as a module."""
    named = {name: value for name, value in vars(words).items() if name.isupper() and isinstance(value, str | dict)}
    return b"export default %s;\n" % msgspec.json.encode(named)
