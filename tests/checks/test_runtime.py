"""Row 2: where we run, and whether we really run."""

import asyncio

import pytest

from diagnostics.checks.runtime import runtime_freeze, runtime_platform
from diagnostics.core.facts import RuntimeFreeze, RuntimePlatform
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Platform, PlatformKind
from diagnostics.core.outcome import Outcome, passed, warned
from diagnostics.pulse import Pulse
from tests.checks.stage import env, look
from tests.fakes import FakeClock


async def test_the_platform_is_what_the_environment_says() -> None:
    platform = Platform(
        kind=PlatformKind.CLOUD_RUN_JOB, service="nightly", revision="nightly-x1", proxy_variables=("HTTPS_PROXY",)
    )
    expected = RuntimePlatform(
        kind=PlatformKind.CLOUD_RUN_JOB, service="nightly", revision="nightly-x1", proxy_variables=("HTTPS_PROXY",)
    )
    assert await look(runtime_platform, env(platform=platform)) == passed(expected)


async def freeze(*gaps: float) -> Outcome:
    """The outcome after ticks with these gaps between them, the last one still running."""
    clock = FakeClock()
    pulse = Pulse(clock)
    *ticks, running = gaps
    for gap in ticks:
        clock.seconds += gap
        pulse.read()
    clock.seconds += running
    return await look(runtime_freeze, env(clock=clock, pulse=pulse))


async def test_a_regular_pulse_passes() -> None:
    assert await freeze(0.125, 0.25, 0.125) == passed(RuntimeFreeze(ticks=3, longest_gap_seconds=0.25))


@pytest.mark.parametrize("gaps", [(0.125, 2.0, 0.125), (0.125, 0.125, 2.0)], ids=["passed", "running"])
async def test_a_gap_of_two_seconds_is_a_frozen_process(gaps: tuple[float, ...]) -> None:
    """Also the gap that has not ended: the check itself may be the first to run again."""
    outcome = await freeze(*gaps)
    fact = RuntimeFreeze(ticks=3, longest_gap_seconds=2.0)
    assert outcome == warned(fact, Finding(code=Code.RUNTIME_FREEZE_FROZEN))


async def test_a_pause_just_below_the_limit_is_none() -> None:
    """Loading a driver on a slow shared CPU was seen to take a second."""
    assert (await freeze(0.125, 1.875, 0.125)).findings == ()


async def test_a_new_run_forgets_the_pauses_of_the_last() -> None:
    clock = FakeClock()
    pulse = Pulse(clock)
    clock.seconds += 30.0
    pulse.restart()
    clock.seconds += 0.5
    outcome = await look(runtime_freeze, env(clock=clock, pulse=pulse))
    assert outcome == passed(RuntimeFreeze(ticks=1, longest_gap_seconds=0.5))


async def test_the_pulse_ticks_until_it_is_cancelled() -> None:
    clock = FakeClock()
    pulse = Pulse(clock)
    beat = asyncio.create_task(pulse.beat())
    for _ in range(20):
        await asyncio.sleep(0)
    beat.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beat
    ticks, longest = pulse.read()
    assert ticks >= 10
    assert round(longest, 6) == 0.1
