"""What a server said in its own words: each kind of refusal is a rule, whoever heard it."""

from collections.abc import Callable

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import (
    DriverAsyncpg,
    DriverConnector,
    DriverPsycopg,
    PostgresAuth,
    PostgresQuery,
    PostgresStartup,
    TlsHandshake,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import Route, TlsMode
from diagnostics.core.refusals.meanings import MEANINGS, Meaning
from diagnostics.core.refusals.refusal import Refusal, ServerWords
from diagnostics.core.refusals.sayings import refusal_of
from diagnostics.core.rules import groups
from diagnostics.core.rules.rule import Rule

_SERVER_ERRORS = (
    Code.TLS_HANDSHAKE_SERVER_ERROR,
    Code.POSTGRES_STARTUP_SERVER_ERROR,
    Code.POSTGRES_AUTH_SERVER_ERROR,
    Code.POSTGRES_QUERY_SERVER_ERROR,
    Code.DRIVER_ASYNCPG_SQLSTATE,
    Code.DRIVER_PSYCOPG_SQLSTATE,
    Code.DRIVER_CONNECTOR_SQLSTATE,
)
"""Findings that say only that the server said no."""


def words_of(evidence: Evidence) -> ServerWords | None:
    """The words of the stage that failed, else of the driver that did; None where no server said anything."""
    stages = (
        evidence.fact(TlsHandshake),
        evidence.fact(PostgresStartup),
        evidence.fact(PostgresAuth),
        evidence.fact(PostgresQuery),
    )
    for stage in stages:
        if stage is not None and stage.error is not None:
            error = stage.error
            return ServerWords(
                sqlstate=error.sqlstate, routine=error.routine, message=error.message, plain=_plain(evidence)
            )
    for called in (evidence.fact(DriverAsyncpg), evidence.fact(DriverPsycopg), evidence.fact(DriverConnector)):
        if called is not None and called.sqlstate:
            return ServerWords(sqlstate=called.sqlstate, message=called.message, plain=_plain(evidence))
    finding = evidence.finding(*_SERVER_ERRORS)
    return ServerWords(sqlstate=finding.about) if finding else None


def _plain(evidence: Evidence) -> bool:
    """As the stage itself decides it: without TLS, which was not asked for."""
    target = evidence.target
    return target is not None and target.route is Route.DIRECT and target.tls is TlsMode.DISABLE


def said(refusal: Refusal) -> Callable[[Evidence], bool]:
    """Whether the server's words are of this kind."""

    def heard(evidence: Evidence) -> bool:
        words = words_of(evidence)
        return words is not None and refusal_of(words) is refusal

    return heard


def _findings(refusal: Refusal) -> tuple[Code, ...]:
    return (*_SERVER_ERRORS, *groups.ending([refusal.slug], "postgres."))


def _rule(refusal: Refusal, meaning: Meaning) -> Rule:
    return Rule(
        cause=meaning.cause,
        explains=_findings(refusal),
        confidence=meaning.confidence,
        when=said(refusal),
        cites=(CheckId.ADMIN_INSTANCE,) if meaning.alternatives else (),
        alternatives=meaning.alternatives,
    )


_OF_SERVERS = tuple(
    refusal for refusal in MEANINGS if refusal is not Refusal.TLS_REQUIRED and not refusal.name.startswith("POOLER_")
)
"""Kinds that only a server itself has a reason for."""


def _relayed(*, own: bool) -> Callable[[Evidence], bool]:
    """A pooler repeats what the server said to it, of the app's user or database or of others."""

    def heard(evidence: Evidence) -> bool:
        words, target = words_of(evidence), evidence.target
        if words is None or target is None or not words.relayed or refusal_of(words) not in _OF_SERVERS:
            return False
        named = any(f'"{name}"' in words.message for name in (target.user, target.database) if name)
        return named is own

    return heard


def _repeated(refusal: Refusal, meaning: Meaning) -> Rule:
    """The pooler logs in as the app does: what holds for the app's role or database holds there, too."""
    relayed, kind = _relayed(own=True), said(refusal)
    return Rule(
        cause=meaning.cause,
        explains=_findings(refusal),
        confidence=Confidence.LIKELY,
        when=lambda evidence: relayed(evidence) and kind(evidence),
        alternatives=(*meaning.alternatives, Cause.PG_POOLER_NO_SERVER),
    )


_WITH_A_LOGIN_OF_ITS_OWN = Rule(
    # The pooler's configuration names another user or database, and the server refuses that.
    cause=Cause.PG_POOLER_NO_SERVER,
    explains=tuple(dict.fromkeys(code for refusal in _OF_SERVERS for code in _findings(refusal))),
    confidence=Confidence.LIKELY,
    when=_relayed(own=False),
)

_IN_A_SESSION = Rule(
    # A pooler that let the client in has had a connection to the server, so that now all of them are in use.
    cause=Cause.POOL_EXHAUSTED,
    explains=(Code.POSTGRES_QUERY_POOLER_WAIT,),
    confidence=Confidence.LIKELY,
    when=said(Refusal.POOLER_WAIT),
    alternatives=(Cause.PG_POOLER_NO_SERVER,),
)

RULES: tuple[Rule, ...] = (
    *(_repeated(refusal, MEANINGS[refusal]) for refusal in _OF_SERVERS),
    _WITH_A_LOGIN_OF_ITS_OWN,
    _IN_A_SESSION,
    *(_rule(refusal, meaning) for refusal, meaning in MEANINGS.items()),
)
