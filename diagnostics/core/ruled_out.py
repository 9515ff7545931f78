"""What a run has seen not to hold, so that no remedy is offered that needs it."""

from collections.abc import Callable, Iterator

from diagnostics.core.catalog.entry import Need
from diagnostics.core.codes import CheckId
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import AdminInstance
from diagnostics.core.findings import Code
from diagnostics.core.outcome import Mode
from diagnostics.core.rules import groups

_STAGES = ("tcp.connect", "tls.handshake", "postgres.startup")
_NO_ANSWER = groups.ending(
    ["silent", "refused", "unreachable", "reset", "closed", "permission_denied", "not_postgres", "peer_not_tls"],
    *_STAGES,
)
_NO_SESSION = groups.ending(["not_ready", "standby_closed", "too_many_connections"], "postgres.")
_RESERVED = groups.ending(["slots_reserved"], "postgres.")
"""Only a superuser of the server gets in, and Cloud SQL has none for its users."""
_DATABASE_MISSING = groups.ending(["database_missing"], "postgres.")
_DATABASE_SHUT = groups.ending(["database_closed", "database_invalid", "database_limit"], "postgres.")
_ROLE_MISSING = groups.ending(["role_missing"], "postgres.")
_ROLE_IS_THERE = groups.ending(
    ["login_not_permitted", "role_limit", "connect_denied", "slots_reserved", "database_missing"], "postgres."
)
"""What a server finds out of a role only when it has found the role."""
_DATABASE_IS_THERE = groups.ending(["connect_denied"], "postgres.")


def _found(*codes: Code) -> Callable[[Evidence], bool]:
    return lambda evidence: evidence.found(*codes)


def _reserved(evidence: Evidence) -> bool:
    return evidence.google and evidence.found(*_RESERVED)


def _logged_in(evidence: Evidence) -> bool:
    return evidence.passed(CheckId.POSTGRES_AUTH)


def _state_read(evidence: Evidence) -> bool:
    fact = evidence.fact(AdminInstance)
    return fact is not None and bool(fact.state)


_SEEN: tuple[tuple[Need, Callable[[Evidence], bool]], ...] = (
    (Need.ANSWER, _found(*_NO_ANSWER)),
    (Need.SESSION, _found(*_NO_SESSION)),
    (Need.SESSION, _reserved),
    (Need.DATABASE, _found(*_DATABASE_MISSING, *_DATABASE_SHUT)),
    (Need.ROLE, _found(*_ROLE_MISSING)),
    (Need.NO_ROLE, _found(*_ROLE_IS_THERE, *_DATABASE_SHUT)),
    (Need.NO_ROLE, _logged_in),
    (Need.NO_DATABASE, _found(*_DATABASE_IS_THERE, *_DATABASE_SHUT)),
    (Need.NO_DATABASE, _logged_in),
    (Need.STATE_UNKNOWN, _state_read),
    (Need.NOT_RUN, lambda _: True),
    (Need.NOT_WAITED, lambda evidence: evidence.run.mode is Mode.WAIT),
)


def denied(evidence: Evidence) -> frozenset[Need]:
    """What no step may need."""
    return frozenset(_seen(evidence))


def _seen(evidence: Evidence) -> Iterator[Need]:
    for need, holds in _SEEN:
        if holds(evidence):
            yield need
