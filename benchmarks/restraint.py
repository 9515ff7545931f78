"""Row ``restraint``: a fleet whose password is wrong must not be what locks the account, or fills the server's log.

Each replica is the sidecar as ``serve`` puts it together, on a turned clock; the server is a real one, and its own log
says how many logins failed.
"""

from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.soak import Agent
from diagnostics.core.codes import Cause

CYCLES = 20
"""Ten minutes at the default interval of 30 s."""
REPLICAS = 50
MOST = 60
"""Failed logins of all fifty in that time: one each, and some to spare."""
REFUSED = "password authentication failed"


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """One replica after the other: what they do does not depend on each other."""
    replicas = min(REPLICAS, effort.processes)
    variables = place.database | {"POSTGRES_PASSWORD": "not-the-one"}
    before = _refused(place)
    said = [_ten_minutes(place, variables) for _ in range(replicas)]
    failed = _refused(place) - before
    right = all(causes == {(Cause.PG_AUTH_PASSWORD.value,)} for causes in said) and failed >= replicas
    return (
        Row(
            name="restraint",
            what=f"{replicas} replicas with a wrong password, ten minutes: failed logins",
            against="-",
            goal=f"≤ {MOST * replicas // REPLICAS}, and the cause said in every cycle",
            result=str(failed),
            spread="",
            detail=f"{replicas * CYCLES} cycles",
            verdict=verdict(failed <= MOST * replicas // REPLICAS) if right else Verdict.WRONG,
        ),
    )


def _ten_minutes(place: Place, variables: dict[str, str]) -> set[tuple[str, ...]]:
    with Agent(place.lab, variables) as agent:
        return {agent.cycle(None).causes for _ in range(CYCLES)}


def _refused(place: Place) -> int:
    return place.lab.postgres.log.count(REFUSED)
