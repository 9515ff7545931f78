"""What is configured, joined with where the path breaks: attached sockets, the server's slots, the app's own limit.

Packets that vanish in the VPC have rows of their own in ``ways``.
"""

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import AppBudget, RuntimeFreeze
from diagnostics.core.findings import Code
from diagnostics.core.rules import groups
from diagnostics.core.rules.rule import Rule

_UNATTACHED = (Code.RUN_REVISION_NOT_ATTACHED, Code.RUN_REVISION_MOUNTED_ELSEWHERE)

_ATTACHMENT = (
    Rule(
        cause=Cause.SOCKET_NOT_MOUNTED,
        explains=(*groups.NOT_ATTACHED, *_UNATTACHED, Code.RUN_REVISION_ANNOTATION_IGNORED),
        confidence=Confidence.PROVEN,
        when=lambda evidence: evidence.found(*_UNATTACHED),
    ),
)

_NO_ROUTE = (
    Rule(
        cause=Cause.VPC_NO_EGRESS,
        explains=(Code.TCP_CONNECT_UNREACHABLE, Code.RUN_REVISION_NO_VPC, Code.RUN_REVISION_ANNOTATION_IGNORED),
        confidence=Confidence.PROVEN,
        when=lambda evidence: evidence.found(Code.RUN_REVISION_NO_VPC),
        cites=(CheckId.EGRESS_PUBLIC, CheckId.EGRESS_PRIVATE, CheckId.EGRESS_INSTANCE),
    ),
)

_SLOTS = (
    Rule(
        cause=Cause.PG_TOO_MANY_CONNECTIONS,
        explains=(
            *groups.ending(["too_many_connections", "slots_reserved"], "postgres."),
            Code.POSTGRES_CAPACITY_NEARLY_FULL,
        ),
        confidence=Confidence.PROVEN,
        cites=(CheckId.ADMIN_INSTANCE, CheckId.RUN_REVISION),
    ),
)


def _longest_at(check: CheckId, evidence: Evidence) -> bool:
    fact = evidence.fact(AppBudget)
    return fact is not None and fact.slowest is check


def _stood_still(evidence: Evidence) -> bool:
    """Without the longest pause of our own the time would have been enough."""
    fact, freeze = evidence.fact(AppBudget), evidence.fact(RuntimeFreeze)
    if fact is None or freeze is None or not evidence.found(Code.RUNTIME_FREEZE_FROZEN):
        return False
    return fact.measured_seconds - freeze.longest_gap_seconds <= fact.limit_seconds


_PATIENCE = (
    Rule(
        cause=Cause.RUNTIME_CPU_THROTTLED,
        explains=(Code.APP_BUDGET_TOO_SHORT, Code.RUNTIME_FREEZE_FROZEN),
        confidence=Confidence.LIKELY,
        when=_stood_still,
        cites=(CheckId.RUN_REVISION,),
        alternatives=(Cause.APP_TIMEOUT_TOO_SHORT,),
    ),
    Rule(
        cause=Cause.DNS_SLOW,
        explains=(Code.APP_BUDGET_TOO_SHORT, *groups.ending(["slow", "nameserver_silent"], "dns.")),
        confidence=Confidence.LIKELY,
        when=lambda e: e.found(Code.DNS_TARGET_SLOW) and _longest_at(CheckId.DNS_TARGET, e),
        focus=lambda evidence: evidence.finding(Code.DNS_TARGET_SLOW),
        alternatives=(Cause.APP_TIMEOUT_TOO_SHORT,),
    ),
    Rule(
        # Nothing is wrong with the path but that it takes longer than the app waits: both times were measured.
        cause=Cause.APP_TIMEOUT_TOO_SHORT,
        explains=(Code.APP_BUDGET_TOO_SHORT,),
        confidence=Confidence.PROVEN,
    ),
)

RULES: tuple[Rule, ...] = (*_ATTACHMENT, *_NO_ROUTE, *_SLOTS, *_PATIENCE)
