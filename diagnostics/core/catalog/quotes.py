"""What the other side said in its own words, for whoever knows them better than we do, or searches for them."""

from diagnostics.core.facts import DriverFact, Fact, PostgresAuth, PostgresQuery, PostgresStartup, TlsHandshake


def quote(fact: Fact) -> str:
    """The sentence that a check was answered with, and its SQLSTATE; empty where it was none. Cleaned already."""
    if isinstance(fact, TlsHandshake | PostgresStartup | PostgresAuth | PostgresQuery):
        error = fact.error
        return _quoted("the server", (error.message, error.detail), error.sqlstate) if error else ""
    if isinstance(fact, DriverFact):
        return _quoted("the driver", (fact.message,), fact.sqlstate)
    return ""


def _quoted(who: str, sentences: tuple[str, ...], sqlstate: str) -> str:
    said = " ".join(f"\u201c{sentence}\u201d" for sentence in sentences if sentence)
    return f"{who}: {said}{f' ({sqlstate})' if sqlstate else ''}" if said else ""
