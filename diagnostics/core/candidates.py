"""Words about what settings may mean: which server, and why a candidate was taken or was not."""

from enum import StrEnum


class Engine(StrEnum):
    """A database server. We speak PostgreSQL; to the others of Cloud SQL the path is walked as far as it is alike."""

    POSTGRES = "postgresql"
    MYSQL = "mysql"
    SQLSERVER = "sqlserver"
    ALLOYDB = "alloydb"
    """PostgreSQL behind another control plane: its address is walked to the end, what names an instance is not."""
    OTHER = "other"
    """No relational server at an address: SQLite, Redis, a document store."""


SPOKEN = frozenset({Engine.POSTGRES, Engine.ALLOYDB})
"""Those that speak PostgreSQL's protocol, so that we can log in."""


class Choice(StrEnum):
    """Why a candidate was taken, or was not."""

    NAMED = "named"
    """Taken: our own options, the config file or ``--from`` say so."""
    ONLY = "only"
    """Taken: there is no other."""
    PRECEDENCE = "precedence"
    """Taken: the best known one of several; precedence is documented in the settings reference."""
    SAME_TARGET = "same_target"
    """Not taken: it says the same as the one that was."""
    LESS_KNOWN = "less_known"
    """Not taken: the one that was goes before it, and it names something else. ``--from`` chooses it."""
    INCOMPLETE = "incomplete"
    """Not taken: it does not say where the database is."""
    UNREADABLE = "unreadable"
    """Not taken: no reader that we know understands it."""
    OTHER_ENGINE = "other_engine"
    """Not taken: it is not PostgreSQL's, and there is one that is."""

    @property
    def taken(self) -> bool:
        """Whether the candidate is the target."""
        return self in {Choice.NAMED, Choice.ONLY, Choice.PRECEDENCE}
