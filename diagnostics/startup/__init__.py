"""For an app's own start-up: which limit fired, what is worth retrying, and why the database was not reached.

Standard library only, so ``pip install --no-deps cloudsql-diag`` is enough; nothing is sent and no thread is started
while all is well. It never exits, never answers a probe, and never changes the exception that the app would have seen.

    from diagnostics import startup

    ledger = startup.Ledger()
    async with startup.guard(ledger=ledger), ledger.limit("init", 8.0, source="AppConfig.INIT"):
        async with ledger.limit("table_setup", 5.0, source="db.py"):
            pool = await startup.connect(lambda: asyncpg.create_pool(dsn), ledger=ledger)

Adapters are modules of their own, loaded by those who import them: ``diagnostics.startup.asgi``, ``.django``,
``.gunicorn``, ``.sqlalchemy``.
"""

from typing import TYPE_CHECKING, Any

from diagnostics.startup.guarding import State, guard, report
from diagnostics.startup.ledger import Ledger, Limit, LimitExceeded
from diagnostics.startup.retry import connect, connect_sync

if TYPE_CHECKING:
    from diagnostics.startup.judging import Judgement, judge, worth_retrying
    from diagnostics.startup.line import Report
    from diagnostics.startup.plan import Retry
    from diagnostics.startup.table import Verdict
    from diagnostics.startup.timers import Fired, How, Sure, Timer

_LATER = {
    "Judgement": "judging",
    "judge": "judging",
    "worth_retrying": "judging",
    "Report": "line",
    "Retry": "plan",
    "Verdict": "table",
    "Fired": "timers",
    "How": "timers",
    "Sure": "timers",
    "Timer": "timers",
}
"""What a start-up that is well never asks for, and the module that has it: an import is part of the app's own start."""

__all__ = [
    "Fired",
    "How",
    "Judgement",
    "Ledger",
    "Limit",
    "LimitExceeded",
    "Report",
    "Retry",
    "State",
    "Sure",
    "Timer",
    "Verdict",
    "connect",
    "connect_sync",
    "guard",
    "judge",
    "report",
    "worth_retrying",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for the first time."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
