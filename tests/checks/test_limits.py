"""Row 11: the server's slots, on the connection that the ladder ends with, and the app's own limit."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from diagnostics import wire
from diagnostics.checks.limits import app_budget, postgres_capacity
from diagnostics.climb import Climb
from diagnostics.core.capacity import SETTINGS, USE
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import (
    AppBudget,
    DriverAsyncpg,
    DriverConnector,
    DriverPsycopg,
    Fact,
    Facts,
    Measurement,
    PostgresAuth,
    PostgresCapacity,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Finding, Login, Options, SkipReason, Status, Target
from diagnostics.core.outcome import Outcome, failed, passed, skipped, unknown, warned
from diagnostics.ports import Endpoint, StreamEnd, StreamFailed
from tests.checks.server import ADMITTED, refuses
from tests.checks.stage import CONNECTOR, DIRECT, SOCKET, env, facts
from tests.fakes import FakeNetwork, Peer, Said
from tests.wire import serverside

AUTH = PostgresAuth(user="api", login=Login.PASSWORD, server_version="16.4 (Debian 16.4-1)")
PLACE = Endpoint(address="10.20.0.3", port=5432)


def row(*values: bytes | None) -> bytes:
    names = [f"c{number}" for number, _ in enumerate(values)]
    return serverside.description(*names) + serverside.row(*values) + serverside.complete("SELECT 1") + serverside.READY


def settings(superuser: bytes = b"3", others: bytes = b"0", readable: bytes = b"t") -> bytes:
    return row(b"100", superuser, others, readable)


class Backend:
    """Lets everybody in and answers statement by statement; remembers what it was asked."""

    def __init__(self, *answers: Said | None) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, message: bytes) -> Iterable[Said]:
        if message[:1] != b"Q":
            return (ADMITTED,)
        self.asked.append(message[5:-1].decode())
        answer = self._answers.pop(0)
        return () if answer is None else (answer,)


async def landed(backend: Backend, session: PostgresAuth = AUTH) -> Outcome:
    """The outcome on a connection that is logged in."""
    around = env(DIRECT, network=FakeNetwork({PLACE.label: Peer(listener=backend)}))
    climb = Climb(around.network)
    await climb.dial(PLACE, 1.0)
    await climb.converse(climb.session.startup(wire.Startup(user="api", database=None, application_name="t")))
    await climb.converse(climb.session.authenticate(password=None, nonce="n", end_point=None))
    return await postgres_capacity.evaluate(climb, around, facts(postgres_capacity, around, session))


async def test_the_slots_are_counted_on_the_open_connection() -> None:
    backend = Backend(settings(), row(b"12"))
    assert await landed(backend) == passed(PostgresCapacity(max_connections=100, reserved=3, in_use=12, free=85))
    assert backend.asked == [SETTINGS, USE]


async def test_reserved_slots_of_either_kind_are_not_for_apps() -> None:
    outcome = await landed(Backend(settings(superuser=b"3", others=b"4"), row(b"12")))
    assert outcome == passed(PostgresCapacity(max_connections=100, reserved=7, in_use=12, free=81))


@pytest.mark.parametrize("in_use, left", [(b"92", 5), (b"93", 4), (b"97", 0), (b"99", 0)])
async def test_it_warns_when_the_next_pool_does_not_fit(in_use: bytes, left: int) -> None:
    outcome = await landed(Backend(settings(), row(in_use)))
    fact = PostgresCapacity(max_connections=100, reserved=3, in_use=int(in_use), free=left)
    finding = Finding(code=Code.POSTGRES_CAPACITY_NEARLY_FULL, about=str(left), other="97")
    assert outcome == (passed(fact) if left >= 5 else warned(fact, finding))


async def test_what_may_not_be_read_is_not_tried() -> None:
    """A refusal would be a line in the server's log, at every visit."""
    backend = Backend(settings(readable=b"f"))
    assert await landed(backend) == unknown(SkipReason.NOT_PERMITTED, needs="SELECT on pg_stat_activity")
    assert backend.asked == [SETTINGS]


@pytest.mark.parametrize(
    "answers",
    [
        (refuses("42704"),),
        (StreamFailed(StreamEnd.RESET),),
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (row(b"100"),),
        (serverside.complete("SELECT 0") + serverside.READY,),
        (settings(superuser=b"many"), row(b"12")),
        (settings(), refuses("57014")),
        (settings(), row(None)),
        (settings(), StreamFailed(StreamEnd.CLOSED)),
    ],
)
async def test_any_other_answer_leaves_it_unknown(answers: tuple[Said, ...]) -> None:
    outcome = await landed(Backend(*answers))
    assert (outcome.status, outcome.fact, outcome.findings) == (Status.UNKNOWN, None, ())


@pytest.mark.parametrize("version", ["11.22", "9.6.24", "", "8.0.0-yugabyte", "CockroachDB"])
async def test_a_server_of_another_kind_is_not_asked(version: str) -> None:
    backend = Backend()
    assert await landed(backend, replace(AUTH, server_version=version)) == skipped(SkipReason.NOT_APPLICABLE)
    assert backend.asked == []


@pytest.mark.parametrize("version", ["12.19", "13.15", "14.12", "15.7", "16.4", "17.0", "18beta1"])
async def test_every_version_since_12_is_asked(version: str) -> None:
    assert (await landed(Backend(settings(), row(b"1")), replace(AUTH, server_version=version))).status is Status.PASS


@pytest.mark.parametrize("depth", Depth)
def test_only_a_climb_to_the_end_has_a_connection_to_ask_on(depth: Depth) -> None:
    around = env(DIRECT, options=Options(depth=depth, app_timeout=8.0))
    assert postgres_capacity.applies(around) is app_budget.applies(around) is (depth is Depth.QUERY)


# --- the app's own limit ----------------------------------------------------------------------------------------------

RUNGS_TOOK = {
    CheckId.TCP_CONNECT: 0.5,
    CheckId.TLS_HANDSHAKE: 3.0,
    CheckId.POSTGRES_STARTUP: 1.0,
    CheckId.POSTGRES_AUTH: 2.0,
    CheckId.POSTGRES_QUERY: 0.5,
}
BEFORE = {CheckId.DNS_TARGET: 1.0, CheckId.ADMIN_CONNECT_SETTINGS: 4.0, CheckId.ADMIN_CERTIFICATE: 2.0}


async def judged(limit: float, target: Target = DIRECT, *known: Fact, broken: CheckId | None = None) -> Outcome:
    around = env(target, options=Options(app_timeout=limit))
    declared = frozenset(app_budget.requires_for(target) + app_budget.after_for(target))
    statuses = {fact.CHECK: Status.FAIL if fact.CHECK is broken else Status.PASS for fact in known}
    spent = {check: seconds for check, seconds in (RUNGS_TOOK | BEFORE).items() if check in declared}
    return await app_budget.evaluate(None, around, Facts({f.CHECK: f for f in known}, statuses, declared, spent))


def fact(limit: float, measured: float, slowest: CheckId, longest: float, by: Measurement) -> AppBudget:
    return AppBudget(
        limit_seconds=limit, measured_seconds=measured, measurement=by, slowest=slowest, slowest_seconds=longest
    )


async def test_the_rungs_and_the_name_before_them_are_what_a_direct_app_waits_for() -> None:
    expected = fact(8.0, 8.0, CheckId.TLS_HANDSHAKE, 3.0, Measurement.LADDER)
    assert await judged(8.0) == passed(expected)


async def test_on_the_socket_no_name_is_waited_for() -> None:
    expected = fact(8.0, 7.0, CheckId.TLS_HANDSHAKE, 3.0, Measurement.LADDER)
    assert await judged(8.0, SOCKET) == passed(expected)


async def test_a_connector_makes_its_two_calls_at_once() -> None:
    expected = fact(60.0, 12.0, CheckId.ADMIN_CONNECT_SETTINGS, 4.0, Measurement.LADDER)
    assert await judged(60.0, CONNECTOR) == passed(expected)


async def test_a_limit_that_the_path_does_not_keep_fails_and_names_the_slowest_step() -> None:
    expected = fact(7.5, 8.0, CheckId.TLS_HANDSHAKE, 3.0, Measurement.LADDER)
    finding = Finding(code=Code.APP_BUDGET_TOO_SHORT, about="tls.handshake", other="8.0 s of 7.5 s")
    assert await judged(7.5) == failed(expected, finding)


@pytest.mark.parametrize(
    "target, driver",
    [
        (DIRECT, DriverAsyncpg(connect_seconds=0.2)),
        (SOCKET, DriverPsycopg(connect_seconds=0.2)),
        (CONNECTOR, DriverConnector(connect_seconds=0.2)),
    ],
)
async def test_the_apps_own_driver_knows_better_than_the_ladder(target: Target, driver: Fact) -> None:
    outcome = await judged(1.0, target, driver)
    assert outcome.status is Status.PASS
    assert isinstance(outcome.fact, AppBudget)
    assert (outcome.fact.measurement, outcome.fact.measured_seconds) == (Measurement.DRIVER, 0.2)


async def test_another_driver_than_the_apps_says_nothing_of_its_time() -> None:
    outcome = await judged(9.0, DIRECT, DriverPsycopg(connect_seconds=99.0))
    assert isinstance(outcome.fact, AppBudget)
    assert outcome.fact.measurement is Measurement.LADDER


async def test_a_driver_that_failed_ends_the_path_before_the_limit() -> None:
    outcome = await judged(1.0, DIRECT, DriverAsyncpg(exception="OSError"), broken=CheckId.DRIVER_ASYNCPG)
    assert outcome == skipped(SkipReason.BLOCKED, CheckId.DRIVER_ASYNCPG)


def test_it_is_needed_only_where_the_user_named_a_limit() -> None:
    named, unnamed = env(DIRECT, options=Options(app_timeout=8.0)), env(DIRECT)
    assert (app_budget.root(named), app_budget.applies(named)) == (True, True)
    assert (app_budget.root(unnamed), app_budget.applies(unnamed)) == (False, False)
