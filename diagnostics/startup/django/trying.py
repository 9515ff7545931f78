"""Reaching one of Django's databases."""

from diagnostics.startup.guarding import report
from diagnostics.startup.judging import judge
from diagnostics.startup.ledger import Ledger
from diagnostics.startup.retry import connect_sync

TOTAL = 10.0
"""Seconds for all tries of a database: a deploy step that runs the check waits no longer for a server that starts."""


def failure(alias: str) -> str:
    """Why the database of that alias cannot be reached; empty where it can."""
    from django.db import connections

    ledger = Ledger(name=alias)
    try:
        connect_sync(connections[alias].ensure_connection, ledger=ledger, total=TOTAL)
    except Exception as exc:  # noqa: BLE001 - whatever the backend raises is the answer
        said = report(exc, ledger=ledger)
        return said.message if said else judge(exc).reason
    return ""
