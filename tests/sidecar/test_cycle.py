"""What a cycle evaluates and what it takes over: the real runner, on checks that count how often they are asked."""

from collections import Counter

import pytest
from msgspec.structs import replace

from diagnostics.check import Check, Env, RungFunction, SecretName, check, rung
from diagnostics.climb import Climb
from diagnostics.core.assemble import assemble
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import Facts
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Finding,
    Login,
    Options,
    PlatformKind,
    Route,
    Secret,
    SkipReason,
    Status,
    Target,
)
from diagnostics.core.outcome import CheckResult, Mode, Outcome, failed, passed, skipped, unknown, warned
from diagnostics.core.report import AgentInfo, CheckEntry, Report
from diagnostics.monitor.schedule import (
    AGAIN_EVERY,
    API_LIFE,
    CERTIFICATE_LIFE,
    COMMON,
    LIVES,
    WIDE_EVERY,
    Breadth,
    Kept,
    due,
    narrow,
)
from diagnostics.monitor.target import FIRST_LIMIT
from diagnostics.runner import Carried, Observer, needed_by_route, run_checks
from tests.runner.test_runner import env
from tests.sidecar.scripted import ORDERS, HeldClock, ScriptedSource, Watched, replace_name, settle

TARGET = Target(
    name=ORDERS, route=Route.CONNECTOR, dialect=Dialect.CONNECTOR, database="orders", user="api", login=Login.PASSWORD
)
"""The route that needs the most."""

ASKED_ALWAYS = {CheckId.CONFIG_TARGET, CheckId.RUNTIME_FREEZE, CheckId.IDENTITY_TOKEN, *RUNGS}
ASKED_SELDOM = {CheckId.ADMIN_CONNECT_SETTINGS, CheckId.ADMIN_CERTIFICATE}
ASKED_WIDE = {CheckId.EGRESS_PRIVATE, CheckId.DNS_RESOLVER, CheckId.DRIVER_CONNECTOR, CheckId.IAM_PERMISSIONS}


class Counted(ScriptedSource):
    """Checks that count, and whose outcomes a test sets."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.asked: Counter[CheckId] = Counter()
        self.outcomes: dict[CheckId, Outcome] = {}
        self.target = TARGET
        self.clock = HeldClock()
        self.seen: list[Secret | None] = []
        self.limits: list[float] = []
        self.checks = tuple(self._checks())

    def _checks(self) -> list[Check]:
        token, settings, signed = CheckId.IDENTITY_TOKEN, CheckId.ADMIN_CONNECT_SETTINGS, CheckId.ADMIN_CERTIFICATE
        made = [self._one(CheckId.CONFIG_TARGET), self._one(CheckId.RUNTIME_FREEZE), self._one(token)]
        made += [self._one(settings, token), self._one(signed, token)]
        made += [self._one(each) for each in ASKED_WIDE - {CheckId.DRIVER_CONNECTOR}]
        below: tuple[CheckId, ...] = (CheckId.CONFIG_TARGET, settings, signed)
        for each in RUNGS:
            made.append(rung(each, title="It is so", timeout=1.0, on_timeout=None, requires=below)(self._climbed(each)))
            below = (each,)
        made.append(self._one(CheckId.DRIVER_CONNECTOR, *below, root=True))
        return made

    def _one(self, check_id: CheckId, *requires: CheckId, root: bool = False) -> Check:
        async def run(env: Env, _facts: Facts) -> Outcome:
            self.asked[check_id] += 1
            if check_id is CheckId.IDENTITY_TOKEN:
                env.vault.put(SecretName.ADMIN_TOKEN, Secret(f"token-{self.asked[check_id]}"))
            if check_id is CheckId.ADMIN_CERTIFICATE:
                env.vault.put(SecretName.CLIENT_KEY, Secret(f"key-{self.asked[check_id]}"))
            return self.outcomes.get(check_id, passed())

        return check(check_id, title="It is so", timeout=1.0, on_timeout=None, requires=requires, root=lambda _: root)(
            run
        )

    def _climbed(self, check_id: CheckId) -> RungFunction:
        async def run(_climb: Climb, env: Env, _facts: Facts) -> Outcome:
            self.asked[check_id] += 1
            self.seen.append(env.vault.get(SecretName.CLIENT_KEY))
            return self.outcomes.get(check_id, passed())

        return run

    def env(self, name: str) -> Env:
        made = env(kind=PlatformKind.CLOUD_RUN_SERVICE, target=replace(self.target, name=name))
        return replace(replace_name(made, name), clock=self.clock)

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        name = env.resolution.name
        self.runs.append(name)
        self.limits.append(env.options.timeout)
        await self.going.wait()
        run = await run_checks(self.checks, env, Mode.SERVE, f"run-{len(self.runs)}", observers, carried)
        return assemble(run, agent=AgentInfo(version="0"), titles={})

    def since(self) -> Counter[CheckId]:
        """What was asked since the last time somebody asked this."""
        asked, self.asked = self.asked, Counter()
        return asked


def entries(watched: Watched) -> dict[CheckId, CheckEntry]:
    report = watched.orders.watch.report
    assert report is not None
    return {entry.id: entry for entry in report.checks}


REFUSED = failed(None, Finding(code=Code.TCP_CONNECT_REFUSED))
EVERYTHING = ASKED_ALWAYS | ASKED_SELDOM | ASKED_WIDE


async def test_the_first_cycle_evaluates_everything_and_the_next_what_the_route_needs() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        assert source.since() == dict.fromkeys(EVERYTHING, 1)
        await watched.cycles()
        assert source.since() == dict.fromkeys(ASKED_ALWAYS, 1)


async def test_the_first_run_is_bounded_and_those_after_it_have_their_own_deadline() -> None:
    source = Counted()
    source.outcomes[RUNGS[0]] = REFUSED
    async with Watched(source, clock=source.clock) as watched:
        await watched.cycles()
        assert source.limits == [FIRST_LIMIT, Options().timeout, Options().timeout]


async def test_what_is_taken_over_says_when_it_was_found() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        first = {check_id: each.as_of for check_id, each in entries(watched).items()}
        await watched.cycles()
        again = {check_id: each.as_of for check_id, each in entries(watched).items()}
    moved = {check_id for check_id in again if again[check_id] != first[check_id]}
    assert moved == ASKED_ALWAYS


async def test_every_check_is_in_the_report_of_a_narrow_cycle_too() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        await watched.cycles()
        assert {each.status for each in entries(watched).values()} == {Status.PASS}
        assert set(entries(watched)) == EVERYTHING


async def test_a_narrow_failure_evaluates_everything_in_the_same_second_api_and_certificate_included() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        source.outcomes[RUNGS[0]] = REFUSED
        await watched.cycles()
        asked = source.since()
    assert {each: asked[each] for each in ASKED_SELDOM | ASKED_WIDE - {CheckId.DRIVER_CONNECTOR}} == dict.fromkeys(
        ASKED_SELDOM | ASKED_WIDE - {CheckId.DRIVER_CONNECTOR}, 1
    )
    assert asked[RUNGS[0]] == 2


async def test_while_it_stays_broken_the_apis_are_left_alone() -> None:
    source = Counted()
    source.outcomes[RUNGS[0]] = REFUSED
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        await watched.cycles(3)
        asked = source.since()
    assert (asked[CheckId.ADMIN_CONNECT_SETTINGS], asked[CheckId.ADMIN_CERTIFICATE]) == (0, 0)
    assert asked[CheckId.EGRESS_PRIVATE] == 3


async def test_an_answer_of_an_api_is_used_for_five_minutes_and_a_certificate_for_fifty() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        await watched.cycles(int(CERTIFICATE_LIFE // 30))
        asked = source.since()
    assert asked[CheckId.ADMIN_CONNECT_SETTINGS] == CERTIFICATE_LIFE // API_LIFE
    assert asked[CheckId.ADMIN_CERTIFICATE] == 1


async def test_an_api_that_the_route_needs_and_that_fails_is_asked_again_in_every_cycle() -> None:
    """Or the sidecar would go on failing for five minutes after somebody granted the role."""
    source = Counted()
    settings = CheckId.ADMIN_CONNECT_SETTINGS
    source.outcomes[settings] = failed(None, Finding(code=Code.ADMIN_CONNECT_SETTINGS_DENIED))
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        await watched.cycles(2)
        assert source.since()[settings] == 2
        del source.outcomes[settings]
        await watched.cycles()
        assert entries(watched)[settings].status is Status.PASS


async def test_an_api_that_the_route_does_not_need_is_left_alone_whatever_it_says() -> None:
    source = Counted()
    source.outcomes[CheckId.IAM_PERMISSIONS] = unknown(SkipReason.NOT_PERMITTED)
    source.outcomes[RUNGS[0]] = REFUSED
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        await watched.cycles(3)
        assert source.since()[CheckId.IAM_PERMISSIONS] == 0


async def test_a_certificate_that_is_used_again_comes_with_its_key() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        await watched.cycles(2)
    assert {secret.reveal() if secret else None for secret in source.seen} == {"key-1"}


async def test_a_target_that_is_another_one_starts_from_nothing() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        source.target = replace(TARGET, user="somebody-else")
        await watched.cycles()
        assert source.since() == dict.fromkeys(EVERYTHING, 1)


async def test_another_password_is_no_other_target() -> None:
    source = Counted()
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        source.target = replace(TARGET, password=Secret("new"))
        await watched.cycles()
        assert source.since() == dict.fromkeys(ASKED_ALWAYS, 1)


async def test_what_says_the_same_of_every_target_is_evaluated_once_for_all() -> None:
    source = Counted("a", "b", "c", "d", "e", "f")
    async with Watched(source, clock=source.clock) as watched:
        asked = source.since()
        shared = {watched.target(name).kept[CheckId.EGRESS_PRIVATE].result.as_of for name in source.names}
    assert (asked[CheckId.EGRESS_PRIVATE], asked[CheckId.DNS_RESOLVER], len(shared)) == (1, 6, 1)


async def test_in_the_next_wide_cycle_it_is_evaluated_once_more() -> None:
    source = Counted("a", "b", "c")
    async with Watched(source, clock=source.clock) as watched:
        source.since()
        await watched.cycles(int(WIDE_EVERY // 30))
        assert source.since()[CheckId.EGRESS_PRIVATE] == 1


async def test_what_one_target_had_to_skip_another_evaluates() -> None:
    source = Counted("a", "b")
    source.outcomes[CheckId.EGRESS_PRIVATE] = skipped(SkipReason.NOT_APPLICABLE)
    async with Watched(source, clock=source.clock):
        assert source.since()[CheckId.EGRESS_PRIVATE] == 2


def test_narrow_is_what_the_route_needs_without_the_driver_and_what_costs_nothing() -> None:
    source = Counted()
    made = source.env(ORDERS)
    assert narrow(source.checks, needed_by_route(source.checks, made)) == ASKED_ALWAYS | ASKED_SELDOM


NEEDED = frozenset({CheckId.ADMIN_CONNECT_SETTINGS})
SILENT = Finding(code=Code.ADMIN_CONNECT_SETTINGS_SILENT)
RATE_LIMITED = Finding(code=Code.ADMIN_CONNECT_SETTINGS_RATE_LIMITED)


@pytest.mark.parametrize(
    "outcome, age, needed, wanted",
    [
        (passed(), API_LIFE - 1, True, False),
        (passed(), API_LIFE, True, True),
        (warned(None), API_LIFE - 1, True, False),
        (failed(None), 1.0, True, True),
        (unknown(SkipReason.NO_ANSWER), 1.0, True, True),
        (failed(None), API_LIFE - 1, False, False),
        (failed(None, RATE_LIMITED), API_LIFE - 1, False, False),
        (failed(None, SILENT), 1.0, False, True),
        (warned(None, SILENT), 1.0, False, True),
        (skipped(SkipReason.BLOCKED), 1.0, False, True),
        (unknown(SkipReason.NOT_PERMITTED), API_LIFE - 1, False, False),
    ],
)
def test_when_an_answer_of_an_api_is_asked_for_again(outcome: Outcome, age: float, needed: bool, wanted: bool) -> None:
    checks = [each for each in Counted().checks if each.id is CheckId.ADMIN_CONNECT_SETTINGS]
    kept = Kept(result=CheckResult(check=checks[0].id, outcome=outcome), at=0.0, life=API_LIFE)
    found = due(checks, NEEDED if needed else frozenset(), {checks[0].id: kept}, age, Breadth.WIDE)
    assert bool(found) is wanted


@pytest.mark.parametrize(
    "outcome, age, wanted",
    [
        (failed(None, SILENT), AGAIN_EVERY - 1, False),
        (failed(None, SILENT), AGAIN_EVERY, True),
        (warned(None, SILENT), AGAIN_EVERY, True),
        (failed(None, RATE_LIMITED), AGAIN_EVERY, False),
        (unknown(SkipReason.NO_ANSWER), AGAIN_EVERY, True),
        (unknown(SkipReason.NOT_PERMITTED), AGAIN_EVERY, False),
        (passed(), AGAIN_EVERY, False),
    ],
)
def test_beside_a_path_that_holds_what_was_silent_is_asked_again_and_what_was_answered_is_not(
    outcome: Outcome, age: float, wanted: bool
) -> None:
    checks = [each for each in Counted().checks if each.id in ASKED_WIDE and each.id not in COMMON][:1]
    kept = Kept(result=CheckResult(check=checks[0].id, outcome=outcome), at=0.0, life=API_LIFE)
    assert bool(due(checks, frozenset(), {checks[0].id: kept}, age, Breadth.NARROW)) is wanted


def test_what_is_common_and_what_lives_long_are_no_rungs_and_no_drivers() -> None:
    for each in COMMON | set(LIVES):
        assert each not in RUNGS
        assert not each.value.startswith(("driver.", "config.", "dns.target"))


async def test_common_outcomes_do_not_wait_for_a_run_that_was_taken_away() -> None:
    source = Counted("a", "b")
    source.going.clear()
    async with Watched(source, clock=source.clock) as watched:
        source.names = ("b",)
        source.going.set()
        await settle()
        await watched.cycles(2)
        assert watched.target("b").watch.report is not None
