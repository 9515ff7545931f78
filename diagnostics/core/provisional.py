"""Not yet, or never: a diagnosis of silence made while the instance is young may change by itself.

On Cloud Run with Direct VPC egress connections were seen to stay silent for 20 to 80 seconds after an instance starts.
That does not change the cause that is named; it says until when it may.
"""

from datetime import datetime, timedelta

from diagnostics.core.findings import Code
from diagnostics.core.model import Platform, Status
from diagnostics.core.outcome import Run
from diagnostics.core.report import Provisional

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


def provisional_of(run: Run, began: datetime, grace: float) -> Provisional | None:
    """Until when this run's failure may change by itself, None where it will not.

    ``grace`` is in seconds from ``began``, the start of the process.
    """
    until = began + timedelta(seconds=grace)
    if not _young(run.platform, run.started_at, until):
        return None
    silent = any(r.outcome.status is Status.FAIL and r.outcome.code in _SILENT for r in run.results)
    return Provisional(reason=REASON, until=until) if silent else None


def _young(platform: Platform, now: datetime, until: datetime) -> bool:
    return platform.kind.on_cloud_run and now < until
