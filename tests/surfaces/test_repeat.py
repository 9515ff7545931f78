"""``check --repeat``: every format says how often the path failed, and the run that stands for them all."""

import asyncio
import json
import signal
from collections.abc import Callable

import msgspec
import pytest

from diagnostics.core.looks import Constancy
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.surfaces.output import Output
from diagnostics.surfaces.services import Watcher
from tests.surfaces.reports import HEALTHY, PROVISIONAL, SOCKET_FAILURE, UNKNOWN_ONLY
from tests.surfaces.stage import Golden, Played, PlayedSession, play

ALTERNATING = (HEALTHY, SOCKET_FAILURE, HEALTHY, SOCKET_FAILURE, HEALTHY)


def repeated(*reports: Report, output: Output = Output.JSON, pause: float = 1.0) -> tuple[Played, PlayedSession]:
    session = PlayedSession(acts=[[report] for report in reports], repeat=len(reports), pause=pause)
    return play("check", "-o", output, session=session), session


def test_so_many_rounds_with_a_pause_between_two() -> None:
    _, session = repeated(*ALTERNATING, pause=2.5)
    assert (len(session.limits), session.clock.sleeps) == (5, [2.5] * 4)


@pytest.mark.parametrize(
    "reports, constancy, status, code",
    [
        ((HEALTHY, HEALTHY), Constancy.STEADY, Status.PASS, 0),
        (ALTERNATING, Constancy.FLAKY, Status.WARN, SOCKET_FAILURE.exit_code),
        ((SOCKET_FAILURE, SOCKET_FAILURE), Constancy.BROKEN, Status.FAIL, SOCKET_FAILURE.exit_code),
        ((UNKNOWN_ONLY, UNKNOWN_ONLY), Constancy.UNKNOWN, Status.UNKNOWN, 22),
        ((HEALTHY, UNKNOWN_ONLY), Constancy.STEADY, Status.PASS, 0),
    ],
)
def test_one_report_stands_for_all(
    reports: tuple[Report, ...], constancy: Constancy, status: Status, code: int
) -> None:
    played, _ = repeated(*reports)
    said = decode(played.out.encode())
    assert said.looks is not None
    assert (said.looks.constancy, said.looks.runs) == (constancy, len(reports))
    assert (said.status, said.exit_code, played.code) == (status, code, code)


def test_jsonl_tells_each_run_and_the_sum_last() -> None:
    played, _ = repeated(*ALTERNATING, output=Output.JSONL)
    lines = [json.loads(line) for line in played.out.splitlines()]
    reports = [line for line in lines if "run_id" in line]
    assert [report["looks"] is None for report in reports] == [True] * 5 + [False]
    assert reports[-1]["looks"]["failed"] == 2


def test_each_target_has_a_sum_of_its_own() -> None:
    other = msgspec.structs.replace(HEALTHY, target=msgspec.structs.replace(HEALTHY.target, name="billing"))
    session = PlayedSession(acts=[[HEALTHY, other], [SOCKET_FAILURE, other]], repeat=2)
    played = play("check", "--all", "-o", "short", session=session)
    verdicts = [line for line in played.out.splitlines() if "of the last 2 runs failed" in line]
    assert [verdict.split()[0] for verdict in verdicts] == ["FLAKY", "OK"]
    assert played.code == SOCKET_FAILURE.exit_code


def test_a_signal_in_the_middle_leaves_what_was_seen() -> None:
    class Stopped(PlayedSession):
        async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
            if len(self.limits) == 3:
                signal.raise_signal(signal.SIGTERM)
                await asyncio.Event().wait()
            await super().run(watcher, emit, limit)

    played = play("check", "-o", "json", session=Stopped(acts=[[each] for each in ALTERNATING], repeat=5))
    said = decode(played.out.encode())
    assert said.looks is not None
    assert (said.looks.runs, said.looks.failed, played.code) == (3, 1, 143)


@pytest.mark.parametrize("output", [Output.TEXT, Output.SHORT, Output.MARKDOWN, Output.LOG])
def test_golden(golden: Golden, output: Output) -> None:
    played, _ = repeated(*ALTERNATING, PROVISIONAL, output=output)
    golden(f"repeated.{output}", played.out)
