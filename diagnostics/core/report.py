"""The report: immutable snapshot of one run, and the JSON document that every surface is a view of.

Changes are additive only; ``schema_version`` changes when that rule is broken. Times are RFC 3339 in UTC, durations
seconds. Sentences in it come from the catalogue.
"""

from datetime import datetime

from diagnostics.core.codes import CheckId
from diagnostics.core.egress import MeasuredEgress
from diagnostics.core.facts import AnyFact
from diagnostics.core.looks import Looks
from diagnostics.core.model import Finding, SkipReason, Status, Value
from diagnostics.core.outcome import Ladder, Mode
from diagnostics.core.trials import Changed, Verdict

SCHEMA_VERSION = 1
"""Version of the shape below."""


class Provisional(Value, frozen=True, kw_only=True):
    """The diagnosis may still change by itself, because the instance is young."""

    reason: str
    until: datetime


class AgentInfo(Value, frozen=True, kw_only=True):
    """Who measured, and where."""

    version: str
    hostname: str = ""


class Setting(Value, frozen=True, kw_only=True):
    """One resolved value, a secret as ``***``, and where it came from."""

    name: str
    value: str
    source: str


class TargetInfo(Value, frozen=True, kw_only=True):
    """The target as far as the settings gave one."""

    name: str
    route: str = ""
    host: str = ""
    port: int = 0
    instance: str = ""
    database: str = ""
    user: str = ""
    login: str = ""
    dialect: str = ""
    sslmode: str = ""
    settings: tuple[Setting, ...] = ()


class PlatformInfo(Value, frozen=True, kw_only=True):
    """Where the run was made."""

    kind: str
    service: str = ""
    revision: str = ""
    region: str = ""
    project: str = ""
    service_account: str = ""


class EvidenceLine(Value, frozen=True, kw_only=True):
    """One piece of evidence: the check, its code if it has one, and the catalogue's sentence."""

    check: CheckId
    code: str = ""
    what: str


class Alternative(Value, frozen=True, kw_only=True):
    """Another cause that fits, and what would tell the two apart."""

    cause: str
    title: str
    settled_by: str


class Exclusion(Value, frozen=True, kw_only=True):
    """What cannot be the reason, and the passed check or fact that says so."""

    what: str
    because: str


class Unknown(Value, frozen=True, kw_only=True):
    """What could not be learned, and what that would need."""

    what: str
    needs: str


class Remedy(Value, frozen=True, kw_only=True):
    """One step. ``command`` is complete as far as names are known; unknown names stay in capitals."""

    text: str
    command: str = ""
    doc: str = ""


class DiagnosisEntry(Value, frozen=True, kw_only=True):
    """One root cause with everything that speaks for it."""

    cause: str
    layer: str
    confidence: str
    title: str
    summary: str
    evidence: tuple[EvidenceLine, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    untested: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    explains: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class WarningEntry(Value, frozen=True, kw_only=True):
    """A finding that stands beside a passing path, with the cause it would have if the path broke on it."""

    check: CheckId
    code: str
    cause: str
    title: str


class CheckEntry(Value, frozen=True, kw_only=True):
    """One planned check. ``facts`` is the check's typed fact."""

    id: CheckId
    group: str
    title: str
    status: Status
    summary: str = ""
    code: str | None = None
    findings: tuple[Finding, ...] = ()
    skip_reason: SkipReason | None = None
    blocked_by: CheckId | None = None
    needs: str = ""
    needed: bool = False
    facts: AnyFact | None = None
    requires: tuple[CheckId, ...] = ()
    after: tuple[CheckId, ...] = ()
    as_of: datetime | None = None
    started_offset_seconds: float = 0.0
    duration_seconds: float = 0.0
    timeout_seconds: float = 0.0

    @property
    def left_out(self) -> bool:
        """Whether it was never to be evaluated: chosen so, or no work that we can do."""
        return self.skip_reason is not None and self.skip_reason.left_out


class EgressEntry(Value, frozen=True, kw_only=True):
    """Which kinds of address the container reaches, in a line and as it was measured."""

    summary: str
    measured: MeasuredEgress


class TrialEntry(Value, frozen=True, kw_only=True):
    """A safe trial of one changed input, made after the first diagnosis."""

    hypothesis: str
    """The cause that it was to prove."""
    changed: Changed
    title: str = ""
    """What was tried, in a sentence."""
    result: str = ""
    """What came of it, in a sentence."""
    verdict: Verdict
    proves: str = ""
    """The cause that the trial proved, empty where it did not."""
    drops: str = ""
    """The cause that the trial disproved, empty where it did not."""
    failed: CheckId
    """The check that had failed before."""
    flips: CheckId
    """The check that had to pass."""
    check: CheckId
    """Where the trial ended: the first check that did not hold, else the last one."""
    finding: Finding | None = None
    """What ended it."""
    about: str = ""
    """What was changed: a variable, an address."""
    to: str = ""
    """What it was changed to; never a secret."""
    duration_seconds: float = 0.0
    opened_after_seconds: float | None = None
    """Of ``waited``: seconds from the start of the process until the first fresh socket got through."""


class AppLimit(Value, frozen=True, kw_only=True):
    """One of the app's own limits, as its start-up told it. Seconds."""

    name: str
    seconds: float | None = None
    elapsed: float | None = None
    """What had passed of it when the start-up failed."""
    fired: bool = False
    source: str = ""
    """Where it is set."""


class Counts(Value, frozen=True, kw_only=True, rename={"passed": "pass", "failed": "fail"}):
    """Checks by status."""

    passed: int = 0
    warn: int = 0
    failed: int = 0
    skip: int = 0
    unknown: int = 0


class Report(Value, frozen=True, kw_only=True):
    """One run."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    started_at: datetime
    duration_seconds: float
    mode: Mode
    status: Status
    exit_code: int
    provisional: Provisional | None = None
    agent: AgentInfo
    target: TargetInfo
    platform: PlatformInfo
    works_until: str = ""
    """The stage at which the walk was told to end, and up to which the path works; empty for the whole path."""
    hints: tuple[Remedy, ...] = ()
    """Where nothing failed and nothing could be walked: how to say where the database is."""
    diagnoses: tuple[DiagnosisEntry, ...] = ()
    warnings: tuple[WarningEntry, ...] = ()
    egress: EgressEntry | None = None
    ladder: Ladder | None = None
    checks: tuple[CheckEntry, ...] = ()
    trials: tuple[TrialEntry, ...] = ()
    counts: Counts = Counts()
    since: datetime | None = None
    last_success_at: datetime | None = None
    changes: int | None = None
    cut: int = 0
    """Texts and lists of others that were longer than is kept, and facts that a report of 256 KiB has no room for."""
    looks: Looks | None = None
    """What several runs came to, of which this one stands for all: of ``check --repeat``, and of ``serve``."""
    limits: tuple[AppLimit, ...] = ()
    """The app's own limits: in ``serve``, where a start-up of the app failed beside it and told them."""
    withheld: bool = False
    """Whether hosts, users, addresses and messages were left out for a caller from elsewhere."""
