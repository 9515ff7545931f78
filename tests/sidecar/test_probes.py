"""What platforms ask."""

import asyncio

import pytest

from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.gate import SAY_EVERY
from diagnostics.surfaces.sidecar.probes import WORKERS
from tests.sidecar.scripted import ORDERS, ScriptedSource, settle, until
from tests.sidecar.stage import Stage, staged
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE


async def text(stage: Stage, path: str) -> tuple[int, str]:
    async with stage.client.get(path) as answer:
        return answer.status, await answer.text()


async def test_live_holds_its_answer_while_a_run_that_is_due_goes_on() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with staged() as stage:
        await stage.watch(source)
        held = asyncio.create_task(stage.status("/live?work=20"))
        assert await stage.status("/live") == 200
        assert not held.done()
        source.going.set()
        assert await held == 200


async def test_live_does_not_wait_for_a_run_that_is_not_due(stage: Stage) -> None:
    await stage.show(HEALTHY)
    async with asyncio.timeout(5):
        assert await stage.status("/live?work=30") == 200


async def test_a_process_that_stood_still_works_when_it_is_probed(stage: Stage) -> None:
    """CPU exists only while a request is open: the run that is overdue goes on in it, and the answer waits for it."""
    watched = await stage.show(HEALTHY)
    watched.clock.jump(900.0)
    assert await stage.status("/live?work=20") == 200
    assert len(watched.source.runs) == 2


@pytest.mark.parametrize("work", ["", "0", "-1", "nan", "inf", "soon", "1e400", "5;"])
async def test_live_is_200_whatever_is_asked(stage: Stage, work: str) -> None:
    await stage.show(SOCKET_FAILURE)
    assert await stage.status(f"/live?work={work}") == 200


async def test_more_probes_than_can_be_held_are_answered_at_once() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with staged() as stage:
        await stage.watch(source)
        held = [asyncio.create_task(stage.status("/live?work=20")) for _ in range(WORKERS)]
        await until(lambda: stage.sidecar.rooms.probes.held == WORKERS)
        assert await stage.status("/live?work=20") == 200
        assert not any(task.done() for task in held)
        source.going.set()
        assert await asyncio.gather(*held) == [200] * WORKERS


async def test_ready_needs_a_report_of_every_target_and_says_so_when_it_ends(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    source.script("b", RuntimeError("ours"), HEALTHY)
    watched = await stage.watch(source)
    assert await stage.status("/ready") == 503
    await watched.cycles()
    assert await stage.status("/ready") == 200
    stage.sidecar.end()
    assert await text(stage, "/ready") == (503, "ending\n")
    assert await stage.status("/live") == 200


async def test_the_gate_opens_after_so_many_good_runs_in_a_row_and_stays_open(stage: Stage) -> None:
    watched = await stage.show(SOCKET_FAILURE)
    assert await text(stage, "/gate") == (503, f"orders: {SOCKET_FAILURE.diagnoses[0].cause}\n")
    watched.source.script(ORDERS, HEALTHY)
    await watched.cycles()
    watched.source.script(ORDERS, SOCKET_FAILURE)
    await watched.cycles()
    assert (await text(stage, "/gate"))[0] == 503
    watched.source.script(ORDERS, HEALTHY)
    await watched.cycles(2)
    assert (await text(stage, "/gate")) == (200, "ok\n")
    watched.source.script(ORDERS, SOCKET_FAILURE)
    await watched.cycles(3)
    assert (await text(stage, "/gate"))[0] == 200


async def test_the_gate_says_how_far_it_is(stage: Stage) -> None:
    await stage.show(HEALTHY)
    assert await text(stage, "/gate") == (503, "orders: not broken 1 of 2 times in a row\n")


async def test_one_run_may_be_enough_for_the_gate() -> None:
    async with staged(Access(gate_passes=1)) as stage:
        await stage.show(HEALTHY)
        assert await stage.status("/gate") == 200


async def test_the_gate_waits_for_every_target_or_for_the_one_that_is_named(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    source.script("b", SOCKET_FAILURE)
    watched = await stage.watch(source)
    await watched.cycles()
    assert [await stage.status(path) for path in ("/gate", "/gate?target=a", "/gate?target=b")] == [503, 200, 503]
    assert (await text(stage, "/gate"))[1].startswith("b: ")


async def test_who_asks_at_a_closed_gate_gets_a_run_soon(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    await watched.clock.pass_time(2.0)
    await stage.status("/gate")
    await settle()
    assert len(watched.source.runs) == 2
    assert await stage.status("/gate") == 200


async def test_only_the_target_that_keeps_it_closed_is_run_sooner(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    source.script("b", SOCKET_FAILURE)
    watched = await stage.watch(source)
    await watched.cycles()
    before = source.runs.count("a"), source.runs.count("b")
    for _ in range(4):
        await watched.clock.pass_time(5.0)
        await stage.status("/gate")
        await settle()
    assert source.runs.count("a") == before[0]
    assert source.runs.count("b") == before[1] + 1, "as often as a run may be asked for"


async def test_why_the_gate_is_closed_is_logged_every_ten_seconds_and_not_at_every_question(stage: Stage) -> None:
    watched = await stage.show(SOCKET_FAILURE)
    for _ in range(3):
        await stage.status("/gate")
    assert stage.said == [f"the gate is closed: orders: {SOCKET_FAILURE.diagnoses[0].cause}"]
    await watched.clock.pass_time(SAY_EVERY)
    await stage.status("/gate")
    assert len(stage.said) == 2


async def test_health_says_how_old_it_is(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    await watched.clock.pass_time(7.0)
    async with stage.client.get("/health") as answer:
        assert answer.headers["Age"] == "7"


async def test_health_lists_every_target_under_each_check(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    source.script("b", SOCKET_FAILURE)
    await stage.watch(source)
    body = await stage.json("/health")
    assert body["status"] == "fail"
    assert [check["componentId"] for check in body["checks"]["tcp.connect"]] == ["a", "b"]
    assert (await stage.json("/health?target=a"))["status"] == "pass"
