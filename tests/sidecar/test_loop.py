"""The loop: when a cycle is due, what it evaluates, and what cannot end it. Time passes only when a test lets it."""

import asyncio

import pytest
from msgspec.structs import replace

from diagnostics.core.model import Damping, Status
from diagnostics.core.report import Provisional
from diagnostics.monitor import Asked, TargetWatch, TooSoon
from diagnostics.monitor.loop import AT_ONCE, HURRY_AFTER_FAILURE, SHORTEST
from diagnostics.monitor.turn import REQUEST_PAUSE
from tests.sidecar.scripted import ORDERS, Heard, ScriptedSource, Watched, settle
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE


async def test_the_first_cycle_is_at_once_and_the_next_after_the_interval() -> None:
    async with Watched(ScriptedSource()) as watched:
        assert len(watched.source.runs) == 1
        await watched.clock.pass_time(29.0)
        assert len(watched.source.runs) == 1
        await watched.clock.pass_time(1.0)
        assert len(watched.source.runs) == 2


@pytest.mark.parametrize("jitter, pause", [(-1.0, 27.0), (0.0, 30.0), (1.0, 33.0)])
async def test_pauses_differ_by_a_tenth_at_most(jitter: float, pause: float) -> None:
    async with Watched(ScriptedSource(), jitter=lambda: jitter) as watched:
        assert watched.orders.turn.pause == pytest.approx(pause)


async def test_a_narrow_cycle_that_fails_is_followed_by_a_wide_one_in_the_same_second() -> None:
    source = ScriptedSource()
    source.script(ORDERS, HEALTHY, SOCKET_FAILURE)
    async with Watched(source) as watched:
        await watched.cycles()
        assert [run.breadth for run in reversed(watched.orders.history.runs)] == ["wide", "narrow", "wide"]
        assert watched.clock.seconds == 30.0


async def test_while_the_path_is_broken_every_cycle_is_one_wide_run() -> None:
    source = ScriptedSource()
    source.script(ORDERS, SOCKET_FAILURE)
    async with Watched(source) as watched:
        before = len(source.runs)
        await watched.cycles(2)
        assert len(source.runs) == before + 2
        assert {run.breadth for run in watched.orders.history.runs} == {"wide"}


async def test_a_failure_is_reported_before_trials_are_made_to_explain_it() -> None:
    """A trial takes as long again as the run that failed: whoever asks meanwhile sees what is known."""
    source = ScriptedSource()
    source.script(ORDERS, HEALTHY, SOCKET_FAILURE)
    async with Watched(source) as watched:
        await watched.cycles(2)
        assert source.tried == [False, False, True, True]


async def test_so_is_the_first_one_of_all() -> None:
    source = ScriptedSource()
    source.script(ORDERS, SOCKET_FAILURE, HEALTHY)
    async with Watched(source) as watched:
        assert source.tried == [False, True]
        assert [report.status for report in watched.heard.reports] == ["fail", "pass"]


async def test_every_ten_minutes_a_cycle_is_wide() -> None:
    async with Watched(ScriptedSource()) as watched:
        await watched.cycles(20)
        breadths = [run.breadth for run in reversed(watched.orders.history.runs)]
    assert breadths == ["wide", *["narrow"] * 19, "wide"]


async def test_at_most_four_targets_climb_at_once() -> None:
    source = ScriptedSource(*(f"t{number}" for number in range(AT_ONCE + 3)))
    source.going.clear()
    async with Watched(source) as watched:
        assert len(source.runs) == AT_ONCE
        source.going.set()
        await settle()
        assert sorted(source.runs) == sorted(watched.source.names)


async def test_an_error_of_ours_is_counted_told_and_the_loop_goes_on() -> None:
    source = ScriptedSource()
    source.script(ORDERS, RuntimeError("ours"), HEALTHY)
    async with Watched(source) as watched:
        await watched.cycles()
        assert [type(error) for error in watched.heard.errors] == [RuntimeError]
        assert (watched.orders.tally.crashes, watched.orders.tally.runs) == (1, {Status.PASS: 1})


async def test_a_listener_that_breaks_does_not_end_the_loop() -> None:
    class Broken(Heard):
        def reported(self, target: TargetWatch) -> None:
            raise BrokenPipeError

    late = Heard()
    async with Watched(ScriptedSource(), listeners=(Broken(), late)) as watched:
        await watched.cycles()
        assert len(watched.source.runs) == 2
        assert len(late.reports) == 2, "and keeps nothing from the others"
        assert watched.orders.tally.crashes == 2


async def test_settings_are_read_once_a_cycle_for_all_targets() -> None:
    source = ScriptedSource("a", "b", "c", "d", "e", "f")
    async with Watched(source) as watched:
        before = source.reads
        await watched.cycles()
        assert source.reads == before + 1


async def test_a_target_that_the_settings_name_later_is_watched_from_then_on() -> None:
    source = ScriptedSource("a")
    async with Watched(source) as watched:
        source.names = ("a", "b")
        await watched.cycles()
        assert watched.target("b").watch.report is not None
        await watched.cycles()
        assert source.runs.count("b") == 2


async def test_a_target_that_is_gone_is_forgotten_and_not_run_again() -> None:
    source = ScriptedSource("a", "b")
    async with Watched(source) as watched:
        source.names = ("b",)
        await watched.cycles(2)
        assert [target.name for target in watched.monitor.targets] == ["b"]
        assert (watched.heard.lost, source.runs.count("a"), watched.heard.errors) == (["a"], 1, [])


async def test_a_run_that_is_asked_for_comes_at_once_and_evaluates_everything() -> None:
    async with Watched(ScriptedSource()) as watched:
        await watched.clock.pass_time(5.0)
        watched.orders.turn.ask(Asked.ON_THIS_MACHINE)
        await settle()
        assert [run.breadth for run in watched.orders.history.runs] == ["wide", "wide"]


async def test_who_asks_while_a_run_goes_on_joins_it() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with Watched(source) as watched:
        over = watched.orders.turn.over
        watched.orders.turn.ask(Asked.ON_THIS_MACHINE)
        watched.orders.turn.ask(Asked.ON_THIS_MACHINE)
        source.going.set()
        await settle()
        assert over.done()
        assert len(source.runs) == 1


async def test_runs_that_are_asked_for_keep_their_distance() -> None:
    async with Watched(ScriptedSource()) as watched:
        watched.orders.turn.ask(Asked.ON_THIS_MACHINE)
        await settle()
        await watched.clock.pass_time(1.0)
        with pytest.raises(TooSoon) as too_soon:
            watched.orders.turn.ask(Asked.ON_THIS_MACHINE)
        assert too_soon.value.seconds == REQUEST_PAUSE - 1.0
        await watched.clock.pass_time(REQUEST_PAUSE)
        watched.orders.turn.ask(Asked.ON_THIS_MACHINE)


async def test_work_waits_for_a_cycle_that_goes_on_and_not_for_one_that_is_not_due() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with Watched(source) as watched:
        work = asyncio.create_task(watched.monitor.work(60.0))
        await settle()
        assert not work.done()
        source.going.set()
        await settle()
        assert work.done()
        await asyncio.wait_for(watched.monitor.work(60.0), timeout=1.0)


async def test_work_ends_when_its_time_is_up() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with Watched(source) as watched:
        await watched.monitor.work(0.001)
        assert watched.orders.turn.busy


async def test_a_process_that_stood_still_is_late_and_says_for_how_long() -> None:
    async with Watched(ScriptedSource()) as watched:
        await watched.clock.pass_time(10.0)
        watched.clock.jump(500.0)
        assert watched.orders.turn.busy
        await settle()
        assert watched.orders.tally.frozen_seconds == pytest.approx(480.0)
        assert len(watched.source.runs) == 2


async def test_a_diagnosis_that_may_change_by_itself_is_looked_at_again_soon() -> None:
    source = ScriptedSource()
    soon = Provisional(reason="egress_may_still_open", until=HEALTHY.started_at)
    source.script(ORDERS, replace(SOCKET_FAILURE, provisional=soon))
    async with Watched(source) as watched:
        before = len(source.runs)
        await watched.clock.pass_time(SHORTEST)
        assert len(source.runs) == before + 1


async def test_who_waits_for_the_path_makes_the_next_cycle_come_sooner() -> None:
    source = ScriptedSource()
    source.script(ORDERS, SOCKET_FAILURE)
    async with Watched(source) as watched:
        before = len(source.runs)
        await watched.clock.pass_time(HURRY_AFTER_FAILURE)
        watched.monitor.hurry(watched.monitor.targets)
        await settle()
        assert len(source.runs) == before + 1
        await watched.clock.pass_time(HURRY_AFTER_FAILURE - 0.5)
        watched.monitor.hurry(watched.monitor.targets)
        await settle()
        assert len(source.runs) == before + 1


async def test_damping_can_be_switched_off() -> None:
    source = ScriptedSource()
    source.script(ORDERS, HEALTHY, SOCKET_FAILURE, HEALTHY)
    async with Watched(source, damping=Damping(need=1, of=1)) as watched:
        await watched.cycles()
        assert [change.after.status for change in watched.heard.changes] == ["pass", "fail", "pass"]
