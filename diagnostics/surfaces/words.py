"""Every fixed label of the surfaces, in one place. Sentences come from the catalogue, in the report."""

from diagnostics.core.model import PlatformKind, SkipReason, Status
from diagnostics.core.report import Report

STATUS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "fail", Status.SKIP: "-", Status.UNKNOWN: "unknown"}

SKIPPED = {
    SkipReason.NOT_APPLICABLE: "not applicable here",
    SkipReason.BLOCKED: "not reached",
    SkipReason.DESELECTED: "left out",
    SkipReason.NOT_SUPPORTED: "not supported for this engine",
    SkipReason.NOT_PERMITTED: "not permitted",
    SkipReason.NOT_CONFIGURED: "not configured",
    SkipReason.CRASHED: "cloudsql-diag failed at it",
    SkipReason.RUN_DEADLINE: "no time left",
    SkipReason.NO_ANSWER: "no answer",
}

WITH_WARNINGS = ", with warnings"
VERDICT = {
    Status.PASS: "The path works",
    Status.WARN: f"The path works{WITH_WARNINGS}",
    Status.FAIL: "The path is broken",
    Status.SKIP: "Nothing was checked",
    Status.UNKNOWN: "Nothing failed, but the path is not proven",
}
FLAKY = "The path is flaky: it comes and goes"
WORKS_UNTIL = "The path works as far as "
"""Before the stage at which the walk was told to end."""
OWN_FAILURE = "cloudsql-diag failed at a step that the route needs"

UNSEEN = {
    SkipReason.NOT_PERMITTED: "not permitted to see",
    SkipReason.NO_ANSWER: "no answer about",
}
"""What optional checks could not see, said in one line instead of a row each: nothing is wrong because of it."""

PLATFORM = {
    PlatformKind.CLOUD_RUN_SERVICE: "on Cloud Run, service",
    PlatformKind.CLOUD_RUN_JOB: "on Cloud Run, job",
    PlatformKind.CLOUD_RUN_WORKER_POOL: "on Cloud Run, worker pool",
    PlatformKind.CLOUD_RUN_UNKNOWN: "on Cloud Run",
    PlatformKind.GKE: "on GKE",
    PlatformKind.GOOGLE_CLOUD: "on Google Cloud",
    PlatformKind.ELSEWHERE: "not on Google Cloud",
}

CAUSE = "Cause"
NUMBERED_CAUSE = "Cause {number} of {count}"
EVIDENCE = "Evidence"
EXCLUDED = "Cannot be the reason"
UNTESTED = "Not tested and not the reason, the path ends before"
ALTERNATIVE = "Also fits"
SETTLED_BY = "Settled by"
UNKNOWN = "Unknown"
NEEDS = "needs"
TRIED = "Tried"
PROVISIONAL = "Provisional until"
NOT_YET = {"egress_may_still_open": "this instance is young, and its way out may still open"}
HOW_TO_SAY = "How to say where the database is"
FIX = "Fix"
FIXES = "Fix, quickest first"
WARNING = "Warning"
NO_TARGET = "no target"
DATABASE = "database"
USER = "user"
REVISION = "revision"
RUN = "run"
CONNECTION = "connection"
BETWEEN_STEPS = "between its steps"
APP_LIMITS = "Limits of the app's start-up"
FIRED = "fired"
PASSED = "passed"
EXIT = "exit"
EXIT_CODE = "Exit code"
NEXT_TRY = "next try in {next}, giving up in {end}"
LAST_SEEN = "last seen: {what}"
SETTLE = "Settle it"
NEXT = "Next"
SHOWS = "How it shows"
MISTAKEN = "Mistaken for"
NO_SCENARIO = "No scenario"
CHECK = "Check"
BY_ITSELF = "Cause by itself"
MEDIAN = "median"
WORST = "worst"
TIME = "time"
STEP = "step"


def verdict(report: Report) -> str:
    """What a report without a diagnosis comes to."""
    if report.exit_code == 1:
        return OWN_FAILURE
    if report.looks and report.looks.flaky:
        return FLAKY
    if not report.works_until:
        return VERDICT[report.status]
    return f"{WORKS_UNTIL}{report.works_until}{WITH_WARNINGS if report.status is Status.WARN else ''}"


def doubt(report: Report) -> str:
    """What keeps a path on which nothing failed from being proven, empty where something failed or nothing does."""
    if report.diagnoses or report.exit_code == 1:
        return ""
    own = [e for e in report.checks if e.needed and e.status is Status.UNKNOWN and e.blocked_by is None]
    return next((f"{e.id}: {e.summary or SKIPPED[e.skip_reason]}" for e in own if e.skip_reason), "")
