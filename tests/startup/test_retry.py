"""Only what passes by itself is tried again, bounded, and the driver's own exception is what the app sees."""

import asyncio
import errno
import random

import pytest
import stamina
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.startup import Ledger, LimitExceeded, Retry, connect, connect_sync, worth_retrying
from diagnostics.startup.plan import FEW, LONGEST_PAUSE, Plan
from diagnostics.startup.retry import Budget, budget_of


class ServerError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("said by the server")
        self.sqlstate = sqlstate


def starting() -> ServerError:
    return ServerError("57P03")


class Factory:
    """Fails with each exception in turn, then connects."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "connected"

    async def later(self) -> str:
        return self()


async def test_a_server_that_starts_is_waited_for() -> None:
    factory = Factory(starting(), starting())
    seen: list[Retry] = []
    ledger = Ledger()
    assert await connect(factory.later, ledger=ledger, on_retry=seen.append) == "connected"
    assert [each.attempt for each in seen] == [1, 2]
    assert ledger.attempts == 3


async def test_a_wrong_password_goes_on_at_once_and_unchanged() -> None:
    failure = ServerError("28P01")
    factory = Factory(failure)
    with pytest.raises(ServerError) as info:
        await connect(factory.later)
    assert info.value is failure
    assert factory.calls == 1


async def test_the_last_exception_has_the_history_as_a_note() -> None:
    failures = [ConnectionResetError(errno.ECONNRESET, "reset"), ServerError("3D000")]
    with pytest.raises(ServerError) as info:
        await connect(Factory(*failures).later)
    assert "2 tries" in info.value.__notes__[0]


async def test_a_try_that_hangs_ends_with_the_total() -> None:
    with pytest.raises(LimitExceeded) as info:
        await connect(lambda: asyncio.sleep(30.0), total=0.05)
    assert info.value.limit.name == "connect"


async def test_an_unknown_failure_is_tried_once_more() -> None:
    factory = Factory(*(Exception("nobody knows") for _ in range(5)))
    with pytest.raises(Exception, match="nobody knows"):
        await connect(factory.later)
    assert factory.calls == 2


def test_synchronous_code_is_retried_the_same_way() -> None:
    pauses: list[float] = []
    assert connect_sync(Factory(starting()), sleep=pauses.append) == "connected"
    assert len(pauses) == 1


def test_a_full_server_is_tried_few_times_and_slowly() -> None:
    pauses: list[float] = []
    factory = Factory(*(ServerError("53300") for _ in range(20)))
    with pytest.raises(ServerError):
        connect_sync(factory, total=1000.0, sleep=pauses.append)
    assert factory.calls == FEW
    assert min(pauses) >= 2.0


def test_a_refusal_beside_the_app_is_given_up_after_half_a_minute() -> None:
    now = iter(range(0, 1000, 10))
    plan = Plan(Budget(1000.0, 100, 0.0), lambda: float(next(now)), None)
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 5432)")
    steps = [plan.next(refused) for _ in range(5)]
    assert steps[0] is not None
    assert steps[-1] is None


@given(st.integers(), st.sampled_from(["57P03", "53300", "08006"]), st.floats(0.1, 60.0))
def test_no_plan_is_ever_longer_than_its_total(seed: int, state: str, total: float) -> None:
    spent = 0.0
    plan = Plan(Budget(total, 1000, 0.0), lambda: spent, random.Random(seed))
    while (step := plan.next(ServerError(state))) is not None:
        assert 0 <= step.pause <= LONGEST_PAUSE * 1.5
        spent += step.pause + 0.01
    assert spent <= total + 0.01


@pytest.mark.parametrize("total,attempts", [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_budget_that_is_none_is_refused(total: float, attempts: int) -> None:
    with pytest.raises(ValueError, match="total"):
        budget_of(Ledger(), total, attempts)


def test_stamina_retries_what_passes_and_nothing_else() -> None:
    with stamina.set_testing(True, attempts=3):
        once = Factory(starting())
        assert stamina.retry(on=worth_retrying, attempts=3)(once.__call__)() == "connected"
        never = Factory(ServerError("28P01"))
        with pytest.raises(ServerError):
            stamina.retry(on=worth_retrying, attempts=3)(never.__call__)()
    assert (once.calls, never.calls) == (2, 1)


def test_tenacity_retries_what_passes_and_nothing_else() -> None:
    retry = tenacity.retry(
        retry=tenacity.retry_if_exception(lambda exc: bool(worth_retrying(exc))),
        stop=tenacity.stop_after_attempt(3),
        reraise=True,
    )
    once, never = Factory(starting()), Factory(ServerError("28P01"))
    assert retry(once)() == "connected"
    with pytest.raises(ServerError):
        retry(never)()
    assert (once.calls, never.calls) == (2, 1)


def test_what_the_failure_asks_for_is_what_the_predicate_answers() -> None:
    assert worth_retrying(ServerError("53300")) == 2.0
    assert worth_retrying(starting()) is True
    assert worth_retrying(ServerError("28P01")) is False
