"""What a driver's own words say, where neither exception class nor SQLSTATE says anything: possible, never more."""

from collections.abc import Iterator

from diagnostics.core.codes import Layer
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import DriverAsyncpg, DriverConnector, DriverPsycopg
from diagnostics.core.rules import groups
from diagnostics.core.rules.rule import Rule

_FAILED = groups.ending(["failed"], "driver.")

_OF_A_RUNNING_APP = frozenset({Layer.POOL, Layer.RUNTIME, Layer.APP})
"""What the same words may mean in an app's log. Ours is one connection, in a fresh process with a loop and no pool."""


def rules(evidence: Evidence) -> Iterator[Rule]:
    """One for each driver whose text settles a cause. The ladder had passed, so the words stand alone."""
    for kind in (DriverAsyncpg, DriverPsycopg, DriverConnector):
        fact = evidence.fact(kind)
        if fact is not None and fact.message and not fact.sqlstate:
            yield from _said(fact.message, kind)


def _said(message: str, kind: type[DriverAsyncpg | DriverPsycopg | DriverConnector]) -> Iterator[Rule]:
    # The patterns are loaded only for a driver that failed for no reason that is known otherwise.
    from diagnostics.core.catalog.texts import PATTERNS
    from diagnostics.core.text.verdict import judge

    verdict = judge(message, PATTERNS)
    if not verdict.ambiguous:
        first, *others = (candidate.cause for candidate in verdict.candidates)
        if first.layer in _OF_A_RUNNING_APP:
            return
        yield Rule(
            cause=first,
            explains=_FAILED,
            confidence=Confidence.POSSIBLE,
            cites=(kind.CHECK,),
            alternatives=tuple(other for other in others if other.layer not in _OF_A_RUNNING_APP),
        )
