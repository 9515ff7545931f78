"""How a row of the table of ways is written: a cause, how sure it is, conditions that all hold, and what else fits."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.rules import groups, signs
from diagnostics.core.rules.rule import Rule
from diagnostics.core.trials import Changed

Condition = Callable[[Evidence], bool]

_SILENT_PATH = (Code.TCP_CONNECT_SILENT, *groups.TUNNEL)
_CITES = (
    CheckId.DNS_APIS,
    CheckId.EGRESS_GOOGLE_APIS,
    CheckId.EGRESS_PUBLIC,
    CheckId.EGRESS_PRIVATE,
    CheckId.EGRESS_INSTANCE,
    CheckId.ADMIN_CONNECT_SETTINGS,
    CheckId.ADMIN_INSTANCE,
    CheckId.RUN_REVISION,
    CheckId.VPC_CONNECTOR,
)


def neither(*conditions: Condition) -> Condition:
    """None of them holds."""
    return lambda evidence: not any(holds(evidence) for holds in conditions)


def either(*conditions: Condition) -> Condition:
    """One of them holds."""
    return lambda evidence: any(holds(evidence) for holds in conditions)


def _row(
    cause: Cause,
    confidence: Confidence,
    *conditions: Condition,
    explains: tuple[Code, ...],
    or_else: tuple[Cause, ...],
) -> Rule:
    return Rule(
        cause=cause,
        explains=explains,
        confidence=confidence,
        when=lambda evidence: all(holds(evidence) for holds in conditions),
        cites=_CITES,
        covers=groups.beside("silent", "refused", "unreachable", "closed"),
        alternatives=or_else,
    )


def path(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the instance's address."""
    return _row(cause, confidence, signs.way_is_silent, *conditions, explains=_SILENT_PATH, or_else=or_else)


def exit_(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the way out, which the Admin API needs as well as the instance's address."""
    explains = (*_SILENT_PATH, *groups.api("silent"))
    return _row(cause, confidence, signs.way_is_silent, *conditions, explains=explains, or_else=or_else)


def said(rule: Rule, *codes: Code) -> Rule:
    """A row that explains, too, how checks put what its conditions look at."""
    return replace(rule, explains=(*rule.explains, *codes))


def api(cause: Cause, confidence: Confidence, *conditions: Condition, or_else: tuple[Cause, ...] = ()) -> Rule:
    """A row about the Admin API, on a route that needs it: no HTTP answer of any kind."""
    explains = (*groups.API_NO_WAY, *groups.TUNNEL)
    return _row(cause, confidence, _no_answer, *conditions, explains=explains, or_else=or_else)


def _no_answer(evidence: Evidence) -> bool:
    return signs.through_google(evidence) and evidence.found(*groups.API_NO_WAY)


OPENED = Rule(
    # Nothing but the time made the difference, so nothing but the time was wrong.
    cause=Cause.VPC_WARMING_UP,
    explains=(*_SILENT_PATH, *groups.API_NO_WAY),
    covers=groups.beside("silent"),
    confidence=Confidence.LIKELY,
    when=lambda evidence: evidence.proved(Cause.VPC_WARMING_UP, Changed.WAITED),
    cites=(CheckId.EGRESS_GOOGLE_APIS, CheckId.EGRESS_PUBLIC, CheckId.EGRESS_INSTANCE),
    tries=Changed.WAITED,
)
