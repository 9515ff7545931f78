"""Row ``soak``: thousands of cycles while faults come and go: every verdict right, and nothing that grows."""

import contextlib
import random
import statistics
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPResponse
from pathlib import Path
from typing import Self

import msgspec

from benchmarks.place import Effort, Place
from benchmarks.row import Row, Verdict, verdict
from benchmarks.soak_agent import UNHURRIED, Done
from diagnostics.core.codes import CheckId
from diagnostics.lab.fault import Fault
from diagnostics.lab.lab import Lab
from diagnostics.lab.setup import find
from diagnostics.lab.world import Login, Route

SLOPE_GOAL = 0.2
"""KiB of resident memory a cycle: at the default interval 50 MiB in three months."""

FAULTS = {
    "silent-drop": CheckId.TCP_CONNECT,
    "accept-then-silence": CheckId.TLS_HANDSHAKE,
    "port-refused": None,
    "accept-then-close": None,
    "starting-up": None,
    "too-many-connections": None,
    "http-server": None,
    "no-pg-hba-entry": None,
}
"""Every way in which a path ends that a running lab can switch, and the check that waits for silence."""

REFUSES_LOGINS, HELD_CAUSE = "no-pg-hba-entry", "pg.no_hba_entry"
HELD_CYCLES = 31
"""A refused login is asked again after 15 minutes at the latest: thirty cycles, and the one that asks."""

BREAKS, MENDS = 0.12, 0.5
"""Chances that a cycle begins with a fault more or less: incidents of two cycles, with seven good ones between them."""

SETTLED = 0.2
"""Share of the cycles after which memory may not grow: rings are full, every module that a fault needs is loaded."""

ENOUGH = 1000
"""Cycles from which a slope says something: in a hundred, the first fault of its kind loads what it needs."""

SCRAPE_EVERY = 20
"""Cycles between two scrapes: more often than a collector that comes every 30 s would."""

PATIENCE = 60.0
"""Seconds: the stream is silent for 15 at most."""

SEED = 20260314
"""Which faults come when is the same in every run."""


def measure(_: Place, effort: Effort) -> tuple[Row, ...]:
    """Its own lab: the faults are those of an app on Cloud Run."""
    with Lab() as lab, Agent(lab) as agent:
        story = Story(lab, agent)
        for number in range(effort.soak):
            story.cycle(number)
    settled = story.done[int(len(story.done) * SETTLED) :]
    return (_verdicts(story), _memory(settled), _handles(settled))


class Agent:
    """The sidecar, one cycle at a time."""

    def __init__(self, lab: Lab, variables: Mapping[str, str] | None = None) -> None:
        """``variables``: of the app; by default those of a healthy one on Cloud Run."""
        told = lab.arrange(route=Route.DIRECT) if variables is None else variables
        self._process = subprocess.Popen(
            lab.command(sys.executable, "-m", "benchmarks.soak_agent"),
            env={**told, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.last = self._read()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(10)

    def cycle(self, hasty: CheckId | None) -> Done:
        """One cycle, in which this check does not wait long for silence."""
        if self._process.stdin is None:
            raise AssertionError("it was started with a pipe")
        self._process.stdin.write(f"{hasty or UNHURRIED}\n")
        self._process.stdin.flush()
        self.last = self._read()
        return self.last

    def scrape(self) -> None:
        """What collectors, pages and probes ask."""
        for path in ("/metrics", "/api/v1/report", "/api/v1/reports", "/health", "/live?work=1"):
            with contextlib.suppress(urllib.error.HTTPError), self._open(path) as answer:
                answer.read()

    def _read(self) -> Done:
        line = self._process.stdout.readline() if self._process.stdout else ""
        assert line, "the agent ended"
        return msgspec.json.decode(line, type=Done)

    def _listen(self) -> None:
        """One page is open all the time."""
        with contextlib.suppress(OSError), self._open("/api/v1/events") as stream:
            while stream.readline():
                pass

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[HTTPResponse]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.last.port}{path}", timeout=PATIENCE) as answer:
            yield answer


class Story:
    """Faults that come and go, and what was said of each."""

    def __init__(self, lab: Lab, agent: Agent) -> None:
        self._lab = lab
        self._agent = agent
        self._chance = random.Random(SEED)  # noqa: S311 - the same faults each time, not a secret
        self._fault: Fault | None = None
        self._held = 0
        """Cycles for which a login that was refused may still be said to be: it is not asked again before its time."""
        self.done: list[Done] = []
        self.wrong: list[str] = []
        self.changes = 0

    def cycle(self, number: int) -> None:
        """Perhaps a change, then a cycle, and whether it was right at once."""
        self._change()
        hasty = FAULTS[self._fault.name] if self._fault else None
        done = self._agent.cycle(hasty)
        self.done.append(done)
        expected = self._fault.on(Route.DIRECT, Login.PASSWORD) if self._fault else None
        wanted = str(expected.cause) if expected else ""
        said = "".join(done.causes[:1])
        self._held = self._held - 1 if said else 0
        if (said != wanted and not (said == HELD_CAUSE and self._held > 0)) or done.crashes:
            self.wrong.append(f"{number}: {self._fault.name if self._fault else 'healthy'} was {done.causes}")
        if number % SCRAPE_EVERY == 0:
            self._agent.scrape()

    def _change(self) -> None:
        if self._chance.random() >= (MENDS if self._fault else BREAKS):
            return
        self.changes += 1
        if self._fault:
            self._held = HELD_CYCLES if self._fault.name == REFUSES_LOGINS else self._held
            self._lab.switchboard.off(self._fault.name)
            self._fault = None
        else:
            self._fault = find(self._chance.choice(list(FAULTS)))
            self._lab.switchboard.on(self._fault.name)


def _verdicts(story: Story) -> Row:
    right = len(story.done) - len(story.wrong)
    return Row(
        name="soak",
        what=f"cycles with the right verdict, {story.changes} changes of {len(FAULTS)} faults at random",
        against="-",
        goal="all",
        result=f"{right} of {len(story.done)}",
        spread="",
        detail="; ".join(story.wrong[:3]),
        verdict=Verdict.WRONG if story.wrong else Verdict.MET,
    )


def _memory(settled: Sequence[Done]) -> Row:
    resident = [done.resident / 1024 for done in settled]
    slope = statistics.linear_regression(range(len(resident)), resident).slope
    return Row(
        name="soak",
        what=f"growth of resident memory a cycle, over the last {len(settled)}",
        against="-",
        goal=f"≤ {SLOPE_GOAL:g} KiB",
        result=f"{slope:.3f} KiB",
        spread="",
        detail=f"{min(resident) / 1024:.1f} to {max(resident) / 1024:.1f} MiB",
        verdict=verdict(round(slope, 3) <= SLOPE_GOAL) if len(settled) >= ENOUGH else Verdict.SHOWN,
    )


def _handles(settled: Sequence[Done]) -> Row:
    descriptors, tasks = {done.descriptors for done in settled}, {done.tasks for done in settled}
    return Row(
        name="soak",
        what="file descriptors and tasks between two cycles",
        against="-",
        goal="constant",
        result=f"{_range(descriptors)} and {_range(tasks)}",
        spread="",
        detail="a page and scrapes beside it",
        verdict=Verdict.MET if len(descriptors) == len(tasks) == 1 else Verdict.WRONG,
    )


def _range(values: set[int]) -> str:
    return str(min(values)) if len(values) == 1 else f"{min(values)}-{max(values)}"
