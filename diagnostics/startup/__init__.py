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

from diagnostics.startup.guarding import State, guard, report
from diagnostics.startup.judging import Judgement, judge, worth_retrying
from diagnostics.startup.ledger import Ledger, Limit, LimitExceeded
from diagnostics.startup.line import Report
from diagnostics.startup.retry import Retry, connect, connect_sync
from diagnostics.startup.table import Verdict
from diagnostics.startup.timers import Fired, How, Sure, Timer

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
