"""Exit codes of ``check`` and ``wait``, the same for every output format. 3 is never used: gunicorn and uvicorn do."""

from typing import Final

from diagnostics.core.codes import Layer
from diagnostics.core.diagnosis import Diagnosis
from diagnostics.core.model import FailOn, SkipReason, Status
from diagnostics.core.outcome import Mode, Run

HEALTHY: Final = 0
OWN_ERROR: Final = 1
USAGE: Final = 2
WARNED: Final = 4
NOT_PROVEN: Final = 22
TIMED_OUT: Final = 124
INTERRUPTED: Final = 130
TERMINATED: Final = 143

LAYERS: Final[dict[Layer, int]] = {
    Layer.CONFIG: 10,
    Layer.ADC: 11,
    Layer.IAM: 12,
    Layer.API: 12,
    Layer.DNS: 13,
    Layer.VPC: 14,
    Layer.NET: 14,
    Layer.INSTANCE: 15,
    Layer.SOCKET: 16,
    Layer.TCP: 16,
    Layer.TLS: 17,
    Layer.PG: 18,
    Layer.POOL: 19,
    Layer.QUOTA: 19,
    Layer.RUNTIME: 20,
    Layer.APP: 20,
    Layer.UNCLASSIFIED: 21,
}
"""By the layer of the first cause."""

MEANINGS: Final[dict[int, str]] = {
    HEALTHY: "the path works",
    OWN_ERROR: "an error of cloudsql-diag itself",
    USAGE: "a flag, variable or configuration file of cloudsql-diag cannot be used",
    WARNED: "the path works, with warnings, and --fail-on is warn",
    10: "a setting is wrong (config)",
    11: "credentials: the metadata server, or the identity it gives (adc)",
    12: "a permission, or the Cloud SQL Admin API (iam, api)",
    13: "name resolution (dns)",
    14: "the network between the container and the instance (vpc, net)",
    15: "the instance itself (instance)",
    16: "the mounted socket, or a TCP connection (socket, tcp)",
    17: "TLS (tls)",
    18: "what PostgreSQL answered (pg)",
    19: "a pool or a quota (pool, quota)",
    20: "the container, or the app in it (runtime, app)",
    21: "something failed that no rule explains (unclassified)",
    NOT_PROVEN: "nothing failed, but the path was not proven to the end",
    TIMED_OUT: "wait gave up",
    INTERRUPTED: "interrupted (SIGINT)",
    TERMINATED: "terminated (SIGTERM)",
}
"""One line each, for help and documentation."""


def status_of(run: Run, diagnoses: tuple[Diagnosis, ...]) -> Status:
    """FAIL with a diagnosis, UNKNOWN where nothing failed but the path is not proven, else PASS, or WARN."""
    if diagnoses:
        return Status.FAIL
    if not run.depth_reached or _cut_short(run):
        return Status.UNKNOWN
    return Status.WARN if _has(run, Status.WARN) else Status.PASS


def exit_code(run: Run, diagnoses: tuple[Diagnosis, ...], fail_on: FailOn) -> int:
    """The first cause decides; a crash of ours only where it is all that stands between us and a verdict."""
    if diagnoses:
        return LAYERS[diagnoses[0].cause.layer]
    if _crashed(run):
        return OWN_ERROR
    if not run.depth_reached or _cut_short(run):
        return NOT_PROVEN
    return WARNED if fail_on is FailOn.WARN and _leaves_a_doubt(run) else HEALTHY


def _crashed(run: Run) -> bool:
    return any(result.needed and result.outcome.reason is SkipReason.CRASHED for result in run.results)


def _cut_short(run: Run) -> bool:
    """Whether the run's own time ended before all was done that was asked for. ``serve`` goes on where it ended."""
    late = (r for r in run.results if r.needed and r.outcome.reason is SkipReason.RUN_DEADLINE)
    return run.mode is not Mode.SERVE and any(late)


def _leaves_a_doubt(run: Run) -> bool:
    """A warning, or a failure of ours. What nobody granted, set or answered, and the path does not need, is none."""
    ours = {SkipReason.CRASHED, SkipReason.RUN_DEADLINE}
    return _has(run, Status.WARN) or any(result.outcome.reason in ours for result in run.results)


def _has(run: Run, status: Status) -> bool:
    return any(result.outcome.status is status for result in run.results)
