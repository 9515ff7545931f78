"""What SQLAlchemy hands to the driver that a URL names: keyword arguments, every query parameter one of them.

So an option of another driver becomes an unexpected keyword, exactly as in the app. Source: ``make_url`` and
``create_connect_args`` of SQLAlchemy 2's dialects. SQLAlchemy itself is not a dependency.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from diagnostics.core.model import Dialect

Keyword = str | int | tuple[str, ...]

_URL = re.compile(
    r"""[\w+]+://
        (?: (?P<user>[^:/]*) (?: : (?P<password>[^@]*) )? @ )?
        (?: \[ (?P<address>[^/?]+) \] | (?P<host>[^/:?]+) )?
        (?: : (?P<port>[^/?]*) )?
        (?: / (?P<database>[^?]*) )?
        (?: \? (?P<query>.*) )?""",
    re.VERBOSE,
)
_HOST_AND_PORT = re.compile(r"([a-zA-Z0-9.\-]*):(\d+)")
"""The form in which ``host=`` of the query may carry a port."""

_DRIVERS = {
    "asyncpg": Dialect.ASYNCPG,
    "psycopg": Dialect.PSYCOPG,
    "psycopg_async": Dialect.PSYCOPG,
    "psycopg2": Dialect.PSYCOPG,
}
_NOT_PASSED_ON = frozenset(
    {"prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback", "async_creator_fn"}
)
"""What SQLAlchemy's asyncpg dialect keeps for itself."""


def is_plain(url: str) -> bool:
    """Whether the scheme names no driver: then the driver reads the URL itself."""
    return "+" not in url.partition("://")[0]


def names(url: str, dialect: Dialect) -> bool:
    """Whether the scheme names this driver."""
    return _DRIVERS.get(url.partition("://")[0].partition("+")[2]) is dialect


def keywords(url: str, database: str) -> dict[str, Keyword]:
    """Keyword arguments; ``database`` is the driver's word for it. ValueError where the URL or its port is none."""
    found = _URL.match(url)
    if found is None:
        raise ValueError("could not parse SQLAlchemy URL")
    parts = {
        "host": found["address"] or found["host"],
        database: _decoded(found["database"]),
        "user": _decoded(found["user"]),
        "password": _decoded(found["password"]),
        "port": found["port"],
    }
    given: dict[str, Keyword] = {name: part for name, part in parts.items() if part}
    given.update(_query(found["query"] or ""))
    given.update(_split_host(given))
    if "port" in given and isinstance(given["port"], str):
        given["port"] = int(given["port"])
    return given


def _decoded(text: str | None) -> str:
    return unquote(text or "")


def _query(query: str) -> Iterator[tuple[str, Keyword]]:
    collected: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        collected.setdefault(name, []).append(value)
    for name, values in collected.items():
        if name not in _NOT_PASSED_ON:
            yield name, values[0] if len(values) == 1 else tuple(values)


def _split_host(given: dict[str, Keyword]) -> dict[str, Keyword]:
    host = given.get("host")
    found = _HOST_AND_PORT.fullmatch(host) if isinstance(host, str) else None
    return {"host": found[1], "port": found[2]} if found else {}
