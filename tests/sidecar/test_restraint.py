"""What a fleet of sidecars costs a server that refuses them, and what strangers can make one do."""

import asyncio
import random

import msgspec
import pytest

from diagnostics.check import Check, Env
from diagnostics.checks import CHECKS
from diagnostics.core.assemble import assemble
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.model import Status
from diagnostics.core.outcome import Mode
from diagnostics.core.report import AgentInfo, Report
from diagnostics.monitor import Asked, TooSoon
from diagnostics.monitor.loop import HURRY_AFTER_FAILURE, SHORTEST, SPREAD
from diagnostics.monitor.turn import REQUEST_PAUSE
from diagnostics.runner import Carried, Observer, run_checks
from tests.checks.stage import CONNECTOR, PRIVATE_IP, env
from tests.checks.test_refused_login import PLAIN, Accounts
from tests.fakes import FakeNetwork, FakeResolver, Peer
from tests.sidecar.scripted import ORDERS, HeldClock, ScriptedSource, Watched, settle
from tests.sidecar.stage import FORWARDED, staged
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

PATH = tuple(check for check in CHECKS if check.id in {CheckId.CONFIG_TARGET, CheckId.DNS_TARGET, *RUNGS})
REPLICAS = 50
MINUTE = 60.0


class Replica(ScriptedSource):
    """The real checks of the path, from one instance, to a server that all of them share."""

    def __init__(self, accounts: Accounts, clock: HeldClock) -> None:
        super().__init__(checks=PATH)
        self._accounts = accounts
        resolver = FakeResolver({("system", PLAIN.host): (PRIVATE_IP,)})
        self._env = env(PLAIN, resolver=resolver, clock=clock)

    def env(self, name: str) -> Env:
        assert name == ORDERS
        network = FakeNetwork({f"{PRIVATE_IP}:5432": Peer(listener=self._accounts.server())})
        return msgspec.structs.replace(self._env, network=network)

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        self.runs.append(ORDERS)
        run = await run_checks(self.checks, env, Mode.SERVE, str(len(self.runs)), observers, carried)
        titles = {check.id: check.title for check in self.checks}
        return assemble(run, agent=AgentInfo(version="0"), titles=titles)


async def test_fifty_replicas_with_a_wrong_password_make_at_most_sixty_failed_logins_in_ten_minutes() -> None:
    clock, accounts, chance = HeldClock(), Accounts(), random.Random(7)
    fleet = [
        Watched(Replica(accounts, clock), clock=clock, jitter=lambda: chance.uniform(-1, 1), spread=SPREAD)
        for _ in range(REPLICAS)
    ]
    tasks = [asyncio.create_task(each.monitor.run_for_ever()) for each in fleet]
    try:
        await clock.pass_time(10 * MINUTE)
        assert accounts.refused <= 60
        reports = [each.orders.watch.report for each in fleet]
        assert all(len(each.source.runs) > 18 for each in fleet), "the path is walked as often as ever"
        assert {report.status for report in reports if report} == {Status.FAIL}
        accounts.set(PLAIN.password.reveal() if PLAIN.password else "")
        await clock.pass_time(MINUTE)
        assert {each.orders.watch.report.status for each in fleet if each.orders.watch.report} == {Status.PASS}
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# --- how often --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chance, first, second", [(-1.0, 0.0, 15.0), (0.0, 0.5, 23.0), (1.0, 1.0, 31.0)])
async def test_instances_that_start_together_go_apart(chance: float, first: float, second: float) -> None:
    async with Watched(ScriptedSource(), jitter=lambda: chance, spread=SPREAD) as watched:
        runs = []
        await watched.clock.pass_time(0.0)
        for _ in range(80):
            runs.append(len(watched.source.runs))
            await watched.clock.pass_time(0.5)
        assert (runs.index(1) / 2, runs.index(2) / 2) == (first, second)


async def test_a_run_that_is_asked_for_does_not_wait_for_its_turn() -> None:
    async with Watched(ScriptedSource(), jitter=lambda: 1.0, spread=SPREAD) as watched:
        watched.orders.turn.ask(Asked.SOMEBODY)
        await settle()
        assert len(watched.source.runs) == 1


@pytest.mark.parametrize("interval", [0.0, 0.1, 1.0])
async def test_no_interval_is_shorter_than_five_seconds(interval: float) -> None:
    async with Watched(ScriptedSource(), interval=interval) as watched:
        await watched.clock.pass_time(10 * SHORTEST - 0.1)
        assert len(watched.source.runs) == 10


async def test_the_gate_and_requests_together_add_one_run_in_thirty_seconds() -> None:
    source = ScriptedSource()
    source.script(ORDERS, SOCKET_FAILURE)
    async with Watched(source, interval=3600.0) as watched:
        before, asked = len(source.runs), 0
        for second in range(300):
            watched.monitor.hurry(watched.monitor.targets)
            try:
                watched.orders.turn.ask((Asked.SOMEBODY, Asked.ON_THIS_MACHINE)[second % 2])
                asked += 1
            except TooSoon:
                pass
            await watched.clock.pass_time(1.0)
        assert len(source.runs) - before <= 300 / REQUEST_PAUSE
        assert asked > 0


async def test_who_waits_at_the_gate_for_a_path_that_works_gets_the_second_proof_at_once() -> None:
    async with staged() as stage:
        await stage.show(HEALTHY)
        for _ in range(3):
            await stage.clock.pass_time(1.0)
            await stage.status("/gate")
        assert await stage.status("/gate") == 200


async def test_the_gate_brings_no_run_before_the_first_report() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with Watched(source) as watched:
        watched.monitor.hurry(watched.monitor.targets)
        source.going.set()
        await watched.clock.pass_time(HURRY_AFTER_FAILURE)
        assert len(source.runs) == 1


# --- who --------------------------------------------------------------------------------------------------------------


class Watchful(ScriptedSource):
    """Remembers whether a refused login was to be made again, and what was carried."""

    def __init__(self, *checks: Check) -> None:
        super().__init__(checks=checks)
        self.insisted: list[bool] = []

    def env(self, name: str) -> Env:
        return msgspec.structs.replace(env(CONNECTOR), resolution=super().env(name).resolution)

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        self.insisted.append(env.refused_logins._insists)  # noqa: SLF001 - what it does is tested where it lives
        return await super().run(env, observers, carried, trials=trials)


@pytest.mark.parametrize("headers, insists, breadth", [({}, True, "wide"), (FORWARDED, False, "narrow")])
async def test_only_a_caller_on_this_machine_gets_everything_afresh(
    headers: dict[str, str], insists: bool, breadth: str
) -> None:
    async with staged() as stage:
        watched = await stage.watch(Watchful())
        await watched.cycles()
        await stage.clock.pass_time(1.0)
        await stage.json("/api/v1/run", "POST", **headers)
        source = watched.source
        assert isinstance(source, Watchful)
        assert source.insisted == [False, False, insists]
        assert watched.orders.history.runs[0].breadth == breadth
