"""A text that holds several parts of a target, taken apart as its readers do, without judging what comes out.

Not with urllib's splitter: it drops line breaks, which the drivers keep.

libpq: credentials end at the first ``@`` before any ``/``, a host at ``: / ?``; everything is percent-decoded, ``+``
stays. SQLAlchemy: the user ends at ``:``, the password at the first ``@`` wherever that is; the host is not decoded;
the query is a form, and ends at a line break. Source: both parsers (libpq 18, SQLAlchemy 2.1), tried side by side.
pgjdbc: no credentials before the host, a database without slashes before it may be all; everything else is a form.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from diagnostics.core.model import SettingName, Value
from diagnostics.settings.words import ENGINE, decoy, engine_of, of_a_database, part_of_key, understood, words_of


class Malformed(Exception):
    """The reader itself refuses. Carries no text: any of it may be a piece of the password."""


Pairs = list[tuple[str, str]]


class Pieces(Value, frozen=True, kw_only=True):
    """What a reader makes of the text behind ``://``. Empty where there was nothing; hosts and ports may be lists."""

    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    database: str = ""
    query: tuple[tuple[str, str], ...] = ()
    instance: str = ""


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


def _pairs(query: str) -> Pairs:
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


_JDBC = re.compile(
    r"(?: // (?P<places>[^/?]*) /? )? (?P<database>[^?]*) (?: \? (?P<query>.*) )?", re.VERBOSE | re.DOTALL
)


def jdbc(rest: str) -> Pieces:
    """As pgjdbc reads what stands behind ``jdbc:postgresql:``."""
    found = _JDBC.fullmatch(rest)
    if found is None:
        raise Malformed
    places = [_place(place) for place in (found["places"] or "").split(",")]
    return Pieces(
        host=",".join(host for host, _ in places),
        port=places[0][1],
        database=unquote(found["database"]),
        query=tuple(parse_qsl(found["query"] or "", keep_blank_values=True)),
    )


_PAIR = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s\\'])(?:\\.|[^\s\\])*|)(?=\s|$)", re.DOTALL)
PREFIX = re.compile(r"(?:dbi:)?(\w+)(?:\([^)]*\))?:(?=\s*\w[\w ]*=)", re.IGNORECASE)
"""What PHP's and Perl's drivers have before their pairs: ``pgsql:host=...``, ``dbi:Pg(RaiseError=>1):dbname=...``."""
_PARTED = re.compile(
    r"""\s*(?P<name>[^=;]+?)\s*=\s*
        (?: \{(?P<braced>(?:[^}]|\}\})*)\} | "(?P<double>(?:[^"]|"")*)" | '(?P<single>(?:[^']|'')*)' | (?P<bare>[^;]*) )
        \s*(?:;\s*|$)""",
    re.VERBOSE,
)
"""A pair of .NET, ODBC or PHP: braces or quotes may hold what parts pairs, and themselves doubled."""


def pairs(text: str) -> Pairs:
    """Pairs of one text: parted by ``;`` as .NET and PHP have them, or by blanks with libpq's quotes."""
    prefix = PREFIX.match(text)
    text = text[prefix.end() :] if prefix else text
    if ";" in text:
        parted, end = [], 0
        while match := _PARTED.match(text, end):
            quote = {"braced": "}", "double": '"', "single": "'"}.get(match.lastgroup or "", "")
            value = match[match.lastgroup or "bare"]
            parted.append((match["name"], value.replace(quote * 2, quote) if quote else value.strip()))
            end = match.end()
        if not text[end:].strip():
            return parted
    found, at = [], 0
    while match := _PAIR.match(text, at):
        value = match[2][1:-1] if match[2].startswith("'") else match[2]
        found.append((match[1], re.sub(r"\\(.)", r"\1", value)))
        at = match.end()
    if text[at:].strip():
        raise Malformed
    return found


DEEPEST = 6
"""Objects within objects: a service broker's document has four."""


def of_object(text: str) -> Pairs:
    """The keys and values of the first object in a JSON document that says where a database is."""
    import msgspec

    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed from None
    return next(_objects(document, DEEPEST), [])


def says_where(text: str) -> bool:
    """Whether a JSON document says where a database is; most that stand in an environment do not."""
    try:
        return bool(of_object(text))
    except Malformed:
        return False


def _objects(value: object, depth: int) -> Iterator[Pairs]:
    inner: Iterable[object] = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        flat = [(str(key), str(each)) for key, each in value.items() if isinstance(each, str | int)]
        named = [(name, text) for key, text in flat if (name := _key(key))]
        parts = {name for name, _ in named}
        engines = [engine_of(text) for name, text in named if name == ENGINE]
        placed = parts & {SettingName.URL, SettingName.HOST, SettingName.INSTANCE}
        if placed and None not in engines and (len(parts) > 1 or any(engine_of(text) for _, text in named)):
            yield named
        inner = [each for key, each in value.items() if not decoy(words_of(str(key)))]
    for each in inner if depth else ():
        yield from _objects(each, depth - 1)


def _key(key: str) -> str:
    """The part that a key names: a word of its own, or a variable's name (``spring.datasource.url``, ``DB_HOST``)."""
    plain = part_of_key(key)
    if plain:
        return plain[0]
    found, spoken = understood(key), words_of(key)
    of_one = found and (of_a_database(spoken) or of_a_database((*found.group[0], *found.group[1])))
    return found.part if found and of_one and not decoy(spoken) else ""
