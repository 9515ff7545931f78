"""Discover: every variable that may say where the database is, gathered into claims, the best one first.

A claim is one text that holds several parts, or the variables of one prefix. Nothing is read out of the texts here, and
no claim takes a part from what has a place of its own.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import takewhile
from urllib.parse import unquote

from msgspec.structs import replace

from diagnostics.core.candidates import SPOKEN, Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, Secret, SettingForm, SettingName, Value
from diagnostics.settings import hygiene, libpq, readers, words
from diagnostics.settings.families import INSTANCE_VARIABLES, ROWS, Row, known
from diagnostics.settings.hygiene import USUAL_PORT, instance_like
from diagnostics.settings.model import Claim, Files, Sourced
from diagnostics.settings.options import PREFIX
from diagnostics.settings.sources import FILE_SUFFIX, Reading, engine_of_text, form_of, read_variable
from diagnostics.settings.words import ENGINE, KEPT, PROJECT, REGION, Group, Name, variable, words_of

IDENTITY = frozenset({SettingName.HOST, SettingName.DATABASE, SettingName.USER})
"""What two sources must agree on to mean the same target."""
WHO = (SettingName.DATABASE, SettingName.USER, SettingName.PASSWORD)
_TLS = (SettingName.TLS_MODE, SettingName.ROOT_CERT, SettingName.CLIENT_CERT, SettingName.CLIENT_KEY)
_LENT = frozenset({*WHO, *_TLS, ENGINE, KEPT})
_TELLING = frozenset({*WHO, SettingName.PORT})
"""One of them at least beside a place, or it may be anything's."""
_PLACE = frozenset({SettingName.HOST, SettingName.INSTANCE})
_OTHER_PORTS = frozenset("1433 1521 3000 3306 4222 5672 6379 7687 8080 8123 9000 9042 9092 9200 11211 27017".split())
"""Ports of servers that are not PostgreSQL's: a group with one of them and no word for a database is none."""
_PAIRED = frozenset({SettingForm.KEY_VALUE, SettingForm.JSON})
_OTHER_SCHEME = re.compile("[a-z][a-z0-9+.-]+:")
_ALLOYDB = re.compile("projects/[^/]+/locations/[^/]+/clusters/[^/]+/instances/[^/]+")
_NEITHER = frozenset("sqlite sqlite3 better-sqlite3 h2 oracle mongodb mongo redis derby firebird".split())
MOST, LONGEST = 5, 64
"""Names that come near: more than a person reads in one sentence, and longer than any name is."""


class Found(Value, frozen=True, kw_only=True):
    """What the environment holds."""

    claims: tuple[Claim, ...] = ()
    """Best first."""
    places: tuple[Sourced, ...] = ()
    """Instance connection names and sockets that stand alone: they complete a claim that says only who."""
    alloydb: str = ""
    """The variable that names an instance of AlloyDB, which has no address that settings could know."""


def discover(environ: Mapping[str, str], files: Files) -> Found:
    """Everything in the environment but our own variables."""
    scan = _Scan(environ, files)
    places = tuple(scan.places())
    claims = sorted((*scan.texts(), *scan.groups()), key=lambda claim: _rank(claim, placed=bool(places)))
    if not any(says_where(claim) or claim.form is SettingForm.VARIABLES for claim in claims):
        claims += [
            Claim(name=each.source, form=SettingForm.PLACE, values=(replace(each, setting=SettingName.URL),))
            for each in places
        ]
    return Found(claims=tuple(claims), places=places, alloydb=scan.alloydb)


def says_where(claim: Claim) -> bool:
    """Whether a claim says by itself where its database is, readable or not; who reads libpq's variables need not."""
    said = any(claim.given(part) for part in (SettingName.URL, *_PLACE))
    return said or bool(claim.problems) or claim.row.dialect is Dialect.PSYCOPG


def _rank(claim: Claim, *, placed: bool) -> tuple[object, ...]:
    """PostgreSQL's first; then who says where, and who logs in; then the best known, and the plainest name."""
    spoken, single = words_of(claim.name), claim.form is SettingForm.VARIABLES
    unlike = claim.engine not in {None, *SPOKEN}
    nowhere = not says_where(claim) and not (placed and single)
    nobody = single and claim.given(SettingName.USER) is None
    return unlike, nowhere, nobody, known(claim.name)[0], words.lesser(spoken), len(spoken), claim.name


def nearest(environ: Mapping[str, str], files: Files) -> tuple[str, ...]:
    """Names that come near, best first, never a value: a name that looks like none may be one in the wrong place.

    They speak of a database, say where something is and who logs in there, or hold a URL of a scheme we do not know.
    """
    scan = _Scan(environ, files)
    spoken = {name for name in environ if words.of_a_database(words_of(name))}
    for members in scan.members.values():
        parts = {each.part for each in members.values()}
        spoken |= {*members} if SettingName.USER in parts and parts & _PLACE else set()
        spoken |= {name for name, each in members.items() if each.part is SettingName.URL and scan.strange(name)}
    near = sorted(name for name in spoken if not name.startswith(PREFIX) and not words.decoy(words_of(name)))
    return tuple(name for name in near if name.replace("_", "").isalnum() and name.isascii() and len(name) < LONGEST)[
        :MOST
    ]


class _Scan:
    """One look at each variable; files are opened only for what is a claim."""

    def __init__(self, environ: Mapping[str, str], files: Files) -> None:
        self.environ = environ
        self.files = files
        self.forms: dict[str, SettingForm] = {}
        self.members: dict[Group, dict[str, Name]] = {}
        """The variables of each group, without the ending of files."""
        self.alloydb = ""
        for name, text in environ.items():
            in_file = name.endswith(FILE_SUFFIX)
            base = name.removesuffix(FILE_SUFFIX) if in_file else name
            if not text or name.startswith(PREFIX) or (in_file and base in environ):
                continue
            if "projects" in text and _ALLOYDB.search(unquote(text)):
                # No address that settings could know: only AlloyDB's own control plane has it.
                self.alloydb = self.alloydb or name
                continue
            form = None if in_file else form_of(text)
            if form:
                self.forms[name] = form
            meaning = variable(base)
            if meaning:
                self.members.setdefault(meaning.group, {})[base] = meaning

    @cached_property
    def unplaced(self) -> dict[Group, dict[str, Name]]:
        """The groups that say no place of their own."""
        places = {*_PLACE, SettingName.URL}
        return {group: own for group, own in self.members.items() if places.isdisjoint(x.part for x in own.values())}

    def texts(self) -> Iterator[Claim]:
        """Each text that holds several parts, completed by who stands beside it."""
        for name, form in self.forms.items():
            engine = self._spoken_of(name, form)
            if engine:
                yield self._text(name, engine)
        for row in ROWS:
            if row.general and row.name not in self.forms and self._may_be_url(row.name):
                yield self._text(row.name, None)
        for name in self._in_files():
            reading = read_variable(self.environ, self.files, name)
            text = reading.text if reading else ""
            if reading and (reading.problem or engine_of_text(text) or form_of(text) in _PAIRED):
                yield self._text(name, None)

    def _spoken_of(self, name: str, form: SettingForm) -> Engine | None:
        """The engine of a text; None where it is no database's, or one that is read elsewhere."""
        if form is SettingForm.URL:
            return engine_of_text(self.environ[name])
        spoken = words_of(name)
        alone = form is SettingForm.PLACE and not known(name)[1].general
        silent = form is SettingForm.JSON and not readers.says_where(self.environ[name])
        if alone or silent or words.decoy(spoken):
            return None
        return words.engine_of_words(spoken) or Engine.POSTGRES

    def _may_be_url(self, name: str) -> bool:
        """What an app of any kind takes for a URL is one, whatever it looks like, but another kind's."""
        text = self.environ.get(name, "")
        other = _OTHER_SCHEME.match(text) and words.engine_of(text.partition(":")[0]) is None
        return bool(text) and not other

    def _in_files(self) -> Iterator[str]:
        for group in self.members.values():
            for name, meaning in group.items():
                if meaning.part is SettingName.URL and name not in self.environ and words.of_a_database(words_of(name)):
                    yield name

    def _text(self, name: str, engine: Engine | None) -> Claim:
        meaning = variable(name)
        own = self.members.get(meaning.group, {}) if meaning else {}
        given = {each.part for each in own.values()}
        lenders = self._lenders(meaning.group) if meaning else ()
        beside = own | {one: each for one, each in lenders if each.part in _LENT - given}
        lent = {each: said for each, said in beside.items() if said.part in _LENT | {SettingName.INSTANCE, ENGINE}}
        claim = self._claim(name, lent | {name: Name(part=SettingName.URL)})
        text = claim.given(SettingName.URL)
        form = self.forms.get(name) or (form_of(text.raw) if text else None) or SettingForm.URL
        return replace(claim, form=form, engine=engine or (engine_of_text(text.raw) if text else None))

    def strange(self, name: str) -> bool:
        """Whether its value is a URL of a scheme that is neither a database's we know nor another service's."""
        scheme, colon, _ = self.environ.get(name, "").partition("://")
        return bool(colon and scheme) and not words.decoy((scheme.partition("+")[0],)) and not words.engine_of(scheme)

    def groups(self) -> Iterator[Claim]:
        """Each group of variables that is a family we know, or looks like one of a database."""
        claims = {claim.name.lower(): claim for group in self.members if (claim := self._group(group))}
        if self.environ.get(libpq.SERVICE):
            claims["pg*"] = self._of_service(claims.get("pg*") or self._claim("PG*", {}))
        yield from claims.values()
        for row in ROWS:
            if row.extra and row.name.lower() not in claims and self._extras(row, SettingName.HOST):
                yield self._claim(row.name, {})

    def _of_service(self, claim: Claim) -> Claim:
        """Variables of libpq that name a service, which goes before the others."""
        said, problems = libpq.of_service(self.environ, self.files, self.environ[libpq.SERVICE], "")
        known = {each.setting for each in said}
        values = (*said, *(each for each in claim.values if each.setting not in known))
        return replace(claim, values=values, problems=(*claim.problems, *problems))

    def _group(self, group: Group) -> Claim | None:
        own = {name: each for name, each in self.members[group].items() if not self._of_no_use(name, each)}
        if not own or words.decoy((*group[0], *group[1])):
            return None
        placed = [each.prefix for each in own.values() if each.part in _PLACE]
        name = f"{min(placed or [each.prefix for each in own.values()], key=len)}*"
        if name == "*":
            name = next((one for one, each in own.items() if each.part in _PLACE), "")
        row = known(name)[1]
        placed += self._extras(row, SettingName.HOST)
        if not placed and not row.general:
            return None
        given = {each.part for each in own.values()}
        lent = {one: each for one, each in self._lenders(group) if each.part in _LENT - given} if placed else {}
        if not row.name and not any(each.part in _TELLING for each in (*own.values(), *lent.values())):
            return None
        claim = self._claim(name, own | lent)
        if row.general:
            return claim if claim.problems or any(claim.given(part) for part in (SettingName.HOST, *WHO)) else None
        return claim if row.name or self._looks_like_one(group, own | lent, claim) else None

    def _lenders(self, group: Group) -> Iterator[tuple[str, Name]]:
        """Groups of the same app that say who, and have no place of their own; of each part those that are nearest."""
        near: dict[str, list[tuple[int, str, Name]]] = {}
        for other, members in self.unplaced.items():
            shared = 0 if other == group else _shared(group, other)
            for name, each in members.items() if shared else ():
                near.setdefault(each.part, []).append((shared, name, each))
        for found in near.values():
            nearest_ = max(shared for shared, _, _ in found)
            yield from ((name, each) for shared, name, each in found if shared == nearest_)

    def _looks_like_one(self, group: Group, members: Mapping[str, Name], claim: Claim) -> bool:
        text = {value.setting: value.raw.strip() for value in claim.values}
        place, instance = text.get(SettingName.HOST, ""), text.get(SettingName.INSTANCE, "")
        if claim.engine is Engine.OTHER or (instance and not instance_like(instance)):
            return False
        if instance or place.startswith("/cloudsql") or instance_like(place):
            return any(part in text for part in WHO)
        if words.of_a_database((*group[0], *group[1])):
            return any(part in text for part in (*WHO, SettingName.PORT))
        # Named after the app itself: only with a user, and a database that is called so or PostgreSQL's own port.
        of_database = [each for each in members.values() if each.part is SettingName.DATABASE]
        named = any(each.order >= 0 or words.of_a_database(each.group[1]) for each in of_database)
        port = text.get(SettingName.PORT, "")
        if not any(group):
            # Odoo's image: no word of a name tells it, and USER and HOST stand in every shell.
            return port == str(USUAL_PORT) and SettingName.USER in text and SettingName.PASSWORD in text
        return SettingName.USER in text and ((named and port not in _OTHER_PORTS) or port == str(USUAL_PORT))

    def _of_no_use(self, name: str, each: Name) -> bool:
        """A whole URL in place of a host is a claim by itself; ``DB_PORT=tcp://...`` is Kubernetes' link."""
        text = self.environ.get(name, "")
        whole = self.forms.get(name) is SettingForm.URL and engine_of_text(text) is not None
        link = text.startswith(("tcp://", "udp://")) and f"{each.prefix}SERVICE_HOST" in self.environ
        return each.part is SettingName.URL or whole or (link and each.part is SettingName.PORT)

    def _claim(self, name: str, members: Mapping[str, Name]) -> Claim:
        row = known(name)[1]
        beside = variable(f"{row.beside[:-1]}USER") if row.beside else None
        members = {**members, **(self.members.get(beside.group, {}) if beside else {})}
        names: dict[str, list[str]] = {part: self._extras(row, part) for part in _extras_of(row)}
        for one, each in sorted(members.items(), key=lambda item: abs(item[1].order)):
            if one not in names.setdefault(each.part, []):
                names[each.part].append(one)
        found = ((part, read_variable(self.environ, self.files, one)) for part, all_ in names.items() for one in all_)
        return claim_of(name, row, [(part, reading) for part, reading in found if reading])

    def _extras(self, row: Row, part: str) -> list[str]:
        names = _extras_of(row).get(part, [])
        return [name for name in names if self.environ.get(name) or self.environ.get(name + FILE_SUFFIX)]

    def places(self) -> Iterator[Sourced]:
        """Instance connection names, those of known variables first, then sockets and names by their form."""
        for name in INSTANCE_VARIABLES:
            reading = read_variable(self.environ, self.files, name)
            if reading and reading.text and not _ALLOYDB.match(reading.text):
                yield Sourced(setting=SettingName.INSTANCE, source=reading.source, text=Secret(reading.text))
        for name, form in self.forms.items():
            if form is SettingForm.PLACE and name not in INSTANCE_VARIABLES and not known(name)[1].general:
                part = SettingName.HOST if self.environ[name].lstrip().startswith("/") else SettingName.INSTANCE
                yield Sourced(setting=part, source=name, text=Secret(self.environ[name]))


def _shared(group: Group, other: Group) -> int:
    """How many words two groups begin with, if the other may say who logs in to the one; 0 if it may not.

    It may where both are the same app's, or where the other is about a database and the one is nested in it.
    """
    (stem, role), (others_stem, others) = group, other
    ours, theirs = (*stem, *role), (*others_stem, *others)
    alike = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False))))
    of_one_app = stem == others_stem and bool(stem or alike == min(len(role), len(others)))
    nested = alike == len(theirs) and words.of_a_database(theirs)
    return alike if of_one_app or nested else 0


def _extras_of(row: Row) -> dict[str, list[str]]:
    split = (each.partition("=") for each in row.extra.split())
    return {part: names.split(",") for part, _, names in split}


Readings = list[tuple[str, Reading]]
Names = tuple[tuple[SettingName, str], ...]


def claim_of(
    name: str, row: Row, readings: Readings, form: SettingForm = SettingForm.VARIABLES, lacking: Names = ()
) -> Claim:
    """A claim from readings, of which the first of a part counts."""
    first = {part: reading for part, reading in reversed(readings) if reading.text}
    usual = {SettingName.HOST: "HOST", SettingName.PORT: "PORT", SettingName.USER: "USER"}
    usual[SettingName.DATABASE] = {"POSTGRES_*": "DB", "PG*": "DATABASE"}.get(name, "NAME")
    star = tuple((part, name[:-1] + ending) for part, ending in usual.items() if name.endswith("*"))
    remarks = (replace(each.remark, other=each.remark.other or part) for part, each in readings if each.remark)
    return Claim(
        name=name,
        form=form,
        row=row,
        values=tuple(_values(first)),
        engine=_engine(first, name),
        lacking=lacking or star,
        kept=_kept(first),
        problems=tuple(reading.problem for _, reading in readings if reading.problem),
        remarks=(*remarks, *_contradictions(readings, first)),
    )


def _values(first: Mapping[str, Reading]) -> Iterator[Sourced]:
    """The parts; an instance's name where project, region and name are given one by one."""
    pieces = [first[part] for part in (PROJECT, REGION, SettingName.INSTANCE) if part in first]
    for part, reading in first.items():
        source, text = reading.source, reading.text
        if part is SettingName.INSTANCE and len(pieces) > len((PROJECT, REGION)) and ":" not in text:
            source, text = ", ".join(piece.source for piece in pieces), ":".join(piece.text for piece in pieces)
        if part in SettingName._value2member_map_:
            yield Sourced(setting=SettingName(part), source=source, text=Secret(text))


def _kept(first: Mapping[str, Reading]) -> str:
    password = first.get(SettingName.PASSWORD)
    elsewhere = password if password and hygiene.reference(password.text) else None if password else first.get(KEPT)
    return elsewhere.source if elsewhere else ""


def _engine(first: Mapping[str, Reading], name: str) -> Engine | None:
    said = first[ENGINE].text.strip().lower() if ENGINE in first else ""
    return words.engine_of(said) or (Engine.OTHER if said in _NEITHER else words.engine_of_words(words_of(name)))


def _contradictions(readings: Readings, first: Mapping[str, Reading]) -> Iterator[Finding]:
    """Two names of one family for the same setting that say different things. PGHOSTADDR beside PGHOST is meant so."""
    for part, reading in readings:
        chosen = first.get(part, reading)
        differs = chosen.text.strip() != reading.text.strip() and reading.text and chosen.source != "PGHOSTADDR"
        if differs and part in IDENTITY:
            yield Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about=chosen.source, other=reading.source)
