"""The families of variables that apps set, in the order of precedence, and how one is read.

Families are never mixed: what an app takes together is named together. Only what libpq and asyncpg themselves read
from the environment in every case, PGSSLMODE and the certificates, is a default everywhere. Names beside the obvious
ones are those of Google's samples (INSTANCE_HOST, INSTANCE_UNIX_SOCKET, DB_PASS, DB_IAM_USER, DB_ROOT_CERT), the habits
of Django and Laravel, and the FastAPI template (POSTGRES_SERVER).
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, Secret, SettingName, Value
from diagnostics.settings import hygiene
from diagnostics.settings.model import Draft, Files, Given
from diagnostics.settings.options import PREFIX
from diagnostics.settings.url import read_url

FILE_SUFFIX = "_FILE"


class Family(Value, frozen=True, kw_only=True):
    """Variables that belong together, each setting with its names, the first one found counts."""

    name: str
    variables: tuple[tuple[SettingName, tuple[str, ...]], ...]
    dialect: Dialect | None = None
    """The driver that such variables imply."""


def _family(name: str, dialect: Dialect | None = None, **variables: str) -> Family:
    return Family(
        name=name,
        dialect=dialect,
        variables=tuple((SettingName[setting.upper()], tuple(names.split())) for setting, names in variables.items()),
    )


OWN_URL = _family(f"{PREFIX}URL", url=f"{PREFIX}URL")
OWN = _family(
    f"{PREFIX}*",
    host=f"{PREFIX}HOST",
    port=f"{PREFIX}DB_PORT",
    database=f"{PREFIX}DATABASE",
    user=f"{PREFIX}USER",
    password=f"{PREFIX}PASSWORD",
)
LIBPQ = _family(
    "PG*",
    Dialect.PSYCOPG,
    # libpq dials PGHOSTADDR where it is set, and uses PGHOST only to verify.
    host="PGHOSTADDR PGHOST",
    port="PGPORT",
    database="PGDATABASE",
    user="PGUSER",
    password="PGPASSWORD",
    tls_mode="PGSSLMODE",
    root_cert="PGSSLROOTCERT",
    client_cert="PGSSLCERT",
    client_key="PGSSLKEY",
)
SAMPLES = _family(
    "DB_*",
    host="DB_SOCKET DB_HOST INSTANCE_HOST INSTANCE_UNIX_SOCKET",
    port="DB_PORT",
    database="DB_NAME DB_DATABASE",
    user="DB_USER DB_USERNAME DB_IAM_USER",
    password="DB_PASSWORD DB_PASS",
    tls_mode="DB_SSLMODE DB_SSL_MODE",
    root_cert="DB_ROOT_CERT",
    client_cert="DB_CERT",
    client_key="DB_KEY",
)
FAMILIES = (
    OWN_URL,
    OWN,
    _family("DATABASE_URL", url="DATABASE_URL"),
    _family("POSTGRES_URL", url="POSTGRES_URL"),
    _family(
        "POSTGRES_*",
        host="POSTGRES_HOST POSTGRES_SERVER",
        port="POSTGRES_PORT",
        database="POSTGRES_DB POSTGRES_DATABASE",
        user="POSTGRES_USER POSTGRES_USERNAME",
        password="POSTGRES_PASSWORD",
        tls_mode="POSTGRES_SSLMODE POSTGRES_SSL_MODE",
    ),
    _family(
        "DATABASE_*",
        host="DATABASE_HOST",
        port="DATABASE_PORT",
        database="DATABASE_NAME DATABASE_DB",
        user="DATABASE_USER DATABASE_USERNAME",
        password="DATABASE_PASSWORD",
        tls_mode="DATABASE_SSLMODE DATABASE_SSL_MODE",
    ),
    SAMPLES,
    LIBPQ,
)
"""In the order of precedence; the first that names a target is the one."""

INSTANCE_VARIABLES = (f"{PREFIX}INSTANCE", "INSTANCE_CONNECTION_NAME", "CLOUD_SQL_CONNECTION_NAME")
"""They complete any family that says who logs in to which database, but not where it is."""
IAM_USER = "DB_IAM_USER"
IP_TYPE = "IP_TYPE"
PRIVATE_IP = "PRIVATE_IP"
SELECTORS = ("ENVIRONMENT", "APP_ENV", "NODE_ENV", "ENV", "RAILS_ENV")
"""Variables by which apps choose between settings: an invisible character in one silently means development."""


IDENTITY = frozenset({SettingName.HOST, SettingName.DATABASE, SettingName.USER})
"""What two sources must agree on to mean the same target."""


class Reading(Value, frozen=True, kw_only=True):
    """One variable, or the file that ``NAME_FILE`` names."""

    source: str
    text: str = ""
    problem: Finding | None = None
    remark: Finding | None = None


def read_variable(environ: Mapping[str, str], files: Files, name: str) -> Reading | None:
    """What a variable or its file variant says, None where both are unset or empty. The variable itself wins.

    A file's text counts without the line breaks at its end, as a shell's ``$(cat FILE)`` and container entry points
    take it; they are remarked upon, because an app that reads the file itself may keep them.
    """
    in_file = environ.get(name + FILE_SUFFIX, "")
    if environ.get(name):
        both = Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about=name, other=name + FILE_SUFFIX)
        return Reading(source=name, text=environ[name], remark=both if in_file else None)
    return read_secret_file(files, name + FILE_SUFFIX, in_file) if in_file else None


def read_secret_file(files: Files, source: str, path: str) -> Reading:
    """The text of a file that a setting names."""
    try:
        text = files.read(path)
    except (OSError, ValueError):
        return Reading(source=source, problem=Finding(code=Code.CONFIG_TARGET_SECRET_UNREADABLE, about=source))
    used = text.rstrip("\n")
    cut = Finding(code=Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, about=source) if used != text else None
    return Reading(source=source, text=used, remark=cut)


def read_family(family: Family, environ: Mapping[str, str], files: Files, wanted: Dialect | None) -> Draft:
    """The draft of one family, empty where none of its variables is set."""
    found = tuple(_readings(family, environ, files))
    return draft_of(family.name, family.variables, found, wanted)


def draft_of(
    name: str,
    names: tuple[tuple[SettingName, tuple[str, ...]], ...],
    found: tuple[tuple[SettingName, Reading], ...],
    wanted: Dialect | None,
) -> Draft:
    """A draft from readings, of which the first of a setting counts; a URL among them is the whole draft."""
    first = {setting: reading for setting, reading in reversed(found) if reading.text}
    url = first.get(SettingName.URL)
    draft = (
        _with_instance(read_url(url.source, Secret(url.text), wanted), first) if url else _single(name, names, first)
    )
    # A file that is not needed, because the variable itself is set, was never read; any other counts.
    problems = tuple(reading.problem for _, reading in found if reading.problem)
    remarks = tuple(
        replace(reading.remark, other=reading.remark.other or setting.value)
        for setting, reading in found
        if reading.remark
    )
    return replace(
        draft,
        problems=(*draft.problems, *problems),
        remarks=(*draft.remarks, *remarks, *_contradictions(found, first)),
    )


def _with_instance(draft: Draft, first: Mapping[SettingName, Reading]) -> Draft:
    """A URL without a host, as apps with a connector have one, needs the name of the instance beside it."""
    named = first.get(SettingName.INSTANCE)
    if named is None:
        return draft
    given = Given(setting=SettingName.INSTANCE, source=named.source, text=Secret(named.text))
    return replace(draft, values=(*draft.values, given))


def _single(
    name: str, names: tuple[tuple[SettingName, tuple[str, ...]], ...], first: Mapping[SettingName, Reading]
) -> Draft:
    values = tuple(
        Given(setting=each, source=reading.source, text=Secret(reading.text)) for each, reading in first.items()
    )
    return Draft(
        family=name,
        names=tuple((setting, options[0]) for setting, options in names),
        values=values,
        remarks=tuple(remark for value in values for remark in _remarks(value)),
    )


def _remarks(value: Given) -> tuple[Finding, ...]:
    return hygiene.remarks_on(value.source, value.setting, value.text.reveal())


def _contradictions(
    found: tuple[tuple[SettingName, Reading], ...], first: Mapping[SettingName, Reading]
) -> Iterator[Finding]:
    """Two names of one family for the same setting that say different things. PGHOSTADDR beside PGHOST is meant so."""
    for setting, reading in found:
        chosen = first.get(setting, reading)
        differs = chosen.text.strip() != reading.text.strip() and reading.text and chosen.source != "PGHOSTADDR"
        if differs and setting in IDENTITY:
            yield Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about=chosen.source, other=reading.source)


def _readings(family: Family, environ: Mapping[str, str], files: Files) -> Iterator[tuple[SettingName, Reading]]:
    for setting, names in family.variables:
        for name in names:
            reading = read_variable(environ, files, name)
            if reading:
                yield setting, reading
