r"""What looks odd about a raw value, without saying where in it.

Of a secret only "at the start", "at the end" or "inside" is told. Invisible is what neither prints nor is a plain
space: line breaks, other controls, byte order mark, zero-width and direction characters, spaces of other kinds.
"""

import re
from collections.abc import Iterable

from diagnostics.core.findings import Code
from diagnostics.core.invisible import invisible, stripped
from diagnostics.core.model import Finding, InstanceName, SettingName
from diagnostics.settings.values import split_socket_file

USUAL_PORT = 5432
"""What Cloud Run's sockets have in their name, whatever else is set."""
_QUOTES = ("'", '"', "`", "\u2018\u2019", "\u201c\u201d")
"""Pairs that came with the value from a shell, YAML or a text processor; one character opens and closes."""

_WHOLE_PLACEHOLDER = re.compile(
    r"""<[^<>]+> | \[[A-Z][A-Z_\-\ ]+\] | \{\{.*\}\} | \$[A-Z_][A-Z0-9_]* | %[A-Z_][A-Z0-9_]*% | \*{3,} | \.{3,}
      | (?i: x{3,}
           | change[\-_ ]?(?:me|it|this)!*
           | (?:to[\-_ ]?do|fix[\-_ ]?me|tbd) (?:[\-_:\ ].*)?
           | (?:insert|enter|put|set)[\-_ ](?:your[\-_ ])?.*[\-_ ]here | your[\-_ ].+ | replace[\-_ ]?me
           | (?:.*[\-_ ])?placeholder )
      | PASSWORD | DB_PASSWORD | USER | USERNAME | HOST | HOSTNAME | PORT | DATABASE | DBNAME | SECRET
      | (?:PROJECT|PROJECT_ID):REGION:(?:INSTANCE|INSTANCE_ID|INSTANCE_NAME)""",
    re.VERBOSE,
)
"""A whole value. The words in capitals are those of documentation; small, some of them are real values."""
_INSTANCE = re.compile(r"[a-z0-9.\-]+(?::[a-z0-9\-]+)?:[a-z]+(?:-[a-z]+)+[0-9]{1,2}:[a-z0-9\-]+")
_PART_PLACEHOLDER = re.compile(r"REPLACE_(?:WITH_|ME)|replace_with_|\$\{[A-Za-z_][^{}]*\}|\$\([A-Za-z_][^()]*\)")


_REFERENCE = re.compile(
    r"(?:(?:sm|gsm|gcp|vault|op|awssm|akv|doppler|berglas|secret|secrets|secretmanager|ref)\b[\w+.\-]*://?"
    r"|(?:sm|vault|arn:aws:secretsmanager):|projects/[^/]+/secrets/).+"
)
"""How Spring, Berglas, external secrets and hand-written code name a secret that they fetch themselves."""


def reference(text: str) -> bool:
    """Whether a value names a place where the secret is, and is not the secret."""
    return _REFERENCE.fullmatch(text.strip()) is not None


def placeholder(text: str) -> bool:
    """Whether a template's text was never replaced."""
    return bool(_PART_PLACEHOLDER.search(text) or _WHOLE_PLACEHOLDER.fullmatch(text.strip()))


def codes(text: str) -> Iterable[Code]:
    """What looks odd about one value."""
    inner = text.strip()
    ends = (text[:1], text[-1:])
    clean = text.isprintable() and inner == text
    if not clean and all(map(invisible, text)):
        yield Code.CONFIG_HYGIENE_ONLY_WHITESPACE
        return
    if not clean and invisible(ends[1]):
        yield Code.CONFIG_HYGIENE_TRAILING_WHITESPACE
    if not clean and invisible(ends[0]):
        yield Code.CONFIG_HYGIENE_LEADING_WHITESPACE
    if not clean and any(character != " " and invisible(character) for character in stripped(text)):
        yield Code.CONFIG_HYGIENE_CONTROL_CHARACTER
    if quoted(inner):
        yield Code.CONFIG_HYGIENE_QUOTED
    if placeholder(text):
        yield Code.CONFIG_HYGIENE_PLACEHOLDER


def quoted(text: str) -> bool:
    """Whether quotes stand around it."""
    return len(text) > 1 and any(text[0] == pair[0] and text[-1] == pair[-1] for pair in _QUOTES)


def instance_like(text: str) -> bool:
    """Whether a text is an instance connection name with one of Google's regions in it, and not a time or a tag."""
    return text.count(":") in {2, 3} and _INSTANCE.fullmatch(text.strip()) is not None


def remarks_on(source: str, setting: SettingName, text: str) -> tuple[Finding, ...]:
    """Findings about one value; ``other`` is the setting, which tells the parts of a URL apart."""
    return tuple(Finding(code=code, about=source, other=setting.value) for code in codes(text))


def remarks_on_host(source: str, host: str, port: int, *, takes_file: bool) -> tuple[Finding, ...]:
    """What only a host can be: an instance's name, the socket's file and not its directory, nothing behind it."""
    found, bare = [], host.strip()
    if InstanceName.parse(bare):
        found.append(Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME)
    if host.startswith("/") and split_socket_file(bare)[1] and not takes_file:
        found.append(Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME)
    if host.startswith("/") and port != USUAL_PORT:
        found.append(Code.CONFIG_HYGIENE_SOCKET_PORT)
    if bare.rstrip("/") == "/cloudsql":
        found.append(Code.CONFIG_HYGIENE_EMPTY_SOCKET_NAME)
    if "%2f" in bare.lower() or "%3a" in bare.lower():
        found.append(Code.CONFIG_HYGIENE_ENCODED_TWICE)
    return tuple(Finding(code=code, about=source, other=SettingName.HOST.value) for code in found)


def visible(text: str) -> str:
    r"""The text with every character that cannot be seen as its escape, and spaces at its ends as ``\x20``."""
    if text.isprintable() and text == text.strip(" "):
        return text
    shown = "".join(character if character.isprintable() else _escaped(character) for character in text)
    start, end = len(shown) - len(shown.lstrip(" ")), len(shown.rstrip(" "))
    if end <= start:
        return "\\x20" * len(shown)
    return "\\x20" * start + shown[start:end] + "\\x20" * (len(shown) - end)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
