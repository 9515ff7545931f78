"""The families of ``/metrics`` as a table: what is exposed, what the reference page lists, what rules may ask for.

Labels are closed sets and the short configured name of the target. None has a name that Google's collector for Cloud
Run sets itself: job, instance, namespace, cluster, location, project_id and their like.
"""

from enum import StrEnum

from diagnostics.core.model import Value

PREFIX = "cloudsqldiag"


class Kind(StrEnum):
    """Types of Prometheus."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


_ENDS = {Kind.GAUGE: "", Kind.COUNTER: "_total", Kind.HISTOGRAM: "_bucket"}


class Family(Value, frozen=True, kw_only=True):
    """One family."""

    name: str
    """Without the prefix, and without what Prometheus puts behind the name of a counter."""
    kind: Kind = Kind.GAUGE
    labels: tuple[str, ...] = ("target",)
    meaning: str

    @property
    def full_name(self) -> str:
        """With the prefix."""
        return f"{PREFIX}_{self.name}"

    @property
    def series(self) -> str:
        """What a query asks for; of a histogram, its buckets."""
        return f"{PREFIX}_{self.name}{_ENDS[self.kind]}"


def _moment(name: str, meaning: str) -> Family:
    return Family(name=f"{name}_timestamp_seconds", meaning=meaning)


UP = Family(
    name="up",
    meaning="1 while the path to the database is proven as deep as it was asked for; no sample where nothing can be "
    "known of it.",
)
FLAKY = Family(name="flaky", meaning="1 while the path comes and goes over the last runs, whatever the last one said.")
RECENT_FAILURES = Family(name="recent_failures_ratio", meaning="Share of the last 20 runs that failed, 0 to 1.")
DIAGNOSIS = Family(
    name="diagnosis_info",
    labels=("target", "cause", "check", "confidence"),
    meaning="1 for each cause that is named now; cause none where there is none.",
)
CHECK_FAILING = Family(
    name="check_failing", labels=("target", "check"), meaning="1 for a check that failed in the last run."
)
CHECK_SECONDS = Family(
    name="check_duration_seconds",
    labels=("target", "check"),
    meaning="Duration of a check in the last run; check unattributed is what lies between the rungs of the ladder.",
)
CHECKS = Family(name="checks", labels=("target", "status"), meaning="Checks of the last run by status.")
LAST_SECONDS = Family(name="run_duration_seconds", meaning="Duration of the last run.")
RUN_SECONDS = Family(name="run_seconds", kind=Kind.HISTOGRAM, meaning="Durations of runs.")
RUNS = Family(name="runs", kind=Kind.COUNTER, labels=("target", "status"), meaning="Runs by status.")
CHECK_FAILURES = Family(
    name="check_failures", kind=Kind.COUNTER, labels=("target", "check"), meaning="Runs in which a check failed."
)
DIAGNOSES = Family(
    name="diagnoses", kind=Kind.COUNTER, labels=("target", "cause"), meaning="Runs in which a cause was named."
)
CHANGES = Family(name="state_changes", kind=Kind.COUNTER, meaning="Changes of status or cause that stayed.")
CRASHES = Family(
    name="agent_crashes", kind=Kind.COUNTER, meaning="Runs that ended through a fault of the agent itself."
)
FROZEN = Family(
    name="frozen_seconds", kind=Kind.COUNTER, meaning="Seconds for which the agent had no CPU while a cycle was due."
)
LAST_RUN = _moment("last_run", "When the last run started.")
STATE_SINCE = _moment("state_since", "Since when status and cause are what they are.")
LAST_SUCCESS = _moment("last_success", "When the last run started that proved the path.")
CERTIFICATE_EXPIRY = _moment("server_certificate_expiry", "End of validity of the server certificate.")
TOKEN_EXPIRY = _moment("token_expiry", "When the first of the access tokens expires.")
TARGET = Family(
    name="target_info", labels=("target", "route", "login", "dialect"), meaning="What the target is; always 1."
)
BUILD = Family(name="build_info", labels=("version",), meaning="Version of the agent; always 1.")

FAMILIES = (
    UP,
    FLAKY,
    RECENT_FAILURES,
    DIAGNOSIS,
    CHECK_FAILING,
    CHECK_SECONDS,
    CHECKS,
    LAST_SECONDS,
    RUN_SECONDS,
    RUNS,
    CHECK_FAILURES,
    DIAGNOSES,
    CHANGES,
    CRASHES,
    FROZEN,
    LAST_RUN,
    STATE_SINCE,
    LAST_SUCCESS,
    CERTIFICATE_EXPIRY,
    TOKEN_EXPIRY,
    TARGET,
    BUILD,
)
"""All of them, in the order of the reference."""
