"""From the text of one of our own options to its value; Unfit where it is none."""

import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Damping, HostPort
from diagnostics.settings.usage import Unfit, UsageCode, listed
from diagnostics.settings.values import port_of

E = TypeVar("E", bound=StrEnum)

LONGEST = 7 * 24 * 3600.0
"""Seconds: a week. Longer is a mistake in the unit, and timers of the event loop refuse sums of far more."""
SHORTEST = 0.001
"""Seconds: a limit of nothing is a mistake."""
MOST = 100
"""Runs in a row: at the default interval that is most of an hour, and who waits longer meant something else."""
OFF = "off"

_SWITCH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_ADDRESS = re.compile(
    r"(?: \[ (?P<address>[0-9A-Fa-f:.%]+) \] | (?P<host>[A-Za-z0-9._\-]+) ) : (?P<port>[0-9]+)", re.VERBOSE
)
_NAME = re.compile(r"[a-z_]{1,32}(?:\.[a-z_]{1,32})?", re.ASCII)
"""What looks like the id of a check may be repeated in a sentence."""
_OF = re.compile(r"([0-9]{1,2})/([0-9]{1,2})", re.ASCII)
_HOST = re.compile(r"\.?[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?)*", re.ASCII)
_ENDPOINT = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._\-\[\]:]+?)(?::[0-9]+)?(?:/.*)?", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]", re.ASCII)


def one_of(kind: type[E]) -> Callable[[str], E]:
    """A member of an enum, by its value."""

    def parse(text: str) -> E:
        if text not in kind._value2member_map_:
            raise Unfit(UsageCode.NOT_ONE_OF, listed(tuple(member.value for member in kind)))
        return kind(text)

    return parse


def positive_seconds(text: str) -> float:
    """Seconds, more than none."""
    return _seconds(text, SHORTEST, "more than 0")


def seconds(text: str) -> float:
    """Seconds, or none."""
    return _seconds(text, 0.0, "0 or more")


def _seconds(text: str, least: float, allowed: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= LONGEST:
        raise Unfit(UsageCode.NOT_SECONDS, f"{allowed} and at most a week")
    return number


def port(text: str) -> int:
    """A port."""
    number = port_of(text)
    if number is None:
        raise Unfit(UsageCode.NOT_A_PORT)
    return number


def damping(text: str) -> Damping:
    """``N/M``: N of M, N being more than half of M."""
    found = _OF.fullmatch(text)
    need, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not need <= of < 2 * need:
        raise Unfit(UsageCode.NOT_N_OF_M)
    return Damping(need=need, of=of)


def count(text: str) -> int:
    """A small number of times, at least once."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) else 0
    if not 1 <= number <= MOST:
        raise Unfit(UsageCode.NOT_A_COUNT, str(MOST))
    return number


def host_names(text: str) -> tuple[str, ...]:
    """Host names, separated by commas or spaces; one that begins with a dot stands for all below it."""
    names = tuple(filter(None, re.split(r"[,\s]+", text.lower())))
    if not names or not all(map(_HOST.fullmatch, names)):
        raise Unfit(UsageCode.NOT_HOST_NAMES)
    return names


def switch(text: str) -> bool:
    """True or false."""
    if text.lower() not in _SWITCH:
        raise Unfit(UsageCode.NOT_A_SWITCH)
    return _SWITCH[text.lower()]


def checks(text: str) -> frozenset[str]:
    """Ids of checks, or the first part of several, separated by commas or spaces."""
    names = frozenset(filter(None, re.split(r"[,\s]+", text)))
    found = {
        name: frozenset(each.value for each in CheckId if name in {each.value, each.value.split(".")[0]})
        for name in names
    }
    if not all(found.values()):
        unknown = sorted(name for name, ids in found.items() if not ids and _NAME.fullmatch(name))
        raise Unfit(UsageCode.UNKNOWN_CHECK, f": {', '.join(unknown)}" if unknown else "")
    return frozenset().union(*found.values())


def address(text: str) -> HostPort:
    """``HOST:PORT``, an IPv6 address in brackets."""
    found = _ADDRESS.fullmatch(text)
    number = port_of(found["port"]) if found else None
    if found is None or number is None:
        raise Unfit(UsageCode.NOT_AN_ADDRESS, ", or off")
    return HostPort(host=found["address"] or found["host"], port=number)


def address_or_off(text: str) -> HostPort | None:
    """The same, or nothing at all."""
    return None if text.lower() == OFF else address(text)


def addresses_or_off(text: str) -> tuple[HostPort, ...]:
    """Several of them, separated by commas or spaces."""
    return () if text.lower() == OFF else tuple(map(address, filter(None, re.split(r"[,\s]+", text))))


def endpoint(text: str) -> str:
    """Base URL of an API, without the slash at its end; what is sent there is worth a token."""
    found = _ENDPOINT.fullmatch(text)
    if found is None or (found["scheme"] == "http" and not _LOOPBACK.fullmatch(found["host"])):
        raise Unfit(UsageCode.NOT_A_URL)
    return text.rstrip("/")


def directory(text: str) -> str:
    """An absolute path."""
    if not text.startswith("/") or "\0" in text:
        raise Unfit(UsageCode.NOT_A_PATH)
    return text.rstrip("/") or "/"


def bind_address(text: str) -> str:
    """An IP address to listen on."""
    import ipaddress

    if text == "localhost":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Unfit(UsageCode.NOT_ONE_OF, "an IP address such as 0.0.0.0 or ::") from None


def anything(text: str) -> str:
    """Text that is judged where it is used."""
    return text
