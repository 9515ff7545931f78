"""Row ``start``: from the start of the process to its end, on a healthy direct target."""

from urllib.parse import quote

from benchmarks.measure import Comparison, interleaved, timed
from benchmarks.place import Effort, Place, check, peer
from benchmarks.row import Row, ratio_row

NARROW_GOAL = 1.4
"""A sidecar's start-up and a container's health command pay this each time."""

DRIVER_GOAL = 2.0
"""The same path is walked twice, once by us and once by the driver."""

BARE = "a bare Python process: import asyncpg, connect, SELECT 1, close"


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """Both goals against the same rounds of the peer."""
    variables = place.database
    url = variables | {"DATABASE_URL": _url(variables)}
    for name in [name for name in url if name.startswith("POSTGRES_")]:
        del url[name]
    narrow, driver, bare = interleaved(
        effort.processes,
        (
            lambda: timed(lambda: check("--drivers", "none", environment=variables)),
            lambda: timed(lambda: check(environment=url)),
            lambda: timed(lambda: peer("asyncpg_connect.py", variables)),
        ),
    )
    return (
        ratio_row("start", "`check --drivers none`, direct IP", BARE, NARROW_GOAL, Comparison(ours=narrow, peer=bare)),
        ratio_row(
            "start", "`check` with the asyncpg driver check", BARE, DRIVER_GOAL, Comparison(ours=driver, peer=bare)
        ),
    )


def _url(variables: dict[str, str]) -> str:
    user, password = variables["POSTGRES_USER"], quote(variables["POSTGRES_PASSWORD"], safe="")
    place = f"{variables['POSTGRES_HOST']}:{variables['POSTGRES_PORT']}"
    return f"postgresql+asyncpg://{user}:{password}@{place}/{variables['POSTGRES_DB']}"
