"""For gunicorn: which limit was open when a worker was killed.

In ``gunicorn.conf.py``:

    from diagnostics.startup.gunicorn import post_fork, worker_abort

The master binds the port before a worker has loaded the app, so Cloud Run's probe passes although nothing works. A
worker that hangs is ended by SIGABRT after ``--timeout`` (30 s) with no word of what it waited for; one that hangs
while it loads the app is not ended at all, because gunicorn counts from a worker's first sign of life (27.0).
"""

from typing import Any

from diagnostics.startup.guarding import report
from diagnostics.startup.ledger import Ledger

_ledger: Ledger | None = None


class WorkerAborted(TimeoutError):
    """gunicorn ended the worker because it gave no sign of life for ``--timeout`` seconds."""


def ledger() -> Ledger:
    """The ledger of this worker: use it in the app for the limits that the hook should know."""
    global _ledger  # noqa: PLW0603 - one a process, as gunicorn's hooks are
    if _ledger is None:
        _ledger = Ledger(name="worker")
    return _ledger


def post_fork(server: Any, worker: Any) -> None:
    """A fresh ledger in each worker, with gunicorn's own timer declared."""
    global _ledger  # noqa: PLW0603 - as above
    _ledger = Ledger(name="worker")
    seconds = float(getattr(worker, "timeout", 0) or 0) * 2 or float(server.cfg.timeout or 0)
    if seconds > 0:
        _ledger.declare("gunicorn --timeout", seconds, source="gunicorn")


def worker_abort(_worker: Any) -> None:
    """Called in the worker on SIGABRT: one line with the limits that were open. No child is started any more."""
    report(WorkerAborted(), ledger=ledger(), diagnose="agent", budget=1.0)
