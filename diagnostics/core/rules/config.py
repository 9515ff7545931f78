"""What the settings hold, where the path breaks on it. Nothing here needs the network to be sure."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import DnsTarget
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Login, SettingName, Target
from diagnostics.core.rules import groups, signs
from diagnostics.core.rules.rule import Rule
from diagnostics.core.trials import Changed

_CITES = (CheckId.CONFIG_HYGIENE,)

_BREAKS_ON: tuple[tuple[SettingName, tuple[Code, ...]], ...] = (
    (SettingName.HOST, (*groups.UNRESOLVED, *groups.NO_SOCKET)),
    (
        SettingName.INSTANCE,
        (Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, *groups.NO_SOCKET, *groups.api("not_found", "denied")),
    ),
    (SettingName.DATABASE, groups.NO_DATABASE),
    (SettingName.USER, groups.REFUSED_LOGIN),
    (SettingName.PASSWORD, (Code.POSTGRES_AUTH_WRONG_PASSWORD, Code.POSTGRES_AUTH_NO_PASSWORD)),
)
"""Where a wrong value of each setting comes to light."""


def _odd_value(evidence: Evidence, setting: SettingName, codes: tuple[Code, ...]) -> Finding | None:
    """The remark about the variable that holds the setting.

    A line break at the end of a URL is in its last part, so there only the value itself can tell; a password, which
    stands in the middle, is never asked.
    """
    remark = evidence.about(setting, *codes) or _about_a_problem(evidence, setting, codes)
    if remark is None or codes is not groups.HIDDEN_CHARACTERS or not _holds_several(evidence, remark.about):
        return remark
    return remark if _unclean(evidence, setting) else None


def hidden_in(evidence: Evidence) -> dict[SettingName, str]:
    """The settings whose invisible characters may be what broke the path, and the variables that hold them."""
    found = {
        setting: _odd_value(evidence, setting, groups.HIDDEN_CHARACTERS)
        for setting, breaks in _BREAKS_ON
        if evidence.found(*breaks)
    }
    return {setting: remark.about for setting, remark in found.items() if remark is not None}


def _about_a_problem(evidence: Evidence, setting: SettingName, codes: tuple[Code, ...]) -> Finding | None:
    """Without a target there may be no origin: then the problem itself names the variable."""
    if setting is not SettingName.INSTANCE:
        return None
    named = {finding.about for finding in evidence.findings(Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED)}
    return next((remark for remark in evidence.findings(*codes) if remark.about in named), None)


def _holds_several(evidence: Evidence, source: str) -> bool:
    return sum(origin.source == source for origin in evidence.resolution.origins) > 1


def _unclean(evidence: Evidence, setting: SettingName) -> bool:
    target = evidence.target
    if target is None:
        return False
    value = {SettingName.HOST: target.host, SettingName.DATABASE: target.database, SettingName.USER: target.user}.get(
        setting, ""
    )
    return value != value.strip() or not value.isprintable()


def _odd(cause: Cause, setting: SettingName, breaks: tuple[Code, ...], remarks: tuple[Code, ...]) -> Rule:
    """A value that is trimmed can be tried at once; what stands in place of a placeholder nobody knows."""

    def look(evidence: Evidence) -> Finding | None:
        return _odd_value(evidence, setting, remarks)

    return Rule(
        cause=cause,
        explains=breaks,
        confidence=Confidence.LIKELY,
        when=lambda evidence: look(evidence) is not None,
        focus=look,
        tries=Changed.VALUE_TRIMMED if remarks is groups.HIDDEN_CHARACTERS else None,
    )


_ODD_VALUES = tuple(
    _odd(cause, setting, breaks, remarks)
    for setting, breaks in _BREAKS_ON
    for cause, remarks in (
        (Cause.CONFIG_PLACEHOLDER_VALUE, groups.PLACEHOLDERS),
        (Cause.CONFIG_SECRET_TRAILING_NEWLINE, groups.HIDDEN_CHARACTERS),
        (Cause.CONFIG_MALFORMED_URL, (Code.CONFIG_HYGIENE_QUOTED,)),
    )
)


def _remarked(cause: Cause, remark: Code, *breaks: Code, tries: Changed | None = None) -> Rule:
    return Rule(
        cause=cause,
        explains=breaks,
        confidence=Confidence.LIKELY,
        when=lambda evidence: evidence.found(remark),
        focus=lambda evidence: evidence.finding(remark),
        tries=tries,
    )


def _no_such_instance(evidence: Evidence) -> bool:
    other = evidence.found(Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED)
    return other and evidence.found(*groups.api("not_found", "region_mismatch"))


def _password_not_set(evidence: Evidence) -> bool:
    """Variables give the target, and none of them a password; a URL without one was written so."""
    target = evidence.target
    meant = target is not None and target.login is Login.PASSWORD and "@" not in target.user
    by_variable = evidence.origin(SettingName.USER) not in {"", "default"} and not evidence.origin(SettingName.URL)
    return meant and by_variable and evidence.origin(SettingName.PASSWORD) in {"", "default"}


def _by_name(evidence: Evidence) -> bool:
    """The host is a name that had to be resolved."""
    resolved = evidence.fact(DnsTarget)
    return signs.on_direct(evidence) and resolved is not None and not resolved.literal


def _no_host(evidence: Evidence) -> bool:
    return evidence.origin(SettingName.HOST) in {"", "default"}


def _other_port(evidence: Evidence) -> bool:
    """The instance's own address, a port that nothing of it listens on, and PostgreSQL where it belongs."""
    target = evidence.target
    usual = target is None or target.port in {signs.POSTGRES_PORT, signs.PROXY_PORT}
    return signs.on_direct(evidence) and not usual and signs.port_open(evidence, signs.POSTGRES_PORT)


def _capitals(name: Callable[[Target], str], else_: Cause, missing: tuple[Code, ...]) -> Rule:
    """The server lacks a name with capital letters: it folds names that are not quoted, where they are created."""

    def written(evidence: Evidence) -> bool:
        target = evidence.target
        return target is not None and name(target) != name(target).lower()

    return Rule(
        cause=Cause.CONFIG_NAME_CASE,
        explains=missing,
        confidence=Confidence.LIKELY,
        when=written,
        alternatives=(else_,),
        tries=Changed.NAME_FOLDED,
    )


def _proxy_port(evidence: Evidence) -> bool:
    """A direct connection to the port of connectors, which waits for TLS and a client certificate."""
    return signs.on_direct(evidence) and evidence.target is not None and evidence.target.port == signs.PROXY_PORT


_NO_SESSION = groups.ending(
    ["silent", "closed", "reset", "not_postgres", "peer_not_tls", "malformed_answer"],
    "tls.handshake",
    "postgres.startup",
)

RULES: tuple[Rule, ...] = (
    *_ODD_VALUES,
    _remarked(
        Cause.SOCKET_WRONG_PATH,
        Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME,
        *groups.UNRESOLVED,
        tries=Changed.ATTACHED_SOCKET,
    ),
    *(
        _remarked(Cause.CONFIG_WRONG_HOST_PORT, remark, *groups.UNRESOLVED)
        for remark in (
            Code.CONFIG_HYGIENE_PORT_IN_HOST,
            Code.CONFIG_HYGIENE_SCHEME_IN_HOST,
            Code.CONFIG_HYGIENE_PLACEHOLDER_HOST,
        )
    ),
    *(
        _remarked(Cause.SOCKET_WRONG_PATH, remark, *groups.NOT_ATTACHED, *groups.CONNECT)
        for remark in (
            Code.CONFIG_HYGIENE_SOCKET_PORT,
            Code.CONFIG_HYGIENE_EMPTY_SOCKET_NAME,
            Code.CONFIG_HYGIENE_SOCKET_NOT_AS_HOST,
        )
    ),
    _remarked(
        Cause.CONFIG_URL_UNESCAPED_CHARS,
        Code.CONFIG_HYGIENE_ENCODED_TWICE,
        *groups.UNRESOLVED,
        *groups.NOT_ATTACHED,
        *groups.NO_DATABASE,
        Code.POSTGRES_AUTH_WRONG_PASSWORD,
    ),
    _remarked(
        Cause.SOCKET_WRONG_PATH,
        Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME,
        *groups.NOT_ATTACHED,
        tries=Changed.ATTACHED_SOCKET,
    ),
    Rule(
        # The right socket is seen beside the path, or what the path ends with is too little or too much.
        cause=Cause.SOCKET_WRONG_PATH,
        explains=(
            Code.SOCKET_MOUNT_NO_INSTANCE_NAME,
            Code.SOCKET_MOUNT_ELSEWHERE,
            Code.SOCKET_MOUNT_NAME_DOUBLED,
        ),
        confidence=Confidence.LIKELY,
        tries=Changed.ATTACHED_SOCKET,
    ),
    Rule(
        cause=Cause.SOCKET_WRONG_PATH,
        explains=(Code.SOCKET_MOUNT_OTHER_PORT,),
        confidence=Confidence.LIKELY,
        tries=Changed.PORT,
    ),
    Rule(
        # No such instance, and another one is attached: the name is wrong, not the attachment.
        cause=Cause.CONFIG_INSTANCE_NAME_WRONG,
        explains=(Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED, *groups.api("not_found", "region_mismatch")),
        confidence=Confidence.LIKELY,
        when=_no_such_instance,
        cites=(CheckId.SOCKET_MOUNT, CheckId.ADMIN_CONNECT_SETTINGS),
        alternatives=(Cause.SOCKET_NOT_MOUNTED,),
        tries=Changed.ATTACHED_SOCKET,
    ),
    _remarked(
        Cause.CONFIG_URL_UNESCAPED_CHARS,
        Code.CONFIG_HYGIENE_UNENCODED_URL,
        *groups.UNRESOLVED,
        *groups.REFUSED_LOGIN,
        *groups.NO_DATABASE,
    ),
    Rule(
        # A piece of a password may be the name of some host, and is no address.
        cause=Cause.CONFIG_URL_UNESCAPED_CHARS,
        explains=groups.CONNECT,
        confidence=Confidence.LIKELY,
        when=lambda evidence: evidence.found(Code.CONFIG_HYGIENE_UNENCODED_URL) and _by_name(evidence),
        focus=lambda evidence: evidence.finding(Code.CONFIG_HYGIENE_UNENCODED_URL),
    ),
    Rule(
        cause=Cause.CONFIG_MISSING_ENV,
        explains=(*groups.CONNECT, Code.CONFIG_HYGIENE_LOCAL_FALLBACK),
        confidence=Confidence.LIKELY,
        when=lambda evidence: signs.local_host(evidence) and _no_host(evidence),
        focus=lambda evidence: evidence.finding(Code.CONFIG_HYGIENE_LOCAL_FALLBACK),
        cites=_CITES,
        alternatives=(Cause.TCP_PROXY_NOT_LISTENING,),
    ),
    Rule(
        # The other variables of the family are there: a secret that is empty, or that this container does not get.
        cause=Cause.CONFIG_MISSING_ENV,
        explains=(Code.POSTGRES_AUTH_NO_PASSWORD,),
        confidence=Confidence.LIKELY,
        when=_password_not_set,
        alternatives=(Cause.PG_NO_PASSWORD, Cause.IAM_MISSING_SECRET_ACCESS),
    ),
    Rule(
        # Where containers share a loopback, it is where a proxy is expected; who starts first is nobody's promise.
        cause=Cause.TCP_PROXY_NOT_LISTENING,
        explains=(Code.TCP_CONNECT_REFUSED,),
        confidence=Confidence.LIKELY,
        when=lambda evidence: signs.local_host(evidence) and signs.containers_beside(evidence) is True,
        cites=(CheckId.RUNTIME_PLATFORM, CheckId.RUN_REVISION),
        alternatives=(Cause.CONFIG_WRONG_HOST_PORT, Cause.CONFIG_MISSING_ENV),
    ),
    Rule(
        # The revision has one container: there is nobody beside it who could listen.
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=(Code.TCP_CONNECT_REFUSED, Code.CONFIG_HYGIENE_LOCAL_FALLBACK),
        confidence=Confidence.LIKELY,
        when=lambda evidence: signs.local_host(evidence) and signs.containers_beside(evidence) is False,
        cites=(CheckId.RUN_REVISION,),
        alternatives=(Cause.CONFIG_MISSING_ENV,),
    ),
    Rule(
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=(Code.TCP_CONNECT_REFUSED, Code.CONFIG_HYGIENE_LOCAL_FALLBACK),
        confidence=Confidence.POSSIBLE,
        when=signs.local_host,
        alternatives=(Cause.TCP_PROXY_NOT_LISTENING, Cause.CONFIG_MISSING_ENV, Cause.TCP_REFUSED),
    ),
    Rule(
        cause=Cause.TCP_REFUSED,
        explains=(Code.TCP_CONNECT_REFUSED,),
        confidence=Confidence.POSSIBLE,
        when=lambda evidence: signs.own_machine(evidence) and _no_host(evidence),
        alternatives=(Cause.CONFIG_MISSING_ENV, Cause.CONFIG_WRONG_HOST_PORT),
    ),
    _remarked(
        Cause.CONFIG_MISSING_ENV,
        Code.CONFIG_HYGIENE_NO_DATABASE,
        *groups.NO_DATABASE,
    ),
    _capitals(lambda target: target.database, Cause.PG_DATABASE_MISSING, groups.NO_DATABASE),
    _capitals(lambda target: target.user, Cause.PG_ROLE_MISSING, groups.ending(["role_missing"], "postgres.")),
    Rule(
        cause=Cause.CONFIG_DRIVER_OPTION_MISMATCH,
        explains=(
            Code.DRIVER_ASYNCPG_OPTION_REJECTED,
            Code.DRIVER_PSYCOPG_OPTION_REJECTED,
            Code.DRIVER_CONNECTOR_OPTION_REJECTED,
            Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER,
        ),
        confidence=Confidence.PROVEN,
        focus=lambda evidence: evidence.finding(Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER),
        cites=(CheckId.DRIVER_ASYNCPG, CheckId.DRIVER_PSYCOPG, CheckId.DRIVER_CONNECTOR),
    ),
    Rule(
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=(Code.TCP_CONNECT_SILENT, Code.TCP_CONNECT_REFUSED),
        confidence=Confidence.LIKELY,
        when=_other_port,
        cites=(CheckId.EGRESS_INSTANCE, CheckId.ADMIN_CONNECT_SETTINGS),
        tries=Changed.PORT,
    ),
    Rule(
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=_NO_SESSION,
        confidence=Confidence.LIKELY,
        when=_proxy_port,
        tries=Changed.PORT,
    ),
    Rule(
        cause=Cause.CONFIG_MISSING_ENV,
        explains=(Code.CONFIG_TARGET_MISSING, Code.CONFIG_HYGIENE_OTHER_CONTAINER),
        confidence=Confidence.LIKELY,
    ),
    Rule(
        cause=Cause.CONFIG_WRONG_HOST_PORT,
        explains=(
            *groups.CONNECT,
            *groups.ending(["silent", "closed", "reset", "unknown_authority", "name_mismatch"], "tls.handshake"),
            Code.POSTGRES_STARTUP_SILENT,
            Code.POSTGRES_STARTUP_CLOSED,
        ),
        confidence=Confidence.LIKELY,
        when=signs.stale_address,
        cites=(CheckId.ADMIN_CONNECT_SETTINGS, CheckId.EGRESS_INSTANCE),
        tries=Changed.INSTANCE_ADDRESS,
    ),
)
