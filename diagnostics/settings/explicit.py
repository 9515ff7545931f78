"""Claims that somebody made to us on purpose: with flags, with our variables, or as tables of the config file."""

from collections.abc import Iterator, Mapping

from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Secret, SettingForm, SettingName, Value
from diagnostics.settings.config_file import Entry, Table
from diagnostics.settings.discover import claim_of
from diagnostics.settings.families import ROWS, UNKNOWN
from diagnostics.settings.model import Claim, Files, Sourced
from diagnostics.settings.options import CHOICE_OPTIONS, DB_PORT, PREFIX, TARGET_OPTIONS, Option
from diagnostics.settings.own import Choice, parsed
from diagnostics.settings.sources import Reading, read_secret_file, read_variable
from diagnostics.settings.usage import UsageCode, UsageProblem

SETTINGS = {
    "url": SettingName.URL,
    "host": SettingName.HOST,
    "db-port": SettingName.PORT,
    "database": SettingName.DATABASE,
    "user": SettingName.USER,
    "password": SettingName.PASSWORD,
    "password-file": SettingName.PASSWORD,
    "instance": SettingName.INSTANCE,
    "login": SettingName.LOGIN,
    "ip-type": SettingName.IP_TYPE,
    "dialect": SettingName.DIALECT,
    "sslmode": SettingName.TLS_MODE,
    "sslrootcert": SettingName.ROOT_CERT,
    "sslcert": SettingName.CLIENT_CERT,
    "sslkey": SettingName.CLIENT_KEY,
}
"""Which part of a target each of our options gives."""
FLAGS = "flags"
_FILE_KEY = "_file"
_ENV_KEY = "_env"
_BESIDE_URL = frozenset({SettingName.URL, SettingName.INSTANCE})
"""What may stand beside a URL: a URL without host needs the name of the instance."""

_Readings = Iterator[tuple[str, Reading]]


class NamedTarget(Value, frozen=True, kw_only=True):
    """A table of the config file: what names the target, and what was chosen for it."""

    name: str
    claim: Claim
    choices: tuple[Sourced, ...] = ()


def given_choice(choice: Choice) -> Sourced:
    """A choice as one layer of a target's settings."""
    return Sourced(setting=SETTINGS[choice.name], source=choice.source, text=Secret(str(choice.value)))


def from_flags(
    flags: Mapping[str, str], environ: Mapping[str, str], files: Files, problems: list[UsageProblem]
) -> Claim | None:
    """The claim of the flags, completed by our variables of the same names; None where no flag names a target."""
    named = tuple(option for option in TARGET_OPTIONS if option.name in flags)
    if not named:
        return None
    if "url" in flags:
        problems += [_beside(option.flag, "--url") for option in named if SETTINGS[option.name] not in _BESIDE_URL]
    names = tuple((SETTINGS[option.name], option.flag or option.variable) for option in TARGET_OPTIONS)
    return claim_of(FLAGS, UNKNOWN, list(_flag_readings(flags, environ, files)), SettingForm.OPTIONS, names)


def from_own_variables(environ: Mapping[str, str], files: Files) -> Iterator[Claim]:
    """The claims of our own variables: the URL, and all the others together."""
    names = tuple((SETTINGS[option.name], option.variable) for option in TARGET_OPTIONS)
    if not any(name.startswith(PREFIX) for name in environ):
        return
    readings = [
        (part, reading)
        for part, name in names
        if part is not SettingName.INSTANCE
        and not name.endswith("_FILE")
        and (reading := read_variable(environ, files, name))
    ]
    for row, wanted in zip(ROWS[:2], (True, False), strict=True):
        own = [(part, each) for part, each in readings if (part is SettingName.URL) is wanted]
        if own:
            yield claim_of(row.name, row, [*own], SettingForm.OPTIONS, names)


def _beside(source: str, url: str) -> UsageProblem:
    return UsageProblem(code=UsageCode.BESIDE_URL, source=source, allowed=url)


def _flag_readings(flags: Mapping[str, str], environ: Mapping[str, str], files: Files) -> _Readings:
    typed = [option for option in TARGET_OPTIONS if option.name in flags]
    for option in typed:
        yield SETTINGS[option.name], _flag(option, flags[option.name], files)
    known = {SETTINGS[option.name] for option in typed}
    for option in TARGET_OPTIONS:
        setting = SETTINGS[option.name]
        if setting not in known | {SettingName.URL} and option.name != "password-file":
            reading = read_variable(environ, files, option.variable)
            if reading:
                yield setting, reading


def _flag(option: Option, text: str, files: Files) -> Reading:
    if option.name == "password-file":
        return read_secret_file(files, option.flag, text)
    return Reading(source=option.flag, text=text)


def from_table(table: Table, environ: Mapping[str, str], files: Files, problems: list[UsageProblem]) -> NamedTarget:
    """One target of the config file."""
    choices = tuple(given_choice(choice) for choice in _choices(table, problems))
    readings = list(_table_readings(table, environ, files))
    problems += _table_beside_url(table)
    names = tuple((SETTINGS[option.name], f"{table.path}.{option.key}") for option in TARGET_OPTIONS)
    claim = claim_of(table.path, UNKNOWN, readings, SettingForm.OPTIONS, names)
    return NamedTarget(name=table.name, claim=claim, choices=choices)


def _choices(table: Table, problems: list[UsageProblem]) -> Iterator[Choice]:
    """What was chosen for this target; the port is only tried here, its text stays as it was given."""
    for entry in table.entries:
        option = next((option for option in (*CHOICE_OPTIONS, DB_PORT) if option.key == entry.key), None)
        choice = parsed(option, entry.source, entry.text, problems) if option else None
        if choice and option is not DB_PORT:
            yield choice


def _table_readings(table: Table, environ: Mapping[str, str], files: Files) -> _Readings:
    settings = {option.key: SETTINGS[option.name] for option in TARGET_OPTIONS}
    for entry in table.entries:
        base = entry.key.removesuffix(_FILE_KEY).removesuffix(_ENV_KEY)
        if base in settings:
            yield settings[base], _entry(entry, environ, files)


def _entry(entry: Entry, environ: Mapping[str, str], files: Files) -> Reading:
    if entry.key.endswith(_FILE_KEY):
        return read_secret_file(files, entry.source, entry.text)
    if not entry.key.endswith(_ENV_KEY):
        return Reading(source=entry.source, text=entry.text)
    missing = Finding(code=Code.CONFIG_TARGET_MISSING, about=entry.source)
    return read_variable(environ, files, entry.text) or Reading(source=entry.source, problem=missing)


def _table_beside_url(table: Table) -> Iterator[UsageProblem]:
    settings = {option.key: SETTINGS[option.name] for option in TARGET_OPTIONS}
    url = next((entry for entry in table.entries if entry.key.startswith("url")), None)
    for entry in table.entries if url else ():
        base = entry.key.removesuffix(_FILE_KEY).removesuffix(_ENV_KEY)
        if url and base in settings and settings[base] not in _BESIDE_URL:
            yield _beside(entry.source, url.source)
