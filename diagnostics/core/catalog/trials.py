"""What was tried, and what came of it: read as ``Tried: title -> result``."""

from diagnostics.core.catalog import fill, findings
from diagnostics.core.codes import CheckId
from diagnostics.core.trials import Changed, Trial, Verdict

TITLES: dict[Changed, str] = {
    Changed.VALUE_TRIMMED: "{about} without the characters that cannot be seen",
    Changed.INSTANCE_ADDRESS: "the instance's own address {to} instead of {about}",
    Changed.PORT: "port {to} instead of {about}",
    Changed.ATTACHED_SOCKET: "the socket in {to} instead of {about}",
    Changed.USER_TRUNCATED: "user {to} instead of {about}",
    Changed.NAME_FOLDED: "the name {to} instead of {about}",
    Changed.TLS_ON: "sslmode {to} instead of {about}",
    Changed.WAITED: "fresh sockets until the way opens",
}

_HOLDS: dict[CheckId, str] = {
    CheckId.DNS_TARGET: "the name resolves",
    CheckId.SOCKET_MOUNT: "the socket takes connections",
    CheckId.TCP_CONNECT: "the connection is taken",
    CheckId.TLS_HANDSHAKE: "TLS is established",
    CheckId.POSTGRES_STARTUP: "PostgreSQL answers",
    CheckId.POSTGRES_AUTH: "the user is let in",
    CheckId.POSTGRES_QUERY: "a query is answered",
}
"""What it means that a check passes now."""


def title(trial: Trial) -> str:
    """What was tried."""
    return fill.text(TITLES[trial.changed], {"about": trial.about, "to": trial.to})


def result(trial: Trial) -> str:
    """What came of it: what holds now, and what ended it."""
    met = findings.sentence(trial.finding) if trial.finding else ""
    if trial.verdict is not Verdict.FLIPPED:
        return met or "it could not be settled"
    holds = _opened(trial) + _HOLDS[trial.flips if met else trial.check]
    return f"{holds}; then {met}" if met else holds


def _opened(trial: Trial) -> str:
    seconds = trial.opened_after_seconds
    return "" if seconds is None else f"open {seconds:.0f} s after the start, "
