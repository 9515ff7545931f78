"""Findings that mean the same wherever they are found."""

from collections.abc import Iterable

from diagnostics.core.findings import Code

_API_CHECKS = ("admin.connect_settings", "admin.certificate")
"""What connectors call, too. Nobody's path breaks without the instance's settings, which need a further permission."""


def api(*slugs: str) -> tuple[Code, ...]:
    """What a call of the Admin API came to, whichever call it was."""
    known = Code._value2member_map_
    return tuple(Code(f"{check}.{slug}") for slug in slugs for check in _API_CHECKS if f"{check}.{slug}" in known)


def beside(*slugs: str) -> tuple[Code, ...]:
    """The same answer to calls that only we make."""
    return ending(slugs, "admin.instance", "iam.permissions")


def ending(slugs: Iterable[str], *checks: str) -> tuple[Code, ...]:
    """The findings of these checks, or groups of checks, with one of these slugs."""
    wanted = frozenset(slugs)
    return tuple(code for code in Code if code.value.startswith(checks) and code.value.rpartition(".")[2] in wanted)


TUNNEL = (
    Code.POSTGRES_STARTUP_CLOSED,
    Code.POSTGRES_STARTUP_RESET,
    Code.POSTGRES_STARTUP_SILENT,
    Code.TLS_HANDSHAKE_CLOSED,
    Code.TLS_HANDSHAKE_RESET,
    Code.TLS_HANDSHAKE_SILENT,
)
"""Behind a proxy: it took the connection, and then did not reach the instance. On a socket there is no TLS."""

CONNECT = (Code.TCP_CONNECT_SILENT, Code.TCP_CONNECT_REFUSED, Code.TCP_CONNECT_UNREACHABLE, Code.TCP_CONNECT_RESET)
"""No connection to the address."""

API_NO_WAY = api("silent", "refused", "unreachable", "closed")
"""No HTTP answer of the Admin API."""

HIDDEN_CHARACTERS = (
    Code.CONFIG_HYGIENE_TRAILING_WHITESPACE,
    Code.CONFIG_HYGIENE_LEADING_WHITESPACE,
    Code.CONFIG_HYGIENE_CONTROL_CHARACTER,
)
PLACEHOLDERS = (Code.CONFIG_HYGIENE_PLACEHOLDER, Code.CONFIG_HYGIENE_ONLY_WHITESPACE)

UNRESOLVED = (
    Code.DNS_TARGET_NXDOMAIN,
    Code.DNS_TARGET_NO_ADDRESS,
    Code.DNS_TARGET_NOT_A_NAME,
    Code.DNS_TARGET_SERVFAIL,
    Code.DNS_TARGET_SILENT,
)
"""The host gave no address. A resolver may answer nonsense in any of these ways."""

NOT_ATTACHED = (
    Code.SOCKET_MOUNT_NOT_MOUNTED,
    Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED,
    Code.TCP_CONNECT_SOCKET_MISSING,
)
"""There is no socket for the instance, as far as can be seen."""

WRONG_PATH = (
    Code.SOCKET_MOUNT_NOT_A_DIRECTORY,
    Code.SOCKET_MOUNT_NAME_DOUBLED,
    Code.SOCKET_MOUNT_OTHER_PORT,
    Code.SOCKET_MOUNT_NO_INSTANCE_NAME,
    Code.SOCKET_MOUNT_ELSEWHERE,
)
"""There is something else where it is looked for."""

NO_SOCKET = (*NOT_ATTACHED, *WRONG_PATH)
"""What a wrong path can come to."""

IAM_REFUSED = ending(["iam_refused"], "postgres.")
WRONG_CREDENTIALS = (
    Code.POSTGRES_AUTH_WRONG_PASSWORD,
    *IAM_REFUSED,
    *ending(["role_missing"], "postgres."),
)
NO_DATABASE = ending(["database_missing"], "postgres.")
REFUSED_LOGIN = (*WRONG_CREDENTIALS, *ending(["no_hba_entry"], "postgres."))

SILENCE = ending(["silent"], "tcp.connect", "tls.handshake", "postgres.")
"""A rung that ran into its deadline."""
