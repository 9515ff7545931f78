"""The event stream, as a client reads it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from msgspec.structs import replace

from diagnostics.surfaces.sidecar import events, stream
from diagnostics.surfaces.sidecar.events import BEHIND, CLIENTS, REMEMBERED
from tests.sidecar.scripted import ORDERS, ScriptedSource, settle, until
from tests.sidecar.stage import FORWARDED, Stage
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

PATIENCE = 10.0


class Reader:
    """A client of the stream."""

    def __init__(self, response: ClientResponse) -> None:
        self._lines = response.content
        self.last_id = ""

    async def block(self) -> list[str]:
        """The lines up to the next empty one."""
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._lines.readline()).decode()
                if not line.strip():
                    return lines
                lines.append(line.strip())

    async def event(self) -> tuple[str, Any]:
        """Kind and data of the next event; comments and settings are passed over."""
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block() if not line.startswith(":"))
            if "event" in fields:
                self.last_id = fields["id"]
                return fields["event"], json.loads(fields["data"])

    async def at_end(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            return await self._lines.read() is not None


@contextlib.asynccontextmanager
async def reading(stage: Stage, query: str = "", **headers: str) -> AsyncIterator[Reader]:
    async with stage.client.get(f"/api/v1/events{query}", headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        yield Reader(response)


async def test_a_new_client_is_told_the_state_that_holds(stage: Stage) -> None:
    await stage.show(SOCKET_FAILURE)
    async with reading(stage) as reader:
        kind, data = await reader.event()
    assert (kind, data["target"], data["state"]["status"], data["run_id"]) == ("state", ORDERS, "fail", "run-2")


async def test_every_run_is_an_event_and_so_is_a_change_of_state(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    async with reading(stage) as reader:
        await reader.event()
        watched.source.script(ORDERS, SOCKET_FAILURE)
        await watched.cycles()
        told = [await reader.event() for _ in range(3)]
    assert [kind for kind, _ in told] == ["report", "report", "state"]
    assert [data["breadth"] for kind, data in told if kind == "report"] == ["narrow", "wide"]
    assert (told[2][1]["before"]["status"], told[2][1]["state"]["status"]) == ("pass", "fail")
    assert told[2][1]["incident"]["first"]["run_id"] == "run-2"


async def test_a_target_that_is_gone_is_an_event(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    watched = await stage.watch(source)
    async with reading(stage, "?target=b") as reader:
        await reader.event()
        source.names = ("a",)
        await watched.cycles()
        assert await reader.event() == ("gone", {"target": "b"})


async def test_a_client_may_ask_for_one_target(stage: Stage) -> None:
    watched = await stage.watch(ScriptedSource("a", "b"))
    async with reading(stage, "?target=b") as reader:
        await watched.cycles()
        assert [(await reader.event())[1]["target"] for _ in range(2)] == ["b", "b"]


async def test_a_client_that_comes_back_gets_what_it_missed(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    async with reading(stage) as reader:
        await reader.event()
    await watched.cycles(2)
    async with reading(stage, **{"Last-Event-ID": reader.last_id}) as again:
        assert [(await again.event())[1]["run_id"] for _ in range(2)] == ["run-2", "run-3"]


@pytest.mark.parametrize("last", ["", "nonsense", "00000000-1", "-", "1", "-5", "x-99999999999999999999999999"])
async def test_whose_last_event_is_not_known_begins_anew(stage: Stage, last: str) -> None:
    await stage.show(HEALTHY)
    async with reading(stage, **{"Last-Event-ID": last}) as reader:
        assert (await reader.event())[0] == "state"


async def test_who_missed_more_than_is_remembered_begins_anew(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    async with reading(stage) as reader:
        await reader.event()
    for _ in range(REMEMBERED + 1):
        stage.sidecar.rooms.events.reported(watched.orders)
    async with reading(stage, **{"Last-Event-ID": reader.last_id}) as again:
        assert (await again.event())[0] == "state"


async def test_a_silent_stream_says_that_it_is_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.01)
    await stage.show(HEALTHY)
    async with reading(stage) as reader:
        await reader.event()
        assert (await reader.block())[0].startswith(":")


async def test_streams_are_bounded_and_a_place_that_is_free_again_can_be_taken(stage: Stage) -> None:
    await stage.show(HEALTHY)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CLIENTS):
            reader = await stack.enter_async_context(reading(stage))
            await reader.event()
        async with stage.client.get("/api/v1/events") as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, stream.LATER)
    await until(lambda: not stage.sidecar.rooms.events.full)
    async with reading(stage) as reader:
        await reader.event()


async def test_nobody_is_waited_for_and_who_does_not_read_is_cut_off(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    tell = stage.sidecar.rooms.events
    with tell.client() as queue:
        for _ in range(BEHIND + 1):
            tell.reported(watched.orders)
        assert queue.get_nowait() is None
        assert queue.empty()


async def test_streams_end_when_the_process_is_told_to_end(stage: Stage) -> None:
    await stage.show(HEALTHY)
    async with reading(stage) as reader:
        await reader.event()
        stage.sidecar.end()
        assert await reader.at_end()
    assert await stage.status("/api/v1/events") == 503


async def test_callers_from_elsewhere_are_told_causes_and_no_addresses(stage: Stage) -> None:
    moved = replace(SOCKET_FAILURE, target=replace(SOCKET_FAILURE.target, settings=()))
    watched = await stage.show(HEALTHY)
    async with reading(stage) as local, reading(stage, **FORWARDED) as remote:
        for reader in (local, remote):
            await reader.event()
        watched.source.script(ORDERS, moved)
        await watched.cycles()
        await settle()
        told = [[await reader.event() for _ in range(3)][2][1] for reader in (local, remote)]
    kinds = [[each["what"] for each in data["incident"]["differences"]] for data in told]
    assert kinds == [["settings", "cause"], ["cause"]]
