"""The config file: TOML with ``[options]`` and named ``[targets.NAME]``, every key checked.

A key that does not exist is a mistake of ours to report (exit 2); what a target's values come to is diagnosed like any
other settings.
"""

import re
from collections.abc import Mapping

from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.model import Value
from diagnostics.settings.hygiene import visible
from diagnostics.settings.model import Files
from diagnostics.settings.options import CHOICE_OPTIONS, RUN_OPTIONS, TARGET_OPTIONS, WORLD_OPTIONS
from diagnostics.settings.suggest import suggestion
from diagnostics.settings.usage import UsageCode, UsageProblem

OPTIONS = "options"
TARGETS = "targets"
OPTION_KEYS = frozenset(option.key for option in (*RUN_OPTIONS, *WORLD_OPTIONS) if option.key)
TARGET_KEYS = frozenset(
    {option.key for option in (*TARGET_OPTIONS, *CHOICE_OPTIONS)}
    # A secret can stand in a file or in another variable instead of here.
    | {"url_file", "url_env", "password_env"}
)
TARGET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,62}", re.ASCII)
"""As long as a label of a host name; it becomes a label of the metrics."""
_POSITION = re.compile(r"\(at (line \d+, column \d+)\)")


class Entry(Value, frozen=True, kw_only=True):
    """One key with its text; ``source`` is its path in the file."""

    key: str
    source: str
    text: str


class Table(Value, frozen=True, kw_only=True):
    """The entries of ``[options]``, or of one target; ``path`` is file and table."""

    name: str = ""
    path: str = ""
    entries: tuple[Entry, ...] = ()


class ConfigFile(Value, frozen=True, kw_only=True):
    """What the file says, as far as it is right."""

    options: Table = Table()
    targets: tuple[Table, ...] = ()
    problems: tuple[UsageProblem, ...] = ()
    place: str = ""
    """What every source in it begins with; empty where there is no file."""


def read_config(source: str, path: str, files: Files) -> ConfigFile:
    """The config file that a flag or variable names. Never raises: mistakes are in ``problems``, without values."""
    # Whoever types a URL here has typed a password.
    shown = "?" if "://" in path or "@" in path else visible(path)
    import tomllib

    try:
        document = tomllib.loads(files.read(path))
    except tomllib.TOMLDecodeError as error:
        # The parser's sentence may quote the file, its position does not.
        found = _POSITION.search(str(error))
        where = f", {found[1]}" if found else ""
        return _wrong(UsageProblem(code=UsageCode.FILE_MALFORMED, source=f"{source} {shown}", allowed=where))
    except (OSError, *UNREADABLE):
        return _wrong(UsageProblem(code=UsageCode.FILE_UNREADABLE, source=f"{source} {shown}"))
    if not document:
        return _wrong(UsageProblem(code=UsageCode.EMPTY_FILE, source=f"{source} {shown}"))
    return _checked(f"{shown}: ", document)


def _wrong(problem: UsageProblem) -> ConfigFile:
    return ConfigFile(problems=(problem,))


def _checked(place: str, document: Mapping[str, object]) -> ConfigFile:
    problems: list[UsageProblem] = []
    top = frozenset({OPTIONS, TARGETS})
    problems += [_unknown(place, name, top) for name in document if name not in top]
    options = _table(document.get(OPTIONS, {}), f"{place}{OPTIONS}", problems)
    targets = _table(document.get(TARGETS, {}), f"{place}{TARGETS}", problems)
    named = {name: value for name, value in targets.items() if TARGET_NAME.fullmatch(name)}
    if len(named) < len(targets):
        problems.append(UsageProblem(code=UsageCode.NOT_A_NAME, source=f"{place}{TARGETS}"))
    return ConfigFile(
        options=_entries("", f"{place}{OPTIONS}", options, OPTION_KEYS, problems),
        targets=tuple(_target(place, name, value, problems) for name, value in named.items()),
        problems=tuple(problems),
        place=place,
    )


def _target(place: str, name: str, value: object, problems: list[UsageProblem]) -> Table:
    path = f"{place}{TARGETS}.{name}"
    return _entries(name, path, _table(value, path, problems), TARGET_KEYS, problems)


def _table(value: object, source: str, problems: list[UsageProblem]) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    problems.append(UsageProblem(code=UsageCode.WRONG_TYPE, source=source, allowed="a table"))
    return {}


def _entries(
    name: str, path: str, table: Mapping[str, object], keys: frozenset[str], problems: list[UsageProblem]
) -> Table:
    entries = []
    for key, value in table.items():
        text = _text(value)
        if key not in keys:
            problems.append(_unknown(f"{path}.", key, keys))
        elif text is None:
            allowed = "a string, a number, true or false, or a list of strings"
            problems.append(UsageProblem(code=UsageCode.WRONG_TYPE, source=f"{path}.{key}", allowed=allowed))
        else:
            entries.append(Entry(key=key, source=f"{path}.{key}", text=text))
    return Table(name=name, path=path, entries=tuple(entries))


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ",".join(value)
    return None


def _unknown(path: str, key: str, keys: frozenset[str]) -> UsageProblem:
    """Names the key only where it looks like one: a secret may stand where a key should."""
    shown = key if re.fullmatch(r"[a-z_]{1,32}", key) else "?"
    return UsageProblem(code=UsageCode.UNKNOWN_KEY, source=f"{path}{shown}", allowed=suggestion(key, sorted(keys)))
