"""For SQLAlchemy: each connection of an engine, synchronous or asynchronous, is measured in a ledger.

engine = instrument(create_async_engine(url), ledger)
"""

import time
from typing import Any, TypeVar

from diagnostics.startup.ledger import Ledger

E = TypeVar("E")


def instrument(engine: E, ledger: Ledger) -> E:
    """Measure every connect of the engine under ``connect``, and declare the timer of its pool. Returns the engine."""
    from sqlalchemy import event

    core: Any = getattr(engine, "sync_engine", engine)
    seconds = getattr(core.pool, "_timeout", None)
    if isinstance(seconds, int | float) and seconds > 0:
        ledger.declare("SQLAlchemy pool_timeout", float(seconds), source="engine")

    @event.listens_for(core, "do_connect")
    def measured(dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            return dialect.connect(*args, **kwargs)
        finally:
            ledger.measured("connect", time.monotonic() - began, source="SQLAlchemy")

    return engine
