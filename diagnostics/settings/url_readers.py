"""A database URL taken apart as its readers do, without judging what comes out.

Not with urllib's splitter: it drops line breaks, which the drivers keep.

libpq: credentials end at the first ``@`` before any ``/``, a host at ``: / ?``; everything is percent-decoded, ``+``
stays. SQLAlchemy: the user ends at ``:``, the password at the first ``@`` wherever that is; the host is not decoded;
the query is a form, and ends at a line break. Source: both parsers (libpq 18, SQLAlchemy 2.1), tried side by side.
"""

import re
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from diagnostics.core.model import Value


class Malformed(Exception):
    """The reader itself refuses. Carries no text: any of it may be a piece of the password."""


class Pieces(Value, frozen=True, kw_only=True):
    """What a reader makes of the text behind ``://``. Empty where there was nothing; hosts and ports may be lists."""

    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    database: str = ""
    query: tuple[tuple[str, str], ...] = ()


_SQLALCHEMY = re.compile(
    r"""(?: (?P<user>[^:/]*) (?: : (?P<password>[^@]*) )? @ )?
        (?P<behind>
          (?: \[ (?P<address>[^/?]+) \] | (?P<host>[^/:?]+) )?
          (?: : (?P<port>[^/?]*) )?
          (?: / (?P<database>[^?]*) )?
          (?: \? (?P<query>.*) )?
        )""",
    re.VERBOSE,
)
_LIBPQ = re.compile(
    r"""(?: (?P<user>[^:@/]*) (?: : (?P<password>[^@/]*) )? @ )?
        (?P<places>[^/?]*)
        (?: / (?P<database>[^?]*) )?
        (?: \? (?P<query>.*) )?""",
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(
    r"(?: \[ (?P<address>[^\]]*) \] | (?P<host>[^:\[]*) ) (?: : (?P<port>.*) )?", re.VERBOSE | re.DOTALL
)
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def sqlalchemy(rest: str) -> Pieces:
    """As ``sqlalchemy.make_url`` reads it."""
    found = _SQLALCHEMY.match(rest)
    if found is None:
        raise Malformed
    return Pieces(
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
        host=found["address"] or found["host"] or "",
        port=found["port"] or "",
        database=unquote(found["database"] or ""),
        query=tuple(parse_qsl(found["query"] or "")),
    )


def behind_credentials(rest: str) -> tuple[str | None, str]:
    """User as it is written and all that follows the credentials, as SQLAlchemy cuts it; None where there are none."""
    found = _SQLALCHEMY.match(rest)
    if found is None:
        raise Malformed
    return found["user"], rest[found.start("behind") :]


def libpq(rest: str) -> Pieces:
    """As libpq reads it."""
    found = _LIBPQ.fullmatch(rest)
    if found is None:
        raise Malformed
    places = [_place(place) for place in found["places"].split(",")]
    return Pieces(
        user=_decoded(found["user"] or ""),
        password=_decoded(found["password"] or ""),
        host=",".join(host for host, _ in places),
        port=places[0][1],
        database=_decoded(found["database"] or ""),
        query=tuple(_pairs(found["query"] or "")),
    )


def _place(text: str) -> tuple[str, str]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Malformed
    return _decoded(found["address"] or found["host"] or ""), _decoded(found["port"] or "")


def _pairs(query: str) -> list[tuple[str, str]]:
    """More lenient than libpq about a missing or second ``=``: other readers of a plain URL take both."""
    pairs = [piece.partition("=") for piece in query.split("&")]
    return [(_decoded(name), _decoded(value)) for name, equals, value in pairs if equals]


def _decoded(text: str) -> str:
    if _BAD_PERCENT.search(text):
        raise Malformed
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Malformed from None
