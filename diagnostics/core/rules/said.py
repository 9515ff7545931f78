"""What a server said in its own words: each kind of refusal is a rule, whoever heard it."""

from collections.abc import Callable

from diagnostics.core.codes import CheckId
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


def _rule(refusal: Refusal, meaning: Meaning) -> Rule:
    return Rule(
        cause=meaning.cause,
        explains=(*_SERVER_ERRORS, *groups.ending([refusal.slug], "postgres.")),
        confidence=meaning.confidence,
        when=said(refusal),
        cites=(CheckId.ADMIN_INSTANCE,) if meaning.alternatives else (),
        alternatives=meaning.alternatives,
    )


RULES: tuple[Rule, ...] = tuple(_rule(refusal, meaning) for refusal, meaning in MEANINGS.items())
