"""Row ``climb``: the ladder in a warm process, against libpq on the same server with the same TLS and login."""

import asyncio
import os
import statistics
import time

import psycopg

from benchmarks.measure import compared, quartiles
from benchmarks.place import Effort, Place
from benchmarks.row import Row, ratio_row, verdict
from diagnostics.app.world import Outside
from diagnostics.checks import CHECKS
from diagnostics.core.model import (
    Dialect,
    DriverChoice,
    Options,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    Secret,
    Status,
    Target,
    TlsMode,
)
from diagnostics.core.outcome import Ladder, Mode
from diagnostics.runner import run_checks

GOAL = 1.1
"""What the ladder measures is what a driver would feel."""

UNATTRIBUTED_GOAL = 0.02
"""Part of the climb that no rung owns: below it the steps may be called the whole."""

TLS = TlsMode.REQUIRE


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Total against libpq, and rungs against the total."""
    climber = Climber(place)
    comparison = compared(effort.climbs, climber.climb, lambda: libpq(place))
    return (
        ratio_row(
            "climb",
            "warm ladder, tcp to query",
            "libpq (psycopg): connect, SELECT 1; same TLS, SCRAM bound to the channel",
            GOAL,
            comparison,
        ),
        _attribution(climber.ladders[1:]),
    )


def _attribution(ladders: list[Ladder]) -> Row:
    shares = [ladder.unattributed_seconds / ladder.total_seconds for ladder in ladders]
    low, high = quartiles(shares)
    share = statistics.median(shares)
    return Row(
        name="climb",
        what="time of the ladder that belongs to no rung",
        against="its total",
        goal=f"≤ {UNATTRIBUTED_GOAL:.0%}",
        result=f"{share:.2%}",
        spread=f"{low:.2%}-{high:.2%}",
        detail=f"{len(shares)} rounds, worst {max(shares):.1%}",
        verdict=verdict(share <= UNATTRIBUTED_GOAL),
    )


class Climber:
    """Runs the checks as ``check --drivers none`` does, again and again in this process."""

    def __init__(self, place: Place) -> None:
        variables = place.database
        target = Target(
            name="orders",
            route=Route.DIRECT,
            dialect=Dialect.OTHER,
            host=variables["POSTGRES_HOST"],
            port=int(variables["POSTGRES_PORT"]),
            database=variables["POSTGRES_DB"],
            user=variables["POSTGRES_USER"],
            password=Secret(variables["POSTGRES_PASSWORD"]),
            tls=TLS,
        )
        self._resolution = Resolution(name="orders", target=target)
        self._outside = Outside({"PATH": os.defpath})
        self.ladders: list[Ladder] = []

    def climb(self) -> float:
        """One run; the seconds of its ladder."""
        options = Options(drivers=DriverChoice.NONE)
        env = self._outside.env(self._resolution, Platform(kind=PlatformKind.ELSEWHERE), options)
        run = asyncio.run(run_checks(CHECKS, env, Mode.CHECK, "benchmark"))
        assert run.depth_reached, [result for result in run.results if result.outcome.status is Status.FAIL]
        assert run.ladder is not None
        self.ladders.append(run.ladder)
        return run.ladder.total_seconds


def libpq(place: Place) -> float:
    """Seconds to connect and ask, as the ladder counts them: its total ends with the answer, too."""
    variables = place.database
    started = time.perf_counter()
    connection = psycopg.connect(
        host=variables["POSTGRES_HOST"],
        port=variables["POSTGRES_PORT"],
        dbname=variables["POSTGRES_DB"],
        user=variables["POSTGRES_USER"],
        password=variables["POSTGRES_PASSWORD"],
        sslmode=TLS.value,
        # Without it the driver opens a transaction first: one round trip that we do not make.
        autocommit=True,
    )
    assert connection.execute("SELECT 1").fetchone() == (1,)
    seconds = time.perf_counter() - started
    connection.close()
    return seconds
