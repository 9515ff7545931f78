"""Row 11: what the server says of the session, spoken with bytes of the protocol."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnostics import wire
from diagnostics.checks.session import postgres_session
from diagnostics.climb import Climb
from diagnostics.core.facts import PostgresAuth, PostgresSession
from diagnostics.core.findings import Code
from diagnostics.core.model import Login, Origin, SettingName, SkipReason, Status, Target
from diagnostics.core.outcome import Outcome, passed, skipped, unknown
from diagnostics.core.session import LIMITS, SETTINGS, means_to_read, remarks, session_of
from diagnostics.ports import Endpoint, StreamEnd, StreamFailed
from tests.checks.server import refuses
from tests.checks.stage import DIRECT, env, facts
from tests.checks.test_limits import Backend, row
from tests.fakes import FakeNetwork, Peer, Said
from tests.wire import serverside

AUTH = PostgresAuth(user="api", login=Login.PASSWORD, server_version="16.4 (Debian 16.4-1)")
PLACE = Endpoint(address="10.20.0.3", port=5432)
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
NO_LIMITS = row(b"-1", b"0", b"-1", b"0", b"0")


def settings(recovery: bytes = b"f", readable: bytes = b"t", statement: bytes = b"0") -> bytes:
    return row(recovery, b"off", statement, b"0", b"0", readable)


async def landed(backend: Backend, session: PostgresAuth = AUTH) -> Outcome:
    around = env(DIRECT, network=FakeNetwork({PLACE.label: Peer(listener=backend)}))
    climb = Climb(around.network)
    await climb.dial(PLACE, 1.0)
    await climb.converse(climb.session.startup(wire.Startup(user="api", database=None, application_name="t")))
    await climb.converse(climb.session.authenticate(password=None, nonce="n", end_point=None))
    return await postgres_session.evaluate(climb, around, facts(postgres_session, around, session))


async def test_an_ordinary_session_is_one_to_work_in() -> None:
    backend = Backend(settings(), NO_LIMITS)
    assert await landed(backend) == passed(PostgresSession())
    assert backend.asked == [SETTINGS, LIMITS]


async def test_tables_that_may_not_be_read_are_not_tried() -> None:
    """A refusal would be a line in the server's log, at every visit."""
    backend = Backend(settings(readable=b"f"))
    assert await landed(backend) == passed(PostgresSession())
    assert backend.asked == [SETTINGS]


async def test_a_standby_where_nobody_says_so_is_a_remark_and_never_a_failure() -> None:
    outcome = await landed(Backend(settings(recovery=b"t"), NO_LIMITS))
    assert (outcome.status, outcome.code) == (Status.WARN, Code.POSTGRES_SESSION_IN_RECOVERY)


@pytest.mark.parametrize(
    "answers",
    [
        (refuses("42883"),),
        (StreamFailed(StreamEnd.RESET),),
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (row(b"f"),),
        (serverside.complete("SELECT 0") + serverside.READY,),
        (settings(statement=b"soon"), NO_LIMITS),
        (settings(), row(b"many", b"0", b"-1", b"0", b"0")),
        (settings(), row(b"-1", b"0", b"-1", b"0", b"99999999999999999999")),
    ],
)
async def test_any_other_answer_leaves_it_unknown(answers: tuple[Said, ...]) -> None:
    assert await landed(Backend(*answers)) == unknown(SkipReason.NO_ANSWER)


@pytest.mark.parametrize("answer", [refuses("57014"), StreamFailed(StreamEnd.CLOSED), row(b"-1")])
async def test_without_the_limits_the_rest_stands_or_nothing_does(answer: Said) -> None:
    outcome = await landed(Backend(settings(), answer))
    assert outcome.status in (Status.PASS, Status.UNKNOWN)
    assert not outcome.findings


@pytest.mark.parametrize("version", ["9.5.25", "8.0.2", "", "1.18.0/bouncer"])
async def test_a_server_that_would_not_understand_is_not_asked(version: str) -> None:
    backend = Backend()
    assert await landed(backend, replace(AUTH, server_version=version)) == skipped(SkipReason.NOT_APPLICABLE)
    assert backend.asked == []


@pytest.mark.parametrize("version", ["9.6.24", "10.1", "13.0.0", "17.2", "18beta1"])
async def test_every_version_since_9_6_is_asked(version: str) -> None:
    outcome = await landed(Backend(settings(), NO_LIMITS), replace(AUTH, server_version=version))
    assert outcome.status is Status.PASS


def noticed(fields: dict[str, object], target: Target = DIRECT) -> list[Code]:
    fact = PostgresSession(**fields)  # type: ignore[arg-type]
    return [finding.code for finding in remarks(fact, target, NOW)]


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"in_recovery": True, "read_only": True}, Code.POSTGRES_SESSION_IN_RECOVERY),
        ({"read_only": True}, Code.POSTGRES_SESSION_READ_ONLY),
        ({"statement_timeout_seconds": 0.999}, Code.POSTGRES_SESSION_STATEMENT_TIMEOUT),
        ({"idle_in_transaction_timeout_seconds": 0.5}, Code.POSTGRES_SESSION_IDLE_IN_TRANSACTION_TIMEOUT),
        ({"idle_session_timeout_seconds": 599.0}, Code.POSTGRES_SESSION_IDLE_SESSION_TIMEOUT),
        ({"role_limit": 10, "role_in_use": 6}, Code.POSTGRES_SESSION_ROLE_LIMIT),
        ({"database_limit": 1, "database_in_use": 1}, Code.POSTGRES_SESSION_DATABASE_LIMIT),
        ({"valid_until": NOW + timedelta(days=6)}, Code.POSTGRES_SESSION_PASSWORD_EXPIRES),
    ],
)
def test_what_an_app_would_run_into_is_noticed(fields: dict[str, object], code: Code) -> None:
    assert noticed(fields) == [code]


@pytest.mark.parametrize(
    "fields",
    [
        {"statement_timeout_seconds": 1.0},
        {"idle_in_transaction_timeout_seconds": 60.0},
        {"idle_session_timeout_seconds": 600.0},
        {"role_limit": 10, "role_in_use": 5},
        {"database_limit": -1, "database_in_use": 0},
        {"valid_until": NOW + timedelta(days=8)},
        {"valid_until": NOW - timedelta(days=1)},
    ],
)
def test_what_an_app_can_live_with_is_not(fields: dict[str, object]) -> None:
    assert noticed(fields) == []


@pytest.mark.parametrize(
    "target",
    [
        replace(DIRECT, host="orders-replica.example"),
        replace(DIRECT, host="orders.ro.example"),
        replace(DIRECT, origins=(Origin(setting=SettingName.HOST, source="DATABASE_REPLICA_URL"),)),
        replace(DIRECT, options=(("target_session_attrs", "prefer-standby"),)),
    ],
)
def test_a_replica_that_is_meant_is_no_remark(target: Target) -> None:
    assert noticed({"in_recovery": True}, target) == noticed({"read_only": True}, target) == []


@pytest.mark.parametrize("host", ["orders.example", "thread.example", "rose.example", "bread-and-butter"])
def test_a_name_that_only_holds_the_letters_means_no_replica(host: str) -> None:
    assert not means_to_read(replace(DIRECT, host=host))


@given(settings=st.lists(st.text(max_size=8), max_size=8), limits=st.lists(st.text(max_size=8), max_size=6))
def test_whatever_is_answered_is_a_session_or_unknown(settings: list[str], limits: list[str]) -> None:
    fact = session_of(tuple(settings), tuple(limits))
    assert fact is None or isinstance(fact, PostgresSession)
