"""The line of the log that a change of state writes."""

import json
from typing import Any

from diagnostics.core.codes import Cause
from diagnostics.surfaces.sidecar.journal import Journal
from tests.sidecar.scripted import ORDERS, ScriptedSource, Watched
from tests.surfaces.reports import HEALTHY, PROVISIONAL, SOCKET_FAILURE


async def lines_of(*reports: Any) -> list[dict[str, Any]]:
    """Of a target whose runs come to these."""
    lines: list[str] = []
    source = ScriptedSource()
    source.script(ORDERS, *reports)
    async with Watched(source, listeners=(Journal(lines.append, lines.append),)) as watched:
        for _ in reports:
            await watched.cycles()
    return [json.loads(line) for line in lines]


async def test_when_the_way_has_opened_the_line_says_what_the_silence_was() -> None:
    silent, well = await lines_of(PROVISIONAL, PROVISIONAL, HEALTHY)
    assert (silent["severity"], silent["status"], silent["proven_cause"]) == ("WARNING", "fail", "")
    assert (well["status"], well["before"], well["proven_cause"]) == ("pass", "fail", Cause.VPC_WARMING_UP)
    assert Cause.VPC_WARMING_UP in well["message"]


async def test_an_incident_that_ended_otherwise_proves_nothing() -> None:
    *_, well = await lines_of(HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE, HEALTHY)
    assert (well["status"], well["before"], well["proven_cause"]) == ("pass", "fail", "")
    assert Cause.VPC_WARMING_UP not in well["message"]
