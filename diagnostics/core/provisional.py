"""Not yet, or never: a diagnosis of silence made while the instance is young may change by itself.

On Cloud Run with Direct VPC egress connections were seen to stay silent for 20 to 80 seconds after an instance starts.
That does not change the cause that is named; it says until when it may. Only when the way has opened is it the cause.
"""

from datetime import datetime, timedelta

from diagnostics.core.codes import CheckId
from diagnostics.core.findings import Code
from diagnostics.core.model import Platform, Status, Value
from diagnostics.core.outcome import Run
from diagnostics.core.report import Provisional
from diagnostics.core.trials import Changed, Verdict

REASON = "egress_may_still_open"

_SILENT = frozenset(
    {
        Code.TCP_CONNECT_SILENT,
        Code.ADMIN_CONNECT_SETTINGS_SILENT,
        Code.ADMIN_CERTIFICATE_SILENT,
        Code.POSTGRES_STARTUP_SILENT,
        Code.POSTGRES_STARTUP_CLOSED,
    }
)
"""What a closed egress looks like; the last two on the mounted socket, whose proxy dials for us."""


class Grace(Value, frozen=True, kw_only=True):
    """The time in which silence may pass by itself."""

    began: datetime
    """Start of the process."""
    seconds: float
    """From then on."""
    patience: float = 0.0
    """Seconds that one run may spend on fresh sockets; without any its report is provisional."""

    @property
    def until(self) -> datetime:
        """When it ends."""
        return self.began + timedelta(seconds=self.seconds)

    def left(self, platform: Platform, now: datetime) -> float:
        """Seconds of it that are left; none where egress does not open late."""
        return max(0.0, (self.until - now).total_seconds()) if platform.kind.on_cloud_run else 0.0


def silence(run: Run) -> CheckId | None:
    """The check that failed the way a closed egress makes it fail, None where something answered."""
    failed = (r for r in run.results if r.outcome.status is Status.FAIL and r.outcome.code in _SILENT)
    return next((result.check for result in failed), None)


def provisional_of(run: Run, grace: Grace) -> Provisional | None:
    """Until when this run's failure may change by itself, None where it will not: what was waited for has come."""
    ended = run.started_at + timedelta(seconds=run.duration_seconds)
    opened = any(trial.changed is Changed.WAITED and trial.verdict is Verdict.FLIPPED for trial in run.trials)
    if opened or silence(run) is None or not grace.left(run.platform, ended):
        return None
    return Provisional(reason=REASON, until=grace.until)
