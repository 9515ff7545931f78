"""One variable, or the file that ``NAME_FILE`` names, read."""

import re
from collections.abc import Mapping

from diagnostics.core.candidates import Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, SettingForm, Value
from diagnostics.settings.hygiene import instance_like
from diagnostics.settings.model import Files
from diagnostics.settings.words import engine_of, part_of_key

FILE_SUFFIX = "_FILE"
_HOST_KEY = re.compile(r"(?:host|addr|server|source|socket\w*|endpoint)\s*=", re.IGNORECASE)
_WRAPPERS = re.compile(r"(?:(?!jdbc:|r2dbc:|socket:)[A-Za-z][\w.+\-]*:)+(?=jdbc:|r2dbc:|[A-Za-z][\w.+\-]*://)")
_AROUND = " \t\r\n'\"`\ufeff\u200b\u00a0\u2018\u2019\u201c\u201d"


class Reading(Value, frozen=True, kw_only=True):
    """A text and where it is from, or why there is none."""

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


def stripped_of_quotes(text: str) -> str:
    """Without what came with a value from a shell, a file or an editor: no form begins or ends with it."""
    return text.strip(_AROUND)


def form_of(text: str) -> SettingForm | None:
    """The form of a text, as far as its looks go; None where it is none of those that hold a database."""
    if "://" not in text and "=" not in text and ":" not in text and "/" not in text:
        return None
    text = text.lstrip(_AROUND)
    if scheme_of(text):
        return SettingForm.URL
    if text.startswith(("{", "[")):
        return SettingForm.JSON if '"' in text else None
    if "=" in text and _HOST_KEY.search(text) and _says_a_host(text):
        return SettingForm.KEY_VALUE
    text = text.rstrip(_AROUND)
    return SettingForm.PLACE if text.startswith("/cloudsql/") or instance_like(text) else None


def _says_a_host(text: str) -> bool:
    pairs = text.replace(";", " ").split("=")
    keys = {part_of_key(piece.split(":")[-1].rsplit(" ", 2)[-1] or piece) for piece in pairs[:-1]}
    parts = {key[0] for key in keys if key}
    return "host" in parts and bool(parts & {"database", "user"})


def unwrapped(text: str) -> tuple[str, str]:
    """The word that a wrapper of drivers has before a URL (``vertx-reactive:``), and the URL; none of Java's own."""
    found = _WRAPPERS.match(text)
    return (found[0], text[found.end() :]) if found else ("", text)


def scheme_of(text: str) -> str:
    """What stands before ``//``, or before the text behind ``jdbc:``; empty where that is no scheme."""
    start = unwrapped(text)[1][:80] if "://" in text else text[:80]
    scheme, colon, _ = start.partition("://")
    if start.startswith(("jdbc:", "r2dbc:")):
        return start.partition("//")[0].partition("?")[0]
    if start.startswith("socket:"):
        return "socket"
    plain = scheme.replace("+", "").replace("-", "").replace(".", "").replace("_", "")
    return scheme if colon and plain.isalnum() else ""


def engine_of_text(text: str) -> Engine | None:
    """The engine of a text in one of the forms; None where it is not a relational database."""
    scheme = scheme_of(text.lstrip(_AROUND))
    return Engine.POSTGRES if scheme == "socket" else engine_of(scheme.replace("+", " "))
