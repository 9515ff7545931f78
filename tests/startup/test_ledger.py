"""Which limit fired, and how sure that is."""

import asyncio
import contextlib
import errno
import threading
import time

import pytest

from diagnostics.startup import How, Ledger, LimitExceeded, Sure, Timer

SHORT, LONG = 0.05, 30.0


class DriverError(Exception):
    """What a driver makes of a cancellation."""


def rows(ledger: Ledger, exc: BaseException | None = None) -> dict[str, Timer]:
    return {timer.name: timer for timer in ledger.timers(exc)}


async def caught(ledger: Ledger, inner: float | None, outer: float | None) -> BaseException:
    with pytest.raises(TimeoutError) as info:
        async with ledger.limit("init", outer, source="AppConfig"), ledger.limit("table_setup", inner, source="db.py"):
            await asyncio.sleep(LONG)
    return info.value


async def test_of_two_nested_limits_the_inner_one_fired() -> None:
    ledger = Ledger()
    exc = await caught(ledger, SHORT, LONG)
    fired = ledger.fired(exc)
    assert isinstance(exc, LimitExceeded)
    assert fired is not None
    assert (fired.names, fired.how, fired.sure) == (("table_setup",), How.LIMIT, Sure.SURE)
    assert rows(ledger, exc)["table_setup"].fired
    assert not rows(ledger, exc)["init"].fired


async def test_of_two_nested_limits_the_outer_one_fired() -> None:
    ledger = Ledger()
    exc = await caught(ledger, LONG, SHORT)
    fired = ledger.fired(exc)
    assert fired is not None
    assert fired.names == ("init",)
    assert "inside it: table_setup" in str(exc)


async def test_equal_deadlines_are_both_named() -> None:
    ledger = Ledger()
    fired = ledger.fired(await caught(ledger, SHORT, SHORT))
    assert fired is not None
    assert set(fired.names) == {"init", "table_setup"}


async def test_a_limit_whose_cancellation_a_driver_wrapped_is_the_one_that_fired() -> None:
    ledger = Ledger()
    with pytest.raises(DriverError) as info:
        await _wrapped(ledger)
    fired = ledger.fired(info.value)
    assert fired is not None
    assert (fired.names, fired.sure) == (("connect",), Sure.SURE)


async def _wrapped(ledger: Ledger) -> None:
    async with ledger.limit("connect", SHORT):
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError as cancelled:
            raise DriverError from cancelled


async def test_a_limit_whose_cancellation_was_swallowed_is_told_without_an_exception() -> None:
    ledger = Ledger()
    async with ledger.limit("connect", SHORT):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(LONG)
    fired = ledger.fired()
    assert fired is not None
    assert fired.names == ("connect",)


async def test_an_earlier_limit_that_was_handled_has_not_fired_later() -> None:
    ledger = Ledger()
    with contextlib.suppress(TimeoutError):
        async with ledger.limit("first", SHORT):
            await asyncio.sleep(LONG)
    assert ledger.fired(ValueError("another matter")) is None


async def test_a_limit_behind_another_exception_is_found() -> None:
    ledger = Ledger()
    with pytest.raises(RuntimeError) as info:
        await _translated(ledger)
    fired = ledger.fired(info.value)
    assert fired is not None
    assert fired.names == ("connect",)


async def _translated(ledger: Ledger) -> None:
    try:
        async with ledger.limit("connect", SHORT):
            await asyncio.sleep(LONG)
    except TimeoutError as exc:
        raise RuntimeError("Database initialization timeout after 8.0s") from exc


async def test_a_limit_that_a_blocked_loop_could_not_enforce_is_told_as_that() -> None:
    ledger = Ledger()
    async with ledger.limit("init", SHORT):
        time.sleep(0.1)  # noqa: ASYNC251 - the fault under test
    fired = ledger.fired()
    assert fired is not None
    assert (fired.names, fired.how) == (("init",), How.BLOCKED_LOOP)


async def test_a_limit_that_fired_late_lays_it_to_the_loop() -> None:
    ledger = Ledger()
    with pytest.raises(TimeoutError) as info:
        await _held(ledger)
    fired = ledger.fired(info.value)
    assert fired is not None
    assert fired.how is How.BLOCKED_LOOP
    assert fired.late > 1.0


async def _held(ledger: Ledger) -> None:
    async with ledger.limit("init", SHORT):
        time.sleep(1.1)  # noqa: ASYNC251 - the fault under test
        await asyncio.sleep(LONG)


async def test_a_timer_that_nobody_told_the_ledger_of_is_named_by_its_place() -> None:
    ledger = Ledger()
    with pytest.raises(TimeoutError) as info:
        async with ledger.limit("init", LONG):
            await asyncio.wait_for(asyncio.sleep(LONG), SHORT)
    fired = ledger.fired(info.value)
    assert fired is not None
    assert (fired.how, fired.sure) == (How.UNDECLARED, Sure.SURE)
    assert "test_ledger" in fired.names[0]


def test_a_limit_around_synchronous_code_only_measures() -> None:
    clock = iter([0.0, 0.0, 7.0, 7.0, 7.0]).__next__
    ledger = Ledger(now=clock)
    with ledger.limit("init", 5.0):
        pass
    fired = ledger.fired()
    assert fired is not None
    assert (fired.how, fired.elapsed) == (How.MEASURED, 7.0)


def test_the_kernel_names_its_own_timer() -> None:
    fired = Ledger().fired(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))
    assert fired is not None
    assert fired.how is How.KERNEL


def test_a_declared_timer_whose_seconds_fit_is_probable() -> None:
    times = iter([0.0, 30.4])
    ledger = Ledger(now=lambda: next(times, 30.4))
    ledger.declare("gunicorn --timeout", 30.0, source="gunicorn.conf.py")
    fired = ledger.fired(TimeoutError())
    assert fired is not None
    assert (fired.names, fired.how, fired.sure) == (("gunicorn --timeout",), How.DECLARED, Sure.PROBABLY)


def test_a_timeout_that_fits_no_timer_is_unknown() -> None:
    fired = Ledger().fired(TimeoutError())
    assert fired is not None
    assert fired.sure is Sure.UNKNOWN


def test_a_failure_without_a_timer_fired_none() -> None:
    assert Ledger().fired(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None


def test_a_cancellation_from_outside_is_no_limit() -> None:
    fired = Ledger().fired(asyncio.CancelledError())
    assert fired is not None
    assert fired.how is How.CANCELLED


@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), float("nan")])
def test_seconds_that_are_no_limit_are_refused_where_they_are_given(seconds: float) -> None:
    with pytest.raises(ValueError, match="init"):
        Ledger().limit("init", seconds)


def test_a_limit_is_entered_once() -> None:
    limit = Ledger().limit("init", 1.0)
    with limit:
        pass
    with pytest.raises(ValueError, match="init"), limit:
        pass


def test_another_thread_is_refused() -> None:
    ledger = Ledger()
    seen: list[BaseException] = []

    def use() -> None:
        try:
            ledger.limit("init", 1.0)
        except ValueError as exc:
            seen.append(exc)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(seen) == 1


def test_each_line_has_name_limit_and_source() -> None:
    ledger = Ledger()
    with ledger.limit("init", 8.0, source="AppConfig.INIT"):
        pass
    ledger.declare_known("startup probe")
    first, second = ledger.lines()
    assert first.startswith("init: 8.0 s, 0.0 s had passed")
    assert second == "startup probe: 240.0 s (default)"


def test_a_ledger_that_is_used_on_and_on_keeps_what_is_open_and_forgets_the_oldest() -> None:
    ledger = Ledger()
    with ledger.limit("init", 8.0):
        for turn in range(1000):
            with ledger.limit(f"request {turn}"):
                pass
    names = [limit.name for limit in ledger.limits]
    assert len(names) == 100
    assert (names[0], names[-1]) == ("init", "request 999")


def test_a_known_timer_that_nobody_knows_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="gunicorn --timeout"):
        Ledger().declare_known("unicorn")
