"""What a row of the table is: how a login is refused, what is to be said of it, and what lets it in."""

from dataclasses import dataclass, replace

from diagnostics.core.codes import Cause

PASSWORD = "Qz7-Vx9_Kp3.Wm5"
WRONG = "Not-That_One.88"


@dataclass(frozen=True)
class Login:
    """Whom, where and how. ``{me}`` is the row's own role, and the name of its database where it has one."""

    user: str = "{me}"
    password: str = PASSWORD
    database: str = "postgres"
    tls: str = "prefer"
    pooler: str = ""
    """Which pooler; empty is the server itself."""
    over: str = "tcp"
    """``tcp`` or ``socket``."""


@dataclass(frozen=True)
class Command:
    """The remedy's own command, run as it stands by an administrator."""

    holds: str


@dataclass(frozen=True)
class Settings:
    """The app logs in as the remedy tells it to."""

    login: Login


@dataclass(frozen=True)
class Sql:
    """The remedy says it in words, or asks for a password; an administrator does it."""

    statements: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Other lines in pg_hba.conf, and a reload."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Console:
    """A statement on the pooler's console."""

    statement: str


@dataclass(frozen=True)
class Entry:
    """Another entry for the row's database in the pooler's configuration, and a reload."""

    entry: str


@dataclass(frozen=True)
class Release:
    """Whoever held the connections gives them back."""


Fix = Command | Settings | Sql | Rules | Console | Entry | Release

SCRAM = ("host all {me} all scram-sha-256", "local all {me} scram-sha-256")
TRUST = ("host all {me} all trust", "local all {me} trust")


@dataclass(frozen=True)
class Row:
    """One refusal."""

    name: str
    sqlstate: str
    message: str
    """Recorded from the program itself; ``{me}`` as above."""
    cause: Cause
    fix: Fix
    login: Login = Login()
    before: tuple[str, ...] = ()
    """Statements of an administrator, in the database postgres."""
    rules: tuple[str, ...] = SCRAM
    holds: tuple[Login, ...] = ()
    """Sessions that are open while the row is looked at."""
    fills: str = ""
    """``everything`` or ``for others``: every slot of the server is taken, or all but the reserved ones."""
    entry: str = ""
    """The row's database in the pooler's configuration."""
    console: str = ""
    alternatives: frozenset[Cause] = frozenset()
    """Must be among those that are named beside the cause."""

    @property
    def me(self) -> str:
        return self.name.replace("-", "_")


def to(login: Login, **changes: str) -> Settings:
    """The same login but for this."""
    return Settings(replace(login, **changes))
