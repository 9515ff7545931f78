"""A database URL: what the app's driver would take from it, or why it is rejected.

A reserved character in a password that was not percent-encoded cuts the URL in the wrong place, and what looks like a
host may be a piece of the password. So from a URL that is rejected nothing is used and nothing is shown.
"""

import re
from collections.abc import Iterator

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, Secret, SettingName
from diagnostics.settings import hygiene, url_trust
from diagnostics.settings.dialects import (
    PLAIN_ASYNCPG,
    SECRET_OPTIONS,
    Driver,
    Reader,
    Tls,
    driver_named,
    foreign_options,
    plain_driver,
    tls_of,
    unknown_driver,
)
from diagnostics.settings.model import Draft, Given
from diagnostics.settings.url_readers import Malformed, Pieces, libpq, sqlalchemy
from diagnostics.settings.url_trust import Rejected

_URL = re.compile(r"(?P<scheme>postgres(?:ql)?)(?:\+(?P<driver>\w+))?://(?P<rest>.*)", re.DOTALL)
_HOST_AND_PORT = re.compile(r"([a-zA-Z0-9.\-]*):([0-9]+)")
"""SQLAlchemy takes this form as value of ``host``."""
_CERTIFICATES = {
    "sslrootcert": SettingName.ROOT_CERT,
    "sslcert": SettingName.CLIENT_CERT,
    "sslkey": SettingName.CLIENT_KEY,
}
"""Meant so even where the driver does not take them: we never trust more than the app meant to."""

_Parts = dict[SettingName, str]


def read_url(source: str, secret: Secret, wanted: Dialect | None) -> Draft:
    """The draft of a URL. ``wanted`` is the driver that was named beside it, if any."""
    try:
        return _accepted(source, secret, wanted)
    except Rejected as rejected:
        return Draft(
            family=source,
            url=secret,
            rejected=True,
            values=(Given(setting=SettingName.URL, source=source, text=secret),),
            problems=(Finding(code=rejected.code, about=source),),
            remarks=tuple(_remarks_on_rejected(source, secret.reveal())),
        )


def _accepted(source: str, secret: Secret, wanted: Dialect | None) -> Draft:
    scheme, name, rest = _split(secret.reveal())
    known = driver_named(scheme, name)
    driver = known or unknown_driver(name)
    pieces = _read(driver, rest)
    names = tuple(name for name, _ in pieces.query)
    if driver.reader is Reader.LIBPQ:
        driver = plain_driver(wanted, names)
    tls = tls_of(driver, pieces.query, source)
    for problem in tls.bad:
        raise Rejected(problem.code)
    unknown = () if known else (Finding(code=Code.CONFIG_DIALECT_DRIVER_UNKNOWN, about=source, other=name),)
    parts = _parts(driver, pieces, tls)
    return Draft(
        family=source,
        url=secret,
        driver=driver,
        values=(
            Given(setting=SettingName.URL, source=source, text=secret),
            *(Given(setting=setting, source=source, text=Secret(text)) for setting, text in parts.items() if text),
        ),
        options=tuple(_leftover(driver, pieces, tls)),
        remarks=tuple(_remarks(source, secret.reveal(), parts, driver)),
        dialect_problems=(*unknown, *tls.problems, *foreign_options(driver, names, source)),
    )


def _split(text: str) -> tuple[str, str, str]:
    found = _URL.fullmatch(text)
    if found is None:
        url_trust.judge_no_url(text)
        raise Rejected(Code.CONFIG_TARGET_MALFORMED_URL)
    return found["scheme"], found["driver"] or "", found["rest"]


def _read(driver: Driver, rest: str) -> Pieces:
    if url_trust.instance_as_host(rest):
        raise Rejected(Code.CONFIG_TARGET_MALFORMED_URL)
    try:
        if driver.reader is Reader.LIBPQ:
            url_trust.judge_plain(rest)
            pieces = libpq(rest)
        else:
            url_trust.judge_for_sqlalchemy(rest)
            pieces = sqlalchemy(rest)
    except Malformed:
        raise Rejected(Code.CONFIG_TARGET_MALFORMED_URL) from None
    url_trust.judge_pieces(pieces)
    return pieces


def _parts(driver: Driver, pieces: Pieces, tls: Tls) -> _Parts:
    """Parts of the target; the query has the last word, save for asyncpg."""
    place: _Parts = {
        SettingName.HOST: pieces.host,
        SettingName.PORT: pieces.port,
        SettingName.DATABASE: pieces.database,
        SettingName.USER: pieces.user,
        SettingName.PASSWORD: pieces.password,
    }
    given = {setting: text for setting, text in place.items() if text}
    query = _query_parts(driver, pieces)
    parts = query | given if driver is PLAIN_ASYNCPG else given | query
    if tls.mode:
        parts[SettingName.TLS_MODE] = tls.mode.value
    return parts


def _query_parts(driver: Driver, pieces: Pieces) -> _Parts:
    meaning = _CERTIFICATES | dict(driver.parts)
    parts: _Parts = {}
    for name, text in pieces.query:
        setting = meaning.get(name)
        # Of a repeated parameter SQLAlchemy makes a list, and drivers try its first entry first; libpq keeps the last.
        if setting and text and (driver.reader is Reader.LIBPQ or setting not in parts):
            parts[setting] = text
    in_one = _HOST_AND_PORT.fullmatch(parts.get(SettingName.HOST, ""))
    if in_one and driver.reader is Reader.SQLALCHEMY and SettingName.PORT not in parts:
        parts |= {SettingName.HOST: in_one[1], SettingName.PORT: in_one[2]}
    return parts


def _leftover(driver: Driver, pieces: Pieces, tls: Tls) -> Iterator[tuple[str, str]]:
    read = {name for name, _ in driver.parts} | tls.read | SECRET_OPTIONS
    return ((name, text) for name, text in pieces.query if name not in read)


def _remarks(source: str, text: str, parts: _Parts, driver: Driver) -> Iterator[Finding]:
    found = [remark for setting, part in parts.items() for remark in hygiene.remarks_on(source, setting, part)]
    yield from found
    known = {remark.code for remark in found}
    yield from (
        remark
        for remark in hygiene.remarks_on(source, SettingName.URL, text)
        if remark.code is Code.CONFIG_HYGIENE_TRAILING_WHITESPACE and remark.code not in known
    )
    if "#" in text and driver.reader is Reader.LIBPQ:
        # Some readers of a plain URL end it here, others take it for a part of the database's name.
        yield Finding(code=Code.CONFIG_HYGIENE_UNENCODED_URL, about=source, other=SettingName.DATABASE.value)


def _remarks_on_rejected(source: str, text: str) -> Iterator[Finding]:
    yield from hygiene.remarks_on(source, SettingName.URL, text)
    found = _URL.fullmatch(text)
    if found and url_trust.instance_as_host(found["rest"]):
        yield Finding(code=Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME, about=source, other=SettingName.HOST.value)
