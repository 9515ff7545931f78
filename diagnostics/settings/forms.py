"""Which reader takes which text apart: by its form, and a URL by its scheme."""

import re
from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.candidates import Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, SettingForm, SettingName
from diagnostics.settings import readers, trust
from diagnostics.settings.drivers import (
    ELSEWHERE,
    JDBC,
    NPGSQL,
    ODBC,
    PLAIN,
    R2DBC,
    Driver,
    driver_named,
    plain_driver,
    unknown_driver,
)
from diagnostics.settings.hygiene import instance_like
from diagnostics.settings.readers import Malformed, Pieces
from diagnostics.settings.sources import form_of, scheme_of, unwrapped
from diagnostics.settings.trust import Rejected
from diagnostics.settings.words import ENGINE, engine_of, part_of_key

Read = tuple[Engine | None, Driver, Pieces]

_IN_DATABASE = re.compile(r"(/.*/[^/]*:[^/]*)(?:/([^/]+))?")
_CDK = re.compile("([^/@]+)/([^/]+)/([^/]+)(/|$)")
"""Go's CDK writes an instance's name with slashes."""
_OF_SQL_SERVER = re.compile(r"(?:tcp:)?([\w.\-]+),([0-9]+)")
"""Its own way to write a host and a port."""


def read(form: SettingForm, text: str, wanted: Dialect | None) -> Read:
    """Engine, driver and pieces of a text; Rejected where nobody could read it."""
    try:
        if form is SettingForm.KEY_VALUE:
            return _pairs(text, wanted)
        if form is SettingForm.JSON:
            return _object(text, wanted)
        return _url(text, wanted)
    except Malformed:
        raise Rejected(Code.CONFIG_TARGET_MALFORMED_URL) from None


def _pairs(text: str, wanted: Dialect | None) -> Read:
    found = readers.pairs(text)
    host = dict(found).get("host", "")
    if instance_like(host):
        # Only Go's connector takes an instance's name for a host.
        rest = tuple(pair for pair in found if pair[0] != "host")
        return None, ELSEWHERE, Pieces(query=rest, instance=host)
    prefix = readers.PREFIX.match(text)
    if ";" in text and not prefix and len(found) > 1:
        return _net(found)
    return engine_of(prefix[1]) if prefix else None, plain_driver(wanted, dict(found)), Pieces(query=tuple(found))


def _net(found: readers.Pairs) -> Read:
    """Pairs of .NET or of ODBC, which names its driver. SQL Server's own way to write a host tells it."""
    said = {part[0]: value for name, value in found if (part := part_of_key(name))}
    place = _OF_SQL_SERVER.fullmatch(said.get(SettingName.HOST, ""))
    driver = ODBC if ENGINE in said else NPGSQL
    if not place:
        return engine_of(said.get(ENGINE, "")), driver, Pieces(query=tuple(found))
    rest = tuple(pair for pair in found if (part_of_key(pair[0]) or ("",))[0] is not SettingName.HOST)
    return Engine.SQLSERVER, driver, Pieces(host=place[1], port=place[2], query=rest)


def _object(text: str, wanted: Dialect | None) -> Read:
    inner = dict(readers.of_object(text))
    engine = engine_of(inner.pop(ENGINE, ""))
    url = inner.pop(SettingName.URL, "")
    if form_of(url) is SettingForm.URL:
        of_url, driver, pieces = _url(url, wanted)
        if not pieces.user:
            lent = ((part, inner[part]) for part in (SettingName.USER, SettingName.PASSWORD) if part in inner)
            pieces = replace(pieces, query=(*lent, *pieces.query))
        return of_url, driver, pieces
    if not inner:
        raise Malformed
    return engine, ELSEWHERE, Pieces(query=tuple(inner.items()))


def _url(text: str, wanted: Dialect | None) -> Read:
    wrapper, text = unwrapped(text)
    if wrapper:
        engine, driver, pieces = _url(text, wanted)
        return engine, replace(ELSEWHERE, name=wrapper.rstrip(":")) if driver is PLAIN else driver, pieces
    scheme = scheme_of(text)
    engine = engine_of(scheme.replace("+", " "))
    if scheme == "socket":
        return Engine.POSTGRES, ELSEWHERE, _node_socket(text)
    if not engine:
        trust.judge_no_url(text)
    if text.startswith(("jdbc:", "r2dbc:")):
        return engine, *_java(text, scheme)
    family, _, name = scheme.partition("+")
    rest = text[len(scheme) + len("://") :]
    if family.startswith("gcp"):
        return engine, ELSEWHERE, _with_instance(_CDK.sub(r"\1:\2:\3\4", rest, count=1))
    if name and family in {"postgresql", "postgres"}:
        return engine, driver_named(family, name) or unknown_driver(name), _checked(readers.sqlalchemy, rest)
    pieces = _checked(readers.libpq, rest)
    found = _IN_DATABASE.fullmatch(pieces.database) if not pieces.host else None
    if found:
        # Google's form for Django: a database that begins with a slash is the socket, and the database behind it.
        pieces = replace(pieces, host=found[1], database=found[2] or "")
    plain = family in {"postgresql", "postgres"}
    return engine, plain_driver(wanted, dict(pieces.query)) if plain else ELSEWHERE, pieces


def _java(text: str, scheme: str) -> tuple[Driver, Pieces]:
    rest = text[len(scheme) :]
    if not rest.startswith("//"):
        # ``jdbc:postgresql:orders``: what stands behind the last colon is the database.
        scheme, _, database = scheme.rpartition(":")
        rest = database + rest
    if text.startswith("jdbc:") and "@" not in rest.partition("?")[0]:
        return JDBC, readers.jdbc(rest)
    driver = R2DBC if text.startswith("r2dbc:") else JDBC
    return driver, _with_instance(rest[2:]) if "gcp" in scheme.split(":") else _checked(readers.libpq, rest[2:])


def _checked(reader: Callable[[str], Pieces], rest: str) -> Pieces:
    if trust.instance_as_host(rest):
        raise Malformed
    (trust.judge_for_sqlalchemy if reader is readers.sqlalchemy else trust.judge_plain)(rest)
    return reader(rest)


def _with_instance(rest: str) -> Pieces:
    """A URL whose host is an instance connection name, which no other reader could part."""
    trust.judge_plain(rest)
    before, at, behind = rest.rpartition("@")
    instance, slash, database = behind.partition("/")
    return replace(readers.libpq(f"{before}{at}{slash}{database}"), host="", port="", instance=instance)


def _node_socket(text: str) -> Pieces:
    """``socket://user:password@/path?db=name`` and ``socket:/path?db=name``, as pg-connection-string reads them."""
    rest = text.removeprefix("socket:").removeprefix("//")
    trust.judge_plain(rest)
    before, at, behind = rest.rpartition("@")
    path, mark, query = behind.partition("?")
    return replace(readers.libpq(f"{before}{at}{mark}{query}"), host=path)
