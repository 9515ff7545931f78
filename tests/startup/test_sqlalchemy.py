"""Each connection of an engine is in the ledger, and the timer of its pool is declared."""

import pytest
from sqlalchemy import create_engine, exc, pool
from sqlalchemy.ext.asyncio import create_async_engine

from diagnostics.startup import How, Ledger
from diagnostics.startup.sqlalchemy import instrument


def test_a_connection_that_fails_is_measured() -> None:
    ledger = Ledger()
    engine = instrument(create_engine("postgresql+psycopg://u:p@127.0.0.1:1/d"), ledger)
    with pytest.raises(exc.OperationalError):
        engine.connect()
    names = {timer.name: timer for timer in ledger.timers()}
    assert names["connect"].elapsed is not None
    assert names["SQLAlchemy pool_timeout"].seconds == 30.0


async def test_an_asynchronous_engine_is_measured_too() -> None:
    ledger = Ledger()
    engine = instrument(create_async_engine("postgresql+asyncpg://u:p@127.0.0.1:1/d"), ledger)
    with pytest.raises(OSError, match="Connect call failed"):
        await engine.connect()
    assert "connect" in {timer.name for timer in ledger.timers()}


def test_a_pool_that_is_empty_is_the_timer_that_fired() -> None:
    ledger = Ledger()
    engine = create_engine("sqlite://", poolclass=pool.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05)
    instrument(engine, ledger)
    with engine.connect(), pytest.raises(exc.TimeoutError) as info:
        engine.connect()
    engine.dispose()
    fired = ledger.fired(info.value)
    assert fired is not None
    assert (fired.names, fired.how, fired.seconds) == (("SQLAlchemy pool_timeout",), How.DRIVER, 0.05)
