"""What checks return and what a run records of them."""

from datetime import datetime
from enum import StrEnum

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AnyFact, Fact
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Platform, Resolution, Route, SkipReason, Status, Value
from diagnostics.core.trials import Trial


class Outcome(Value, frozen=True, kw_only=True):
    """What one check found."""

    status: Status
    findings: tuple[Finding, ...] = ()
    """The first one is the code of the check; the rest were found by the same look."""
    fact: AnyFact | None = None
    reason: SkipReason | None = None
    """Set exactly where the status is SKIP or UNKNOWN."""
    blocked_by: CheckId | None = None
    needs: str = ""
    """What would have to be granted or set for an UNKNOWN to become known: a permission, an API, a variable."""
    found_at: datetime | None = None
    """When it was found, where the check lets an earlier answer stand in for a new one; None is in this run."""

    @property
    def code(self) -> Code | None:
        """The first finding's code."""
        return self.findings[0].code if self.findings else None


def passed(fact: Fact | None = None) -> Outcome:
    """The title is true."""
    return Outcome(status=Status.PASS, fact=_known(fact))


def warned(fact: Fact | None, *findings: Finding) -> Outcome:
    """The title is true, but."""
    return Outcome(status=Status.WARN, findings=findings, fact=_known(fact))


def failed(fact: Fact | None, *findings: Finding) -> Outcome:
    """The title is false, and these findings are the evidence."""
    return Outcome(status=Status.FAIL, findings=findings, fact=_known(fact))


def skipped(reason: SkipReason, blocked_by: CheckId | None = None) -> Outcome:
    """Not evaluated."""
    return Outcome(status=Status.SKIP, reason=reason, blocked_by=blocked_by)


def unknown(reason: SkipReason, *findings: Finding, fact: Fact | None = None, needs: str = "") -> Outcome:
    """Could not be evaluated; ``needs`` says what would change that."""
    return Outcome(status=Status.UNKNOWN, findings=findings, fact=_known(fact), reason=reason, needs=needs)


def _known(fact: Fact | None) -> AnyFact | None:
    """Every concrete fact is a member of the closed union; a test holds that."""
    return fact  # type: ignore[return-value]


class CheckResult(Value, frozen=True, kw_only=True):
    """An outcome with what the runner measured around it. Times in seconds, the offset from the start of the run."""

    check: CheckId
    outcome: Outcome
    requires: tuple[CheckId, ...] = ()
    after: tuple[CheckId, ...] = ()
    needed: bool = False
    """Whether the route needs this check: only then may it fail."""
    found: Status | None = None
    """What the check found, where the outcome calls it by a milder name because the route does not need the check."""
    started_offset_seconds: float = 0.0
    duration_seconds: float = 0.0
    timeout_seconds: float = 0.0
    as_of: datetime | None = None
    """When it was evaluated: before the run began, where the run took it over from an earlier one."""


class Rung(Value, frozen=True, kw_only=True):
    """One rung's share of the climb."""

    check: CheckId
    seconds: float


class Ladder(Value, frozen=True, kw_only=True):
    """The one connection: its rungs and ``unattributed_seconds`` add up to ``total_seconds``."""

    route: Route
    address: str
    rungs: tuple[Rung, ...] = ()
    total_seconds: float = 0.0
    unattributed_seconds: float = 0.0


class Mode(StrEnum):
    """Which verb made the run."""

    CHECK = "check"
    WAIT = "wait"
    SERVE = "serve"


class Run(Value, frozen=True, kw_only=True):
    """Everything one run recorded: the input of diagnosis and report."""

    run_id: str
    started_at: datetime
    duration_seconds: float
    mode: Mode
    resolution: Resolution
    platform: Platform
    results: tuple[CheckResult, ...]
    ladder: Ladder | None = None
    depth_reached: bool = False
    """The deepest planned rung passed: the path is proven as far as it was asked for."""
    trials: tuple[Trial, ...] = ()
    """What was tried after a failure, in order."""
