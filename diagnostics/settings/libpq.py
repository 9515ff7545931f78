"""What libpq finds by itself, and its kin with it: its variables, its service file, its password file.

A name that is not in the text that an app gives comes from the service, then from the variables; a password that is
nowhere comes from the file. Source: PostgreSQL's manual, 34.15 to 34.17. asyncpg, pgx, lib/pq and node-postgres do most
of the same.
"""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Secret, SettingName
from diagnostics.settings.drivers import PLAIN
from diagnostics.settings.hygiene import remarks_on
from diagnostics.settings.model import Files, Meaning, Sourced

VARIABLES = (
    # libpq dials PGHOSTADDR where it is set, and uses PGHOST only to verify.
    (SettingName.HOST, ("PGHOSTADDR", "PGHOST")),
    (SettingName.PORT, ("PGPORT",)),
    (SettingName.DATABASE, ("PGDATABASE",)),
    (SettingName.USER, ("PGUSER",)),
    (SettingName.PASSWORD, ("PGPASSWORD",)),
    (SettingName.TLS_MODE, ("PGSSLMODE",)),
    (SettingName.ROOT_CERT, ("PGSSLROOTCERT",)),
    (SettingName.CLIENT_CERT, ("PGSSLCERT",)),
    (SettingName.CLIENT_KEY, ("PGSSLKEY",)),
)
SERVICE, SERVICE_FILE, PASSWORD_FILE = "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE"
_ALWAYS = frozenset(
    {SettingName.PASSWORD, SettingName.TLS_MODE, SettingName.ROOT_CERT, SettingName.CLIENT_CERT, SettingName.CLIENT_KEY}
)
"""What a driver looks for even where the app hands it host, user and database one by one."""
_FIELD = re.compile(r"((?:\\.|[^:\\])*)(?::|$)", re.DOTALL)


def of_variables(environ: Mapping[str, str]) -> tuple[Sourced, ...]:
    """What its variables say, one a setting."""
    first = ((part, next((name for name in names if environ.get(name)), "")) for part, names in VARIABLES)
    return tuple(Sourced(setting=part, source=name, text=Secret(environ[name])) for part, name in first if name)


def of_service(
    environ: Mapping[str, str], files: Files, name: str, path: str, source: str = SERVICE
) -> tuple[tuple[Sourced, ...], tuple[Finding, ...]]:
    """What a service's section says; a finding where no file has such a section: libpq then refuses."""
    paths = (path, environ.get(SERVICE_FILE, ""), _home(environ, ".pg_service.conf"), _system(environ))
    for each in filter(None, paths):
        text = _text(files, each)
        lines = _section(text, name) if text else []
        if lines:
            parts = ((PLAIN.part_of(key), key, value) for key, value in lines)
            return tuple(
                Sourced(setting=part, source=f"service {name}", text=Secret(value))
                for part, key, value in parts
                if part
            ), ()
    return (), (Finding(code=Code.CONFIG_TARGET_SERVICE_NOT_DEFINED, about=source),)


def password_of(
    environ: Mapping[str, str], files: Files, path: str, place: tuple[str, str, str, str]
) -> Sourced | None:
    """The password that the file has for host, port, database and user: the first line that fits."""
    source = PASSWORD_FILE if environ.get(PASSWORD_FILE) else ".pgpass"
    text = _text(files, path or environ.get(PASSWORD_FILE, "") or _home(environ, ".pgpass"))
    for line in text.splitlines():
        fields = [re.sub(r"\\(.)", r"\1", field) for field in _FIELD.findall(line)[:5]]
        fits = len(fields) == 5 and not line.startswith("#")  # noqa: PLR2004 - host, port, database, user, password
        if fits and all(field in {"*", wanted} for field, wanted in zip(fields, place, strict=False)):
            return Sourced(setting=SettingName.PASSWORD, source="passfile" if path else source, text=Secret(fields[4]))
    return None


def _section(text: str, name: str) -> list[tuple[str, str]]:
    lines, inside = [], False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{name}]"
        elif inside and not line.startswith("#") and "=" in line:
            key, _, value = line.partition("=")
            lines.append((key.strip(), value.strip()))
    return lines


def _home(environ: Mapping[str, str], name: str) -> str:
    return f"{environ['HOME']}/{name}" if environ.get("HOME") else ""


def _system(environ: Mapping[str, str]) -> str:
    return f"{environ['PGSYSCONFDIR']}/pg_service.conf" if environ.get("PGSYSCONFDIR") else ""


def _text(files: Files, path: str) -> str:
    try:
        return files.read(path) if path else ""
    except (OSError, ValueError):
        return ""


def completed(meaning: Meaning, environ: Mapping[str, str], files: Files, *, placed: bool) -> Meaning:
    """A claim with what libpq, or a driver that does as it does, finds for it: by service, by variable, by file.

    A password that stands somewhere else becomes the target's, as the driver would send it: so it is known as a secret.
    ``placed`` says that something beside the claim already tells where the database is.
    """
    if not meaning.readable or (meaning.driver is not None and not meaning.driver.reads_libpq):
        return meaning
    options = dict(meaning.options)
    whole = meaning.driver is not None or meaning.row.dialect is PLAIN.dialect
    named = options.get("service") or environ.get(SERVICE, "") if meaning.driver else ""
    source = meaning.name if "service" in options else SERVICE
    said, problems = of_service(environ, files, named, options.get("servicefile", ""), source) if named else ((), ())
    layers = [each for each in (*of_variables(environ), *reversed(said)) if whole or each.setting in _ALWAYS]
    known = {given.setting for given in meaning.values} | ({SettingName.HOST} if placed else set())
    found = {each.setting: each for each in layers if each.setting not in known}
    remarks = [each for value in found.values() for each in remarks_on(value.source, value.setting, value.raw)]
    whole_now = replace(
        meaning,
        values=(*meaning.values, *found.values()),
        problems=(*meaning.problems, *problems),
        remarks=(*meaning.remarks, *remarks),
    )
    return _with_password(whole_now, environ, files, options.get("passfile", ""))


def _with_password(meaning: Meaning, environ: Mapping[str, str], files: Files, path: str) -> Meaning:
    parts = {given.setting: given.raw for given in meaning.values}
    user = parts.get(SettingName.USER, "")
    if not user or SettingName.PASSWORD in parts:
        return meaning
    usual = ((SettingName.HOST, "localhost"), (SettingName.PORT, "5432"), (SettingName.DATABASE, user))
    host, port, database = (parts.get(part, default) for part, default in usual)
    found = password_of(environ, files, path, (host, port, database, user))
    return replace(meaning, values=(*meaning.values, found)) if found else meaning
