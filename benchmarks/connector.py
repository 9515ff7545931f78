"""Row ``connector``: the way of Google's connector, walked by us and by it, both from the start of the process."""

from benchmarks.measure import compared, timed
from benchmarks.place import Effort, Place, check, peer
from benchmarks.row import Row, ratio_row
from diagnostics.lab.world import Route

GOAL = 1.0
"""What it costs an app to connect is what it may cost to look why it cannot."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Metadata, token, Admin API, certificate, mTLS and PostgreSQL."""
    environment = place.lab.arrange(route=Route.CONNECTOR)
    comparison = compared(
        effort.connector_processes,
        lambda: timed(lambda: check("--drivers", "none", environment=environment)),
        lambda: timed(lambda: peer("connector_connect.py", environment)),
    )
    return (
        ratio_row(
            "connector",
            "`check --drivers none`, connector route",
            "a bare process with Google's Python connector: connect, SELECT 1, close",
            GOAL,
            comparison,
        ),
    )
