"""Templates of the catalogue: ``{name}`` is filled in, ``[a part with {name}]`` goes where the name is unknown."""

import re
from typing import Any

import msgspec

from diagnostics.core.learned import Names

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
"""What a shell takes as one word and as it is; the set that shlex.quote leaves alone."""
_CAPITALS = {
    "host_setting": "POSTGRES_HOST",
    "instance_name": "PROJECT:REGION:INSTANCE",
    "right_name": "PROJECT:REGION:INSTANCE",
    "resource": "services",
}
"""What stands for an unknown name where the name in capitals would not say it."""


def prose(template: str, names: Names) -> str:
    """A sentence. Parts in brackets vanish with their names; other unknown names become capitals."""
    return text(template, msgspec.structs.asdict(names))


def command(template: str, names: Names) -> str:
    """A command that can be pasted: a name that a shell would take apart is left for the reader to fill in."""
    values = {key: value if _SAFE.fullmatch(value) else "" for key, value in msgspec.structs.asdict(names).items()}
    return _filled(template, values)


def text(template: str, values: dict[str, Any]) -> str:
    """The same for any values."""

    def optional(part: re.Match[str]) -> str:
        wanted = _PLACEHOLDER.findall(part[1])
        return part[1] if all(values.get(name) for name in wanted) else ""

    return _filled(_OPTIONAL.sub(optional, template), values)


def placeholders(template: str) -> frozenset[str]:
    """The names that a template uses."""
    return frozenset(_PLACEHOLDER.findall(template))


def _filled(template: str, values: dict[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or _CAPITALS.get(found[1], found[1].upper()), template)
