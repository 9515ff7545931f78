"""Interpret: what the driver or framework of a claim's form makes of it, and whether it can be read at all.

A reserved character in a password that was not percent-encoded cuts a URL in the wrong place, and what looks like a
host may be a piece of the password. So from a text that is rejected nothing is used and nothing is shown.
"""

import re
from collections.abc import Iterator, Mapping

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, Route, Secret, SettingForm, SettingName
from diagnostics.settings import hygiene, trust, values
from diagnostics.settings.drivers import (
    ELSEWHERE,
    JDBC,
    PLAIN,
    PLAIN_ASYNCPG,
    SECRET_OPTIONS,
    Driver,
    Tls,
    foreign_options,
    known_option,
    tls_of,
)
from diagnostics.settings.forms import read
from diagnostics.settings.model import Claim, Meaning, Sourced
from diagnostics.settings.readers import Pieces
from diagnostics.settings.sources import form_of, stripped_of_quotes
from diagnostics.settings.trust import Rejected
from diagnostics.settings.words import part_of_key

_HOST_AND_PORT = re.compile(r"([a-zA-Z0-9.\-]*):([0-9]+)")
"""SQLAlchemy takes this form as value of ``host``; so do apps that part it themselves."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::-?([^}]*))?\}|%env\((?:\w+:)*(\w+)\)%")
"""Spring's and a shell's, and Symfony's."""
_SECRET = re.compile("password|secret|token|key", re.IGNORECASE)
_TWICE = re.compile("%25(?:2[0-9a-f]|3[a-f]|40|5b|5d)", re.IGNORECASE)
_CERTIFICATES = {
    "sslrootcert": SettingName.ROOT_CERT,
    "sslcert": SettingName.CLIENT_CERT,
    "sslkey": SettingName.CLIENT_KEY,
}
"""Meant so even where the driver does not take them: we never trust more than the app meant to."""
_LENT = (SettingName.DATABASE, SettingName.USER, SettingName.PASSWORD)
_AROUND = frozenset(
    {Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, Code.CONFIG_HYGIENE_LEADING_WHITESPACE, Code.CONFIG_HYGIENE_QUOTED}
)

_Parts = dict[SettingName, str]


def interpret(claim: Claim, wanted: Dialect | None, environ: Mapping[str, str]) -> Meaning:
    """The meaning of a claim. ``wanted`` is the driver that was named beside it, if any."""
    url = claim.given(SettingName.URL)
    if url is None:
        return _variables(claim)
    try:
        return _text(claim, url, wanted, environ)
    except Rejected as rejected:
        return _meaning(
            claim,
            readable=False,
            values=(url,),
            problems=(*claim.problems, Finding(code=rejected.code, about=url.source)),
            remarks=(*claim.remarks, *_remarks_on_rejected(url)),
        )


def _meaning(claim: Claim, **more: object) -> Meaning:
    return Meaning(**{name: getattr(claim, name) for name in Claim.__struct_fields__} | more)


def _sourced(parts: Mapping[SettingName, str], source: str) -> list[Sourced]:
    return [Sourced(setting=part, source=source, text=Secret(text)) for part, text in parts.items() if text]


# --- single variables -------------------------------------------------------------------------------------------------


def _variables(claim: Claim) -> Meaning:
    """Handed over one by one as they are, but for a host that most apps part, and words for TLS of other drivers."""
    remarks = [each for value in claim.values for each in hygiene.remarks_on(value.source, value.setting, value.raw)]
    parts = {value.setting: value for value in claim.values}
    host, tls = parts.get(SettingName.HOST), parts.get(SettingName.TLS_MODE)
    if host and not values.host_secret(host.raw):
        said, parted = _host_said(claim, host.raw, has_port=SettingName.PORT in parts)
        parts |= {each.setting: each for each in _sourced(parted, host.source)}
        remarks += [Finding(code=code, about=host.source, other=SettingName.HOST.value) for code in said]
    if tls and claim.row.dialect is None and claim.form is SettingForm.VARIABLES:
        meant = tls_of(ELSEWHERE, [("sslmode", tls.raw)], tls.source).mode
        del parts[SettingName.TLS_MODE]
        parts |= {each.setting: each for each in _sourced({tls.setting: meant.value if meant else ""}, tls.source)}
        unknown = Finding(code=Code.CONFIG_HYGIENE_UNKNOWN_WORD, about=tls.source, other=tls.setting.value)
        remarks += [] if meant else [unknown]
    return _meaning(
        claim, values=tuple(parts.values()), route=claim.row.route, remarks=(*claim.remarks, *dict.fromkeys(remarks))
    )


def _host_said(claim: Claim, text: str, *, has_port: bool) -> tuple[list[Code], _Parts]:
    """A host with a scheme or a port in it. libpq takes the whole for a name; who else has it so parts it mostly."""
    _, colon, rest = text.strip().partition("://")
    said = [Code.CONFIG_HYGIENE_SCHEME_IN_HOST] if colon and not claim.row.splits_host else []
    parts: _Parts = {SettingName.HOST: rest.rstrip("/") if rest.count("/") == 1 else rest} if colon else {}
    place = _HOST_AND_PORT.fullmatch(parts.get(SettingName.HOST, text).strip())
    if place and place[1]:
        said += [] if claim.row.splits_host else [Code.CONFIG_HYGIENE_PORT_IN_HOST]
        if claim.row.dialect is None or colon:
            parts |= {SettingName.HOST: place[1]} | ({} if has_port and not colon else {SettingName.PORT: place[2]})
    return said, parts


# --- one text ---------------------------------------------------------------------------------------------------------


def _text(claim: Claim, url: Sourced, wanted: Dialect | None, environ: Mapping[str, str]) -> Meaning:
    text, expanded = _expanded(claim, _whole(url.raw), environ)
    form = form_of(text) or claim.form
    if form is SettingForm.PLACE:
        return _place(claim, url, text.strip())
    engine, driver, pieces = read(form, text, wanted)
    tls = tls_of(driver, pieces.query, url.source)
    parts = _parts(driver, pieces, tls)
    trust.judge_parts(parts)
    given = _sourced(parts, url.source)
    lent = _lent(claim, parts)
    instance = claim.given(SettingName.INSTANCE) if SettingName.INSTANCE not in parts else None
    return _meaning(
        claim,
        form=form,
        values=(url, *given, *lent, *((instance,) if instance else ())),
        engine=engine or claim.engine,
        driver=driver,
        route=_route(driver, parts, pieces) or claim.row.route,
        options=tuple((name, said) for name, said in pieces.query if _carried(driver, tls, name)),
        remarks=(*claim.remarks, *_remarks(url, text, parts, driver, pieces), *_on_lent(lent), *expanded),
        dialect_problems=tuple(_on_driver(driver, tls, pieces, url.source)),
        secrets=tuple(Secret(said) for name, said in pieces.query if said and _hidden(driver, name)),
    )


def _lent(claim: Claim, parts: _Parts) -> list[Sourced]:
    """Who stands beside the text, where it names nobody; a password alone where it is nobody else's."""
    beside = [each for each in claim.values if each.setting in _LENT and each.setting not in parts]
    user, other = parts.get(SettingName.USER, ""), claim.given(SettingName.USER)
    if not user:
        return beside
    its_own = "@" not in user and (other is None or other.raw == user)
    return [each for each in beside if its_own and each.setting is SettingName.PASSWORD]


def _whole(text: str) -> str:
    """Without quotes and what is before the scheme; what is at the end stays in the last part, as the app has it."""
    bare = stripped_of_quotes(text)
    return bare if hygiene.quoted(text.strip()) else text[text.index(bare) :]


def _expanded(claim: Claim, text: str, environ: Mapping[str, str]) -> tuple[str, tuple[Finding, ...]]:
    """With ``${NAME}`` replaced where that can be, as frameworks do it; others leave it, which is remarked upon."""
    names = _VARIABLE.findall(text)
    if not names:
        return text, ()
    by_app = claim.row.expands or "%env(" in text
    if not all(environ.get(name or of_symfony) or default for name, default, of_symfony in names):
        raise Rejected(Code.CONFIG_TARGET_NOT_FOUND if by_app else Code.CONFIG_TARGET_PLACEHOLDER_IN_URL)
    said = Finding(code=Code.CONFIG_HYGIENE_PLACEHOLDER, about=claim.name, other=SettingName.URL.value)
    full = _VARIABLE.sub(lambda found: environ.get(found[1] or found[3]) or found[2] or "", text)
    return full, () if by_app else (said,)


def _place(claim: Claim, url: Sourced, text: str) -> Meaning:
    """A socket's path, perhaps with a database behind it as node's driver takes it, or an instance's name."""
    path, _, database = text.partition(" ") if text.startswith("/") else ("", "", "")
    texts = {SettingName.HOST: path, SettingName.DATABASE: database, SettingName.INSTANCE: "" if path else text}
    lent = [value for value in claim.values if value.setting in _LENT and not texts.get(value.setting)]
    remarks = list(hygiene.remarks_on(url.source, SettingName.URL, url.raw))
    if claim.row.general and not path:
        code = Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME
        remarks.append(Finding(code=code, about=url.source, other=SettingName.URL.value))
    given = (*_sourced(texts, url.source), *lent)
    return _meaning(claim, form=SettingForm.PLACE, values=given, remarks=(*claim.remarks, *remarks))


def _parts(driver: Driver, pieces: Pieces, tls: Tls) -> _Parts:
    """Parts of the target; the query has the last word, save for asyncpg. A connector's driver ignores the host."""
    place: _Parts = {
        SettingName.HOST: pieces.host,
        SettingName.PORT: pieces.port,
        SettingName.DATABASE: pieces.database,
        SettingName.USER: pieces.user,
        SettingName.PASSWORD: pieces.password,
        SettingName.INSTANCE: pieces.instance,
    }
    given = {setting: text for setting, text in place.items() if text}
    query = _query_parts(driver, pieces)
    if query.get(SettingName.INSTANCE):
        given.pop(SettingName.HOST, None)
    parts = query | given if driver is PLAIN_ASYNCPG else given | query
    parts.pop(SettingName.TLS_MODE, None)
    whole = parts | ({SettingName.TLS_MODE: tls.mode.value} if tls.mode else {})
    return {setting: text for setting, text in whole.items() if text}


def _query_parts(driver: Driver, pieces: Pieces) -> _Parts:
    parts: _Parts = {}
    order: dict[SettingName, int] = {}
    for name, text in pieces.query:
        setting = _CERTIFICATES.get(name) or driver.part_of(name)
        rank = 0 if driver.parts else abs((part_of_key(name) or ("", 0))[1])
        # Of a repeated parameter SQLAlchemy makes a list, and drivers try its first entry first; libpq keeps the last.
        # An empty one takes back what libpq read before it.
        if (
            setting
            and (text or driver is PLAIN)
            and (setting not in parts or (not driver.by_sqlalchemy and rank <= order[setting]))
        ):
            parts[setting], order[setting] = text, rank
    in_one = _HOST_AND_PORT.fullmatch(parts.get(SettingName.HOST, ""))
    if in_one and driver is not PLAIN and SettingName.PORT not in parts:
        parts |= {SettingName.HOST: in_one[1], SettingName.PORT: in_one[2]}
    return parts


def _route(driver: Driver, parts: _Parts, pieces: Pieces) -> Route | None:
    """JDBC's and R2DBC's factory is a connector, unless it is told a socket."""
    through = pieces.instance or (driver.name in {"jdbc", "r2dbc"} and parts.get(SettingName.INSTANCE))
    return Route.CONNECTOR if through and not parts.get(SettingName.HOST, "").startswith("/") else None


def _carried(driver: Driver, tls: Tls, name: str) -> bool:
    return driver.part_of(name) is None and name not in tls.read and not _hidden(driver, name)


def _hidden(driver: Driver, name: str) -> bool:
    """Whether an option's value is a secret, or may be a piece of one because nobody knows the option."""
    secret = name in SECRET_OPTIONS or _SECRET.search(name) is not None or not known_option(name)
    return secret and driver.part_of(name) is None


def _on_driver(driver: Driver, tls: Tls, pieces: Pieces, source: str) -> Iterator[Finding]:
    """What the driver of the form does not take."""
    if driver.by_sqlalchemy and driver.name and not driver.parts:
        yield Finding(code=Code.CONFIG_DIALECT_DRIVER_UNKNOWN, about=source, other=driver.name)
    if driver is JDBC and pieces.user:
        yield Finding(code=Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about=source, other=SettingName.USER.value)
    yield from tls.problems
    yield from foreign_options(driver, (name for name, _ in pieces.query), source)


def _on_lent(lent: list[Sourced]) -> tuple[Finding, ...]:
    return tuple(each for value in lent for each in hygiene.remarks_on(value.source, value.setting, value.raw))


def _remarks(url: Sourced, text: str, parts: _Parts, driver: Driver, pieces: Pieces) -> Iterator[Finding]:
    found = _on_lent(_sourced(parts, url.source))
    yield from found
    known = {remark.code for remark in found}
    around = hygiene.remarks_on(url.source, SettingName.URL, url.raw)
    yield from (each for each in around if each.code in _AROUND and each.code not in known)
    host = parts.get(SettingName.HOST, "")
    elsewhere = [pieces.database, *(said for name, said in pieces.query if driver.part_of(name) is None)]
    seen = {
        # Some readers of a plain URL end it here, others take it for a part of the database's name.
        Code.CONFIG_HYGIENE_UNENCODED_URL: "#" in text and not driver.by_sqlalchemy and "://" in text.partition("{")[0],
        Code.CONFIG_HYGIENE_ENCODED_TWICE: _TWICE.search(text) is not None,
        Code.CONFIG_HYGIENE_PLACEHOLDER_HOST: host == "google" and SettingName.INSTANCE not in parts,
        Code.CONFIG_HYGIENE_SOCKET_NOT_AS_HOST: not host.startswith("/")
        and any(re.match("/?cloudsql/", each) for each in elsewhere),
        Code.CONFIG_HYGIENE_SCHEME_IN_HOST: url.source.lower().endswith(("host", "hostname", "host_file")),
    }
    of = {Code.CONFIG_HYGIENE_UNENCODED_URL: SettingName.DATABASE, Code.CONFIG_HYGIENE_ENCODED_TWICE: SettingName.URL}
    yield from (
        Finding(code=code, about=url.source, other=of.get(code, SettingName.HOST).value)
        for code, is_so in seen.items()
        if is_so
    )


def _remarks_on_rejected(url: Sourced) -> Iterator[Finding]:
    yield from hygiene.remarks_on(url.source, SettingName.URL, url.raw)
    _, found, rest = url.raw.partition("://")
    if found and trust.instance_as_host(rest):
        yield Finding(code=Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME, about=url.source, other=SettingName.HOST.value)
