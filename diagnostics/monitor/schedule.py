"""What a cycle evaluates, and what it takes over from earlier ones.

A cycle is narrow while the path holds: what the route needs, and what only looks at values already read. It is wide,
everything there is, at the start, every ten minutes, in the same second in which one fails, and as long as the path
stays broken. The app's driver belongs to the wide ones: it goes the way of the ladder, at its price again.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from diagnostics.check import Check
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.model import SkipReason, Status, Value
from diagnostics.core.observed import ApiResult
from diagnostics.core.outcome import CheckResult, Outcome


class Breadth(StrEnum):
    """How much of what there is a cycle evaluates."""

    NARROW = "narrow"
    WIDE = "wide"


WIDE_EVERY = 600.0
"""Seconds between two wide cycles of a path that holds: what nobody needs for it changes by hand, in minutes."""

AGAIN_EVERY = 60.0
"""Seconds after which a narrow cycle asks again what was silent beside a path that holds: a warning that is no longer
true is gone in two minutes, and an API that stays silent costs its two seconds in every second cycle."""

API_LIFE = 300.0
"""Seconds for which an answer of one of Google's APIs is used. The quota is by project: a hundred instances that asked
at every cycle would use up what deployments and the app's own connectors need."""

CERTIFICATE_LIFE = 3000.0
"""Seconds for which an ephemeral certificate is used: it lives for an hour, and Google's connectors renew it before."""

LIVES: Mapping[CheckId, float] = {
    CheckId.ADMIN_CONNECT_SETTINGS: API_LIFE,
    CheckId.ADMIN_INSTANCE: API_LIFE,
    CheckId.IAM_PERMISSIONS: API_LIFE,
    CheckId.ADMIN_CERTIFICATE: CERTIFICATE_LIFE,
    CheckId.RUN_REVISION: API_LIFE,
    CheckId.VPC_CONNECTOR: API_LIFE,
}
"""Outcomes that are taken over even by a cycle in which they would be due."""

COMMON = frozenset(
    {
        CheckId.METADATA_SERVER,
        CheckId.IDENTITY_ACCOUNT,
        CheckId.EGRESS_GOOGLE_APIS,
        CheckId.EGRESS_PRIVATE,
        CheckId.DNS_APIS,
        CheckId.RUN_REVISION,
        CheckId.VPC_CONNECTOR,
    }
)
"""Checks that say the same of every target, so that one target's run evaluates them for all."""

_FREE = frozenset({"config", "runtime"})
"""Groups of checks that only look at values already read, or at this very run."""

_DRIVERS = "driver"

_NOT_ASKED = frozenset({SkipReason.BLOCKED, SkipReason.NO_ANSWER, SkipReason.RUN_DEADLINE, SkipReason.CRASHED})
"""Why a check has no outcome of its own: it was not asked, or nobody answered."""

_NO_ANSWER = frozenset(
    {
        ApiResult.UNRESOLVED,
        ApiResult.SILENT,
        ApiResult.REFUSED,
        ApiResult.UNREACHABLE,
        ApiResult.CLOSED,
        ApiResult.TLS_FAILED,
    }
)
"""Ends of codes that say how far a question came that nobody answered."""


class Kept(Value, frozen=True, kw_only=True):
    """A result of an earlier run of the same target."""

    result: CheckResult
    at: float
    """Monotonic seconds at which it was found."""
    life: float = 0.0
    """Seconds for which it stands in for a new one."""

    def stands_in(self, now: float, *, needed: bool) -> bool:
        """Whether it may be used where a new one is due. What keeps the path from being proven is asked again."""
        return now - self.at < self.life and (holds(self.result.outcome) if needed else not self.may_mend)

    def asks_again(self, now: float) -> bool:
        """Whether it is to be evaluated though nobody needs it, and the cycle is narrow."""
        return self.may_mend and now - self.at >= AGAIN_EVERY

    @property
    def may_mend(self) -> bool:
        """Whether nobody answered: that may end at any moment. What was answered stands, as the quota wants it."""
        outcome = self.result.outcome
        slug = outcome.code.rpartition(".")[2] if outcome.code else ""
        return outcome.reason in _NOT_ASKED or slug in _NO_ANSWER


def holds(outcome: Outcome) -> bool:
    """Whether it satisfies what depends on it."""
    return outcome.status in (Status.PASS, Status.WARN) or outcome.reason is SkipReason.NOT_APPLICABLE


def narrow(checks: Iterable[Check], needed: frozenset[CheckId]) -> frozenset[CheckId]:
    """What a narrow cycle evaluates."""
    return frozenset(
        check.id
        for check in checks
        if check.group in _FREE or check.id in RUNGS or (check.id in needed and check.group != _DRIVERS)
    )


def due(
    checks: Iterable[Check], needed: frozenset[CheckId], kept: Mapping[CheckId, Kept], now: float, breadth: Breadth
) -> frozenset[CheckId]:
    """What a cycle has to evaluate, now being monotonic seconds. What was never evaluated always is."""
    planned = tuple(checks)
    asked = narrow(planned, needed) if breadth is Breadth.NARROW else frozenset(check.id for check in planned)
    asked |= {check for check, earlier in kept.items() if earlier.asks_again(now)}
    there = {check for check, earlier in kept.items() if earlier.stands_in(now, needed=check in needed)}
    return (asked - there) | frozenset(check.id for check in planned if check.id not in kept or check.id in RUNGS)
