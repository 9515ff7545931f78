"""Which values can be what they are meant to be, whoever gave them. No judgement about style: that is hygiene."""

import re

from diagnostics.core.findings import Code

LONGEST_NAME = 253
"""Characters of a host name that DNS can carry (RFC 1035: 255 octets with the length bytes)."""
LONGEST_LABEL = 63
"""Characters between two dots (RFC 1035)."""
LONGEST_SOCKET_PATH = 107
"""Bytes of a unix socket's path on Linux: sun_path has 108, one of them ends it."""
HIGHEST_PORT = 65535

_PORT = re.compile(r"\s*([0-9]+)\s*", re.ASCII)
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_SOCKET_FILE = re.compile(r"(.*)/\.s\.PGSQL\.([0-9]+)", re.DOTALL)


def port_problem(text: str) -> Code | None:
    """Why nobody can dial it: a number that is no port, or something else that another reader may take."""
    if port_of(text) is not None:
        return None
    number = text.isascii() and text.strip().isdecimal()
    return Code.CONFIG_TARGET_PORT_OUT_OF_RANGE if number else Code.CONFIG_TARGET_BAD_PORT


def port_of(text: str) -> int | None:
    """A port as drivers take it: libpq and int() both ignore whitespace around it. None where it is none."""
    found = _PORT.fullmatch(text)
    # No int() of a long text: it takes quadratic time, and refuses at 4300 digits.
    if found is None or len(found[1]) > len(str(HIGHEST_PORT)):
        return None
    port = int(found[1])
    return port if 1 <= port <= HIGHEST_PORT else None


def text_problem(text: str) -> Code | None:
    """No driver can send a NUL or what is no UTF-8; a whole URL in one field holds a password that we would show."""
    return Code.CONFIG_TARGET_BAD_VALUE if _UNSENDABLE.search(text) or "://" in text else None


def secret_problem(text: str) -> Code | None:
    """The same for a password, in which anything may stand that can be sent."""
    return Code.CONFIG_TARGET_BAD_VALUE if _UNSENDABLE.search(text) else None


def host_problem(host: str) -> Code | None:
    """Why a host cannot be one; whether it exists is not asked here."""
    if text_problem(host) or "@" in host:
        return Code.CONFIG_TARGET_BAD_VALUE
    if host.startswith("/") or ":" in host:
        return None
    too_long = len(host) > LONGEST_NAME or any(len(label) > LONGEST_LABEL for label in host.split("."))
    return Code.CONFIG_TARGET_HOST_TOO_LONG if too_long else None


def host_secret(host: str) -> bool:
    """Whether a host may hold credentials, so that no part of it may be used or shown."""
    return "@" in host or _UNSENDABLE.search(host) is not None


def first_host(text: str) -> str:
    """Of several hosts the one that drivers try first."""
    return text if text.startswith("/") else text.split(",", 1)[0]


def split_socket_file(host: str) -> tuple[str, str]:
    """Directory and port of a host that is the socket's file; the host itself and no port where it is not."""
    found = _SOCKET_FILE.fullmatch(host)
    return (found[1], found[2]) if found else (host, "")


def socket_path_too_long(directory: str, port: int) -> bool:
    """Whether the socket's file has a longer path than the kernel takes."""
    return len(f"{directory}/.s.PGSQL.{port}".encode(errors="surrogateescape")) > LONGEST_SOCKET_PATH
