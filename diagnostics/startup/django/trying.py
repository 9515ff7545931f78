"""One try of one of Django's databases."""

from diagnostics.startup.guarding import report
from diagnostics.startup.judging import judge
from diagnostics.startup.ledger import Ledger


def failure(alias: str) -> str:
    """Why the database of that alias cannot be reached; empty where it can."""
    from django.db import connections

    ledger = Ledger(name=alias)
    try:
        with ledger.limit("connect", source="django"):
            connections[alias].ensure_connection()
    except Exception as exc:  # noqa: BLE001 - whatever the backend raises is the answer
        said = report(exc, ledger=ledger)
        return said.message if said else judge(exc).reason
    return ""
