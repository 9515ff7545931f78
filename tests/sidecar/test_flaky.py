"""A path that comes and goes, on every surface of the sidecar: neither good nor gone for what the last run said."""

import json
from collections.abc import AsyncIterator

import pytest

from diagnostics.core.looks import WINDOW, Constancy
from diagnostics.core.report import Report
from diagnostics.surfaces.sidecar.journal import Journal
from tests.sidecar.scripted import ORDERS, ScriptedSource, Watched
from tests.sidecar.stage import FORWARDED, Stage, staged
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

MADE = {"g": HEALTHY, "b": SOCKET_FAILURE}
LAST_GOOD, LAST_BAD = "gbgbg", "gbgbgb"
TARGET = frozenset({("target", ORDERS)})


def made(letters: str) -> tuple[Report, ...]:
    return tuple(MADE[letter] for letter in letters)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def shown(stage: Stage, letters: str) -> Watched:
    """So many runs, whichever of them follow each other at once."""
    source = ScriptedSource()
    source.script(ORDERS, *made(letters))
    watched = await stage.watch(source)
    while len(source.runs) < len(letters):
        await watched.cycles()
    return watched


@pytest.mark.parametrize("letters", [LAST_GOOD, LAST_BAD])
async def test_health_warns_whatever_the_last_run_said(stage: Stage, letters: str) -> None:
    await shown(stage, letters)
    answer = await stage.json("/health")
    assert (answer["status"], await stage.status("/health")) == ("warn", 200)
    assert Constancy.FLAKY in answer["notes"]


async def test_one_incident_is_no_flapping(stage: Stage) -> None:
    await shown(stage, "gggbbb")
    assert (await stage.json("/health"))["status"] == "fail"
    assert (await stage.metrics())["cloudsqldiag_flaky", TARGET] == 0


@pytest.mark.parametrize("letters, share", [(LAST_GOOD, 2 / 5), (LAST_BAD, 4 / 7)])
async def test_metrics_say_so_and_how_often(stage: Stage, letters: str, share: float) -> None:
    """The first run that fails is followed by another one at once, which counts as well."""
    await shown(stage, letters)
    metrics = await stage.metrics()
    assert metrics["cloudsqldiag_flaky", TARGET] == 1
    assert metrics["cloudsqldiag_recent_failures_ratio", TARGET] == pytest.approx(share)


@pytest.mark.parametrize("headers", [{}, FORWARDED], ids=["from here", "from elsewhere"])
async def test_the_api_has_the_sum_and_the_report_is_a_warning(stage: Stage, headers: dict[str, str]) -> None:
    await shown(stage, LAST_BAD)
    report = await stage.json("/api/v1/report", **headers)
    (target,) = (await stage.json("/api/v1/reports", **headers))["targets"]
    assert (report["status"], report["looks"]["constancy"]) == ("warn", "flaky")
    assert target["looks"] == report["looks"]
    assert (target["looks"]["runs"], target["looks"]["failed"]) == (7, 4)


async def test_what_was_mended_is_steady_when_the_last_failure_is_out_of_sight(stage: Stage) -> None:
    await shown(stage, LAST_BAD + WINDOW * "g")
    assert (await stage.json("/health"))["status"] == "pass"


async def test_the_log_has_a_line_when_it_begins_and_one_when_it_is_over() -> None:
    lines: list[str] = []
    source = ScriptedSource()
    source.script(ORDERS, *made(LAST_BAD + WINDOW * "g"))
    async with Watched(source, listeners=(Journal(lines.append, lines.append),)) as watched:
        while len(source.runs) < len(LAST_BAD) + WINDOW:
            await watched.cycles()
    said = [json.loads(line)["constancy"] for line in lines]
    assert said.count("flaky") >= 1
    assert said[-1] == "steady"
