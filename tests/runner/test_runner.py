"""The rules of a run, on checks made for the purpose."""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import cast

import msgspec
import pytest

from diagnostics.check import Check, CheckFunction, Edge, Env, RungFunction, Vault, check, landing, on, rung
from diagnostics.climb import Climb
from diagnostics.core.candidates import Engine
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import ConfigHygiene, ConfigTarget, Facts
from diagnostics.core.findings import Code
from diagnostics.core.graph import GraphError
from diagnostics.core.model import (
    Depth,
    Dialect,
    Finding,
    Options,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    SkipReason,
    Status,
    Target,
)
from diagnostics.core.outcome import CheckResult, Mode, Outcome, Run, failed, passed, skipped, unknown, warned
from diagnostics.core.redact import Redactor
from diagnostics.ports import Network
from diagnostics.pulse import Pulse
from diagnostics.runner import run_checks, validate

TARGET = Target(
    name="orders", route=Route.DIRECT, dialect=Dialect.OTHER, host="127.0.0.1", database="orders", user="api"
)


class SteppingClock:
    """Every look at the clock is a hundredth of a second later, so durations are never zero."""

    def __init__(self) -> None:
        self._ticks = itertools.count()

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return next(self._ticks) / 100

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def env(
    options: Options | None = None, kind: PlatformKind = PlatformKind.CLOUD_RUN_SERVICE, target: Target | None = TARGET
) -> Env:
    clock = SteppingClock()
    nothing = cast("Network", object())
    return Env(
        resolution=Resolution(name="orders", target=target),
        platform=Platform(kind=kind),
        options=options or Options(),
        vault=Vault(Redactor(secrets=(), settings=())),
        network=nothing,
        resolver=cast("object", nothing),  # type: ignore[arg-type]
        http=cast("object", nothing),  # type: ignore[arg-type]
        credentials=cast("object", nothing),  # type: ignore[arg-type]
        keys=cast("object", nothing),  # type: ignore[arg-type]
        files=cast("object", nothing),  # type: ignore[arg-type]
        drivers=cast("object", nothing),  # type: ignore[arg-type]
        clock=clock,
        pulse=Pulse(clock),
    )


def gives(outcome: Outcome) -> CheckFunction:
    async def run(_env: Env, _facts: Facts) -> Outcome:
        return outcome

    return run


def rung_gives(outcome: Outcome) -> RungFunction:
    async def run(_climb: Climb, _env: Env, _facts: Facts) -> Outcome:
        return outcome

    return run


def one(
    check_id: CheckId,
    function: CheckFunction,
    *requires: CheckId | Edge,
    after: tuple[CheckId, ...] = (),
    timeout: float = 1.0,
    cloud_only: bool = False,
) -> Check:
    return check(
        check_id,
        title="It is so",
        timeout=timeout,
        on_timeout=Code.DNS_TARGET_SILENT,
        requires=requires,
        after=after,
        cloud_only=cloud_only,
    )(function)


def ladder(**outcomes: Outcome) -> tuple[Check, ...]:
    """Five rungs, each requiring the one below; all pass unless said otherwise (``tcp=``, ``tls=`` ...)."""
    checks: list[Check] = []
    for depth, rung_id in zip(Depth, RUNGS, strict=True):
        below = (RUNGS[RUNGS.index(rung_id) - 1],) if checks else (CheckId.DNS_TARGET,)
        declare = rung(rung_id, title="It is so", timeout=1.0, on_timeout=Code.TCP_CONNECT_SILENT, requires=below)
        checks.append(declare(rung_gives(outcomes.get(depth.value, passed()))))
    return tuple(checks)


async def run(*checks: Check, options: Options | None = None, **more: object) -> Run:
    return await run_checks(checks, env(options, **more), Mode.CHECK, "run-1")  # type: ignore[arg-type]


def of(result: Run, check_id: CheckId) -> CheckResult:
    return next(entry for entry in result.results if entry.check is check_id)


DNS = one(CheckId.DNS_TARGET, gives(passed()))
DNS_FAILS = one(CheckId.DNS_TARGET, gives(failed(None, Finding(code=Code.DNS_TARGET_NXDOMAIN))))


async def test_every_planned_check_is_in_the_result_in_the_order_given() -> None:
    result = await run(*ladder(), DNS_FAILS)
    assert [entry.check for entry in result.results] == [*RUNGS, CheckId.DNS_TARGET]


async def test_a_failure_blocks_transitively_and_names_the_check_that_failed() -> None:
    result = await run(DNS, *ladder(tls=failed(None, Finding(code=Code.TLS_HANDSHAKE_CLOSED))))
    above = [of(result, rung_id).outcome for rung_id in RUNGS[2:]]
    assert above == [skipped(SkipReason.BLOCKED, CheckId.TLS_HANDSHAKE)] * 3
    assert not result.depth_reached


async def test_unknown_makes_what_requires_it_unknown_for_the_same_reason() -> None:
    puzzled = one(CheckId.DNS_TARGET, gives(unknown(SkipReason.NOT_PERMITTED, needs="a.permission")))
    result = await run(puzzled, *ladder())
    assert {(of(result, r).outcome.status, of(result, r).outcome.reason) for r in RUNGS} == {
        (Status.UNKNOWN, SkipReason.NOT_PERMITTED)
    }


@pytest.mark.parametrize(
    "satisfying", [passed(), warned(None, Finding(code=Code.DNS_TARGET_SLOW)), skipped(SkipReason.NOT_APPLICABLE)]
)
async def test_pass_warn_and_not_applicable_satisfy_a_requirement(satisfying: Outcome) -> None:
    result = await run(one(CheckId.DNS_TARGET, gives(satisfying)), *ladder())
    assert result.depth_reached


async def test_a_check_that_the_route_does_not_need_warns_at_most_but_still_blocks_its_own_followers() -> None:
    """A dead metadata server on a route with a password is evidence, and no reason to wait for it twice."""
    metadata = one(CheckId.METADATA_SERVER, gives(failed(None, Finding(code=Code.METADATA_SERVER_SILENT))))
    account = one(CheckId.IDENTITY_ACCOUNT, gives(passed()), CheckId.METADATA_SERVER)
    result = await run(metadata, account, DNS, *ladder())
    assert of(result, CheckId.METADATA_SERVER).outcome.status is Status.WARN
    assert of(result, CheckId.METADATA_SERVER).outcome.code is Code.METADATA_SERVER_SILENT
    assert of(result, CheckId.IDENTITY_ACCOUNT).outcome == skipped(SkipReason.BLOCKED, CheckId.METADATA_SERVER)


async def test_an_edge_of_another_route_does_not_hold() -> None:
    socket = one(CheckId.SOCKET_MOUNT, gives(failed(None, Finding(code=Code.SOCKET_MOUNT_NOT_MOUNTED))))
    follower = one(CheckId.DNS_APIS, gives(passed()), on(CheckId.SOCKET_MOUNT, Route.SOCKET))
    assert of(await run(socket, follower), CheckId.DNS_APIS).outcome == passed()


async def test_an_exception_is_our_own_bug_and_the_run_goes_on() -> None:
    async def broken(_env: Env, _facts: Facts) -> Outcome:
        raise ValueError("correct horse battery staple")

    result = await run(one(CheckId.DNS_APIS, broken), DNS, *ladder())
    crashed = of(result, CheckId.DNS_APIS).outcome
    assert (crashed.status, crashed.reason, crashed.code) == (Status.UNKNOWN, SkipReason.CRASHED, Code.AGENT_CRASHED)
    assert "horse" not in crashed.findings[0].about
    assert result.depth_reached


async def test_an_expired_deadline_is_the_finding_that_the_check_declares() -> None:
    async def endless(_env: Env, _facts: Facts) -> Outcome:
        await asyncio.Event().wait()
        return passed()

    result = await run(one(CheckId.DNS_TARGET, endless, timeout=0.05), *ladder())
    assert of(result, CheckId.DNS_TARGET).outcome == failed(None, Finding(code=Code.DNS_TARGET_SILENT))


async def test_a_timeout_of_the_operation_itself_is_not_the_deadline_of_the_check() -> None:
    """The kernel's ETIMEDOUT is a TimeoutError in Python too."""

    async def timed_out(_env: Env, _facts: Facts) -> Outcome:
        raise TimeoutError

    assert of(await run(one(CheckId.DNS_TARGET, timed_out)), CheckId.DNS_TARGET).outcome.code is Code.AGENT_CRASHED


async def test_the_run_deadline_leaves_unknown_what_was_not_done() -> None:
    async def endless(_env: Env, _facts: Facts) -> Outcome:
        await asyncio.Event().wait()
        return passed()

    result = await run(one(CheckId.DNS_TARGET, endless), *ladder(), options=Options(timeout=0.05))
    reasons = {entry.outcome.reason for entry in result.results}
    assert reasons == {SkipReason.RUN_DEADLINE}


async def test_depth_leaves_out_the_rungs_above_and_is_reached() -> None:
    result = await run(DNS, *ladder(), options=Options(depth=Depth.TLS))
    assert [of(result, rung_id).outcome.status for rung_id in RUNGS] == [Status.PASS] * 2 + [Status.SKIP] * 3
    assert of(result, CheckId.POSTGRES_STARTUP).outcome.reason is SkipReason.DESELECTED
    assert result.depth_reached


@pytest.mark.parametrize("engine", [Engine.MYSQL, Engine.SQLSERVER])
async def test_a_login_to_another_engine_is_not_supported_and_the_path_before_it_is_reached(engine: Engine) -> None:
    target = msgspec.structs.replace(TARGET, engine=engine, route=Route.CONNECTOR)
    result = await run(DNS, *ladder(), options=Options(depth=target.deepest), target=target)
    assert of(result, CheckId.TLS_HANDSHAKE).outcome.status is Status.PASS
    assert {of(result, rung).outcome.reason for rung in RUNGS[2:]} == {SkipReason.NOT_SUPPORTED}
    assert result.depth_reached


async def test_what_the_user_skips_blocks_what_requires_it() -> None:
    result = await run(DNS, *ladder(), options=Options(skip=frozenset({"dns.target"})))
    assert of(result, CheckId.TCP_CONNECT).outcome == skipped(SkipReason.BLOCKED, CheckId.DNS_TARGET)


async def test_off_google_cloud_only_what_the_route_needs_contacts_google() -> None:
    apis = one(CheckId.DNS_APIS, gives(passed()), cloud_only=True)
    needed = one(CheckId.DNS_TARGET, gives(passed()), cloud_only=True)
    result = await run(apis, needed, *ladder(), kind=PlatformKind.ELSEWHERE)
    assert of(result, CheckId.DNS_APIS).outcome == skipped(SkipReason.NOT_APPLICABLE)
    assert of(result, CheckId.DNS_TARGET).outcome == passed()


async def test_rungs_and_the_unattributed_rest_add_up_to_the_total() -> None:
    result = await run(DNS, *ladder())
    assert result.ladder is not None
    assert [share.check for share in result.ladder.rungs] == list(RUNGS)
    total = sum(share.seconds for share in result.ladder.rungs) + result.ladder.unattributed_seconds
    assert total == pytest.approx(result.ladder.total_seconds)
    assert all(share.seconds > 0 for share in result.ladder.rungs)


async def test_there_is_no_ladder_where_nothing_was_climbed() -> None:
    assert (await run(DNS_FAILS, *ladder())).ladder is None


async def test_a_check_sees_only_the_facts_that_it_declared() -> None:
    async def curious(_env: Env, facts: Facts) -> Outcome:
        assert facts.get(ConfigTarget) is not None
        facts.get(ConfigHygiene)
        return passed()

    target = one(CheckId.CONFIG_TARGET, gives(passed(ConfigTarget())))
    hygiene = one(CheckId.CONFIG_HYGIENE, gives(passed(ConfigHygiene())))
    result = await run(target, hygiene, one(CheckId.DNS_TARGET, curious, CheckId.CONFIG_TARGET))
    assert of(result, CheckId.DNS_TARGET).outcome.findings[0].about.startswith("LookupError")


async def test_without_a_target_everything_that_needs_one_is_blocked() -> None:
    no_target = one(CheckId.CONFIG_TARGET, gives(failed(None, Finding(code=Code.CONFIG_TARGET_MISSING))))
    result = await run(
        no_target, one(CheckId.DNS_TARGET, gives(passed()), CheckId.CONFIG_TARGET), *ladder(), target=None
    )
    assert {of(result, rung_id).outcome.blocked_by for rung_id in RUNGS} == {CheckId.CONFIG_TARGET}


async def test_a_cancelled_run_ends_at_once_and_leaves_no_task() -> None:
    started = asyncio.Event()

    async def endless(_env: Env, _facts: Facts) -> Outcome:
        started.set()
        await asyncio.Event().wait()
        return passed()

    task = asyncio.create_task(run(one(CheckId.DNS_TARGET, endless), *ladder()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_an_edge_to_nowhere_is_found_at_start() -> None:
    with pytest.raises(GraphError):
        validate((one(CheckId.DNS_APIS, gives(passed()), CheckId.DNS_TARGET),))


def test_a_circle_is_found_at_start() -> None:
    circle = (
        one(CheckId.DNS_APIS, gives(passed()), CheckId.DNS_TARGET),
        one(CheckId.DNS_TARGET, gives(passed()), CheckId.DNS_APIS),
    )
    with pytest.raises(GraphError):
        validate(circle)


def test_an_id_declared_twice_is_found_at_start() -> None:
    with pytest.raises(ValueError, match="same id"):
        validate((DNS, DNS))


def landing_gives(function: RungFunction, timeout: float = 1.0) -> Check:
    return landing(
        CheckId.POSTGRES_CAPACITY,
        title="It is so",
        timeout=timeout,
        on_timeout=None,
        requires=(CheckId.POSTGRES_QUERY,),
    )(function)


async def test_a_landing_is_no_part_of_the_ladders_time() -> None:
    result = await run(DNS, *ladder(), landing_gives(rung_gives(passed())))
    assert of(result, CheckId.POSTGRES_CAPACITY).outcome == passed()
    assert of(result, CheckId.POSTGRES_CAPACITY).duration_seconds > 0
    assert result.ladder is not None
    assert [share.check for share in result.ladder.rungs] == list(RUNGS)
    last = of(result, CheckId.POSTGRES_QUERY)
    end_of_ladder = last.started_offset_seconds + last.duration_seconds
    assert of(result, CheckId.POSTGRES_CAPACITY).started_offset_seconds >= end_of_ladder
    assert result.ladder.total_seconds <= end_of_ladder


async def test_a_landing_gets_the_climb_of_the_rungs() -> None:
    seen: list[Climb] = []

    async def look(climb: Climb, _env: Env, _facts: Facts) -> Outcome:
        seen.append(climb)
        return passed()

    rungs = tuple(
        rung(each, title="It is so", timeout=1.0, on_timeout=None, requires=RUNGS[:place][-1:])(look)
        for place, each in enumerate(RUNGS)
    )
    await run(*rungs, landing_gives(look))
    assert len(seen) == len(RUNGS) + 1
    assert len(set(map(id, seen))) == 1


async def test_a_climb_that_ended_early_blocks_its_landing() -> None:
    ends = failed(None, Finding(code=Code.POSTGRES_AUTH_WRONG_PASSWORD))
    result = await run(DNS, *ladder(auth=ends), landing_gives(rung_gives(passed())))
    assert of(result, CheckId.POSTGRES_CAPACITY).outcome == skipped(SkipReason.BLOCKED, CheckId.POSTGRES_AUTH)


async def test_a_landing_that_takes_too_long_is_unknown_and_fails_nothing() -> None:
    async def endless(_climb: Climb, _env: Env, _facts: Facts) -> Outcome:
        await asyncio.Event().wait()
        return passed()

    result = await run(DNS, *ladder(), landing_gives(endless, timeout=0.05))
    assert of(result, CheckId.POSTGRES_CAPACITY).outcome == unknown(SkipReason.NO_ANSWER)
    assert result.depth_reached


async def test_a_check_sees_how_long_what_it_declared_took() -> None:
    seen: list[float] = []

    async def look(_env: Env, facts: Facts) -> Outcome:
        seen.extend(facts.seconds(check) for check in (CheckId.DNS_TARGET, CheckId.DNS_RESOLVER))
        with pytest.raises(LookupError):
            facts.seconds(CheckId.TCP_CONNECT)
        return passed()

    skips = one(CheckId.DNS_RESOLVER, gives(skipped(SkipReason.NOT_APPLICABLE)))
    watcher = one(CheckId.DNS_APIS, look, CheckId.DNS_TARGET, after=(CheckId.DNS_RESOLVER,))
    result = await run(DNS, skips, *ladder(), watcher)
    assert seen == [of(result, check).duration_seconds for check in (CheckId.DNS_TARGET, CheckId.DNS_RESOLVER)]
    assert seen[0] > 0
