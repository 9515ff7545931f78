"""Row ``noise``: what our visits leave in the log of PostgreSQL, which logs as Debian ships it."""

import time

from benchmarks.place import Effort, Place, check
from benchmarks.row import Row, verdict
from diagnostics.core.model import Depth

SETTLED = 5.0
"""Seconds within which a backend whose client left has ended: it takes milliseconds."""


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Each depth, with TLS as the server offers it and without, over and over."""
    return tuple(_measure(place, effort, depth) for depth in reversed(Depth))


def _measure(place: Place, effort: Effort, depth: Depth) -> Row:
    rounds = max(1, effort.processes // 4)
    before = place.log_lines()
    for _ in range(rounds):
        for mode in ("require", "disable"):
            check("--drivers", "none", "--depth", depth, "--sslmode", mode, environment=place.database)
    _settle(place)
    lines = place.log_lines() - before
    whole = depth is Depth.QUERY
    return Row(
        name="noise",
        what="lines in the PostgreSQL log, healthy run" if whole else f"the same, climb ended by `--depth {depth}`",
        against="-",
        goal="0",
        result=str(lines),
        spread="",
        detail=f"{rounds} runs with TLS, {rounds} without",
        verdict=verdict(lines == 0),
    )


def _settle(place: Place) -> None:
    """Until no backend is left but the one that asks, so that all they had to log is logged."""
    deadline = time.monotonic() + SETTLED
    with place.lab.postgres.connect() as connection:
        while True:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
            counted = row.fetchone()
            if counted == (1,):
                return
            assert time.monotonic() < deadline, f"backends left behind: {counted}"
            time.sleep(0.01)
