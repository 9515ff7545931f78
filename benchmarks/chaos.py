"""Row ``chaos``: what happens to machines happens to the sidecar: it says what is true, and goes on.

Each disturbance is of a running ``serve`` that said that all is well. What counts is what it says while the disturbance
lasts, how soon it says that all is well again, and that it ends with 0 afterwards.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.serve import hurried
from benchmarks.server import Command, Server, running, until
from diagnostics.core.codes import Cause
from diagnostics.lab.world import Route

INTERVAL = 0.5
"""Seconds between two cycles, so that what is said is said soon."""

SERVE = hurried(INTERVAL)

SOON = {Cause.TCP_REFUSED: 3 * INTERVAL, Cause.DNS_RESOLVER_FAILURE: 8.0}
"""Seconds within which a verdict follows what happened: a cycle and its pause; a silent resolver is waited for, 5 s."""

ENDS = 2.0
"""Seconds after SIGTERM."""

QUIET = 10
"""Cycles for which nothing may be said where nothing happened to the path."""

NO_CAUSE = "none"
"""The label while all is well."""

DAY, HOUR = 86_400, 3_600

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Debian's libfaketime: the clock of this process is stepped, never the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Something that happens around a running sidecar."""

    what: str
    cause: Cause | None
    """What is right to say meanwhile; None where the path is not touched."""
    variables: Mapping[str, str]
    command: Command
    happen: Callable[[], None]
    end: Callable[[], None]
    felt: Callable[[Server], bool] = lambda _: True
    """Whether it did happen, where that does not show in what is said."""


def server_dies(place: Place) -> Disturbance:
    """All processes of PostgreSQL are killed; it is started again on what it left behind."""
    return Disturbance(
        what="PostgreSQL killed and restarted",
        cause=Cause.TCP_REFUSED,
        variables=place.database,
        command=SERVE,
        happen=place.lab.postgres.crash,
        end=place.lab.postgres.recover,
    )


def resolver_dies(place: Place) -> Disturbance:
    """The only name server stops answering."""
    lab = place.lab
    variables = lab.arrange("resolver-drop", route=Route.DIRECT)
    lab.switchboard.off("resolver-drop")
    return Disturbance(
        what="name server stopped",
        cause=Cause.DNS_RESOLVER_FAILURE,
        variables=variables,
        command=lambda port: lab.command(*SERVE(port)),
        happen=lambda: lab.switchboard.on("resolver-drop"),
        end=lambda: lab.switchboard.off("resolver-drop"),
    )


def disk_is_full(place: Place) -> Disturbance:
    """PostgreSQL dies, so that there is something to say; all that may be written to is 64 KiB and full."""
    folder = Path(place.database["HOME"]) / "full"
    folder.mkdir(exist_ok=True)
    fill = f"mount -t tmpfs -o size=64k full {folder}; cat /dev/zero > {folder}/zeros 2>/dev/null"

    def command(port: int) -> tuple[str, ...]:
        words = f"exec {' '.join(SERVE(port))} >{folder}/out 2>{folder}/err"
        return ("unshare", "--mount", "sh", "-c", f"{fill}; {words}")

    return Disturbance(
        what="disk full, while PostgreSQL is killed and restarted",
        cause=Cause.TCP_REFUSED,
        variables=place.database | {"HOME": str(folder), "TMPDIR": str(folder)},
        command=command,
        happen=place.lab.postgres.crash,
        end=place.lab.postgres.recover,
        felt=lambda server: not Path(f"/proc/{server.pid}/root{folder}/out").stat().st_size,
    )


def clock_steps(place: Place) -> Disturbance:
    """The wall clock of the process is stepped; nothing else happened."""
    clock = Path(place.database["HOME"]) / "clock"

    def step(seconds: int) -> None:
        aside = clock.with_suffix(".new")
        aside.write_text(f"{seconds:+d}")
        aside.replace(clock)

    step(0)
    faked = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
    return Disturbance(
        what="wall clock stepped a day ahead, then an hour behind",
        cause=None,
        variables=place.database | faked | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        command=SERVE,
        happen=lambda: step(DAY),
        end=lambda: step(-HOUR),
        felt=lambda server: float(_samples(server, "last_run_timestamp_seconds")[0].split()[1]) - time.time() > HOUR,
    )


DISTURBANCES = (server_dies, resolver_dies, disk_is_full, clock_steps)


def measure(place: Place, _: Effort) -> tuple[Row, ...]:
    """One after the other."""
    return tuple(_measured(make(place)) for make in DISTURBANCES)


def _measured(disturbance: Disturbance) -> Row:
    with running(disturbance.command, disturbance.variables) as server:
        server.wait()
        until(lambda: _cause(server) == "")
        disturbance.happen()
        after = _seconds_until(lambda: _cause(server) != "") if disturbance.cause else 0.0
        said = _cause(server) or _said_in_some_cycles(server)
        felt = disturbance.felt(server)
        disturbance.end()
        well = _seconds_until(lambda: _cause(server) == "")
        relapse = _said_in_some_cycles(server)
        crashes = _crashes(server)
        code, seconds = server.terminate()
    assert felt, f"{disturbance.what}: it did not happen"
    right = said == (disturbance.cause or "") and not relapse and code == crashes == 0
    soon = SOON[disturbance.cause] if disturbance.cause else INTERVAL
    return Row(
        name="chaos",
        what=disturbance.what,
        against="-",
        goal=f"{f'`{disturbance.cause}`' if disturbance.cause else 'nothing'} said, then all well",
        result=f"`{said}`" if said else "nothing",
        spread="",
        detail=f"said after {after:.1f} s, well after {well:.1f} s, exit {code} in {seconds:.1f} s, crashes {crashes}",
        verdict=verdict(max(after, well) <= soon and seconds <= ENDS) if right else Verdict.WRONG,
    )


def _said_in_some_cycles(server: Server) -> str:
    """What was named in any of the next ones; empty where nothing was."""
    enough = server.runs + QUIET
    while server.runs < enough:
        cause = _cause(server)
        if cause:
            return cause
        time.sleep(INTERVAL / 10)
    return ""


def _cause(server: Server) -> str:
    """What is named now; empty where all is well."""
    named = _samples(server, "diagnosis_info")
    return re.findall(r'cause="([^"]*)"', named[0])[0].replace(NO_CAUSE, "") if named else "no report yet"


def _crashes(server: Server) -> int:
    return int(sum(float(sample.split()[1]) for sample in _samples(server, "agent_crashes_total")))


def _samples(server: Server, name: str) -> list[str]:
    return [line for line in server.get("/metrics").splitlines() if line.startswith(f"cloudsqldiag_{name}{{")]


def _seconds_until(reached: Callable[[], bool]) -> float:
    started = time.monotonic()
    until(reached)
    return time.monotonic() - started
