"""Timers that an app does not set itself and that fire all the same, and what the fired one is called.

What each raises was measured with asyncpg 0.32, psycopg 3.3, psycopg_pool 3.3 and SQLAlchemy 2.1 on Python 3.11 to
3.13; the defaults stand in the documentation of each.
"""

import enum
import errno
import re
from typing import NamedTuple

from diagnostics.startup.chain import chain, owner_of_timer, text_of, type_names


class Sure(enum.StrEnum):
    """How sure it is that this timer fired: it says so itself, its time fits, or nobody can tell."""

    SURE = "sure"
    PROBABLY = "probably"
    UNKNOWN = "unknown"


class How(enum.StrEnum):
    """What ended the waiting."""

    LIMIT = "limit"
    """One of the app's own limits, as the ledger knows it."""
    DRIVER = "driver"
    """A timer of a driver, pool or connector."""
    KERNEL = "kernel"
    """TCP gave up by itself."""
    UNDECLARED = "undeclared"
    """``asyncio.timeout`` or ``wait_for`` of somebody who did not tell the ledger."""
    DECLARED = "declared"
    """A declared timer whose seconds fit what had passed."""
    BLOCKED_LOOP = "blocked_loop"
    """The event loop was held for longer than the limit: a blocking call, or no CPU."""
    MEASURED = "measured"
    """A limit around synchronous code, which cannot be interrupted: it was exceeded, and stopped nothing."""
    CANCELLED = "cancelled"
    """Cancelled from outside: SIGTERM, a server that shuts down."""
    UNKNOWN = "unknown"


class Timer(NamedTuple):
    """One row of the ledger, for a person or the log line. Times in seconds."""

    name: str
    seconds: float | None
    elapsed: float | None
    """None for a timer of somebody else: nobody tells when it started."""
    fired: bool
    source: str


class Fired(NamedTuple):
    """The timer that ended a start-up."""

    names: tuple[str, ...]
    """Several only where their deadlines were the same."""
    seconds: float | None
    elapsed: float | None
    how: How
    sure: Sure
    late: float = 0.0
    """Seconds by which it fired too late, because the event loop was held."""


class Known(NamedTuple):
    """A timer of a library or of the platform, and how its exception looks where it has one."""

    name: str
    seconds: float
    kinds: tuple[str, ...] = ()
    """``package.Type`` of its exception."""
    text: str = ""
    """Pattern that its message has to hold, too."""
    owners: tuple[str, ...] = ()
    """Packages from which asyncio's timer is called, where the exception is a bare TimeoutError."""


KNOWN = (
    Known("psycopg_pool timeout", 30.0, kinds=("psycopg_pool.PoolTimeout",)),
    Known("SQLAlchemy pool_timeout", 30.0, kinds=("sqlalchemy.TimeoutError",), text="QueuePool limit"),
    # libpq's own word for its connect_timeout is the second; psycopg 3.2 and later set 130 s where nobody sets one.
    Known("psycopg connect_timeout", 130.0, kinds=("psycopg.ConnectionTimeout",)),
    Known(
        "connect_timeout of libpq",
        0.0,
        kinds=("psycopg2.OperationalError", "psycopg.OperationalError"),
        text="timeout expired",
    ),
    Known("asyncpg timeout", 60.0, owners=("asyncpg",)),
    Known("pg8000 timeout", 0.0, kinds=("pg8000.InterfaceError", "pg8000.OperationalError"), text="timed out"),
    Known("Cloud SQL connector timeout", 30.0, owners=("google.cloud.sql.connector",)),
    Known(
        "aiohttp timeout",
        300.0,
        kinds=("aiohttp.ServerTimeoutError", "aiohttp.ConnectionTimeoutError"),
        owners=("aiohttp",),
    ),
)
"""Told apart by what they raise. 0 where the library sets none by itself."""

PLATFORM = {
    "asyncpg timeout": 60.0,
    "psycopg connect_timeout": 130.0,
    "SQLAlchemy pool_timeout": 30.0,
    "psycopg_pool timeout": 30.0,
    "Cloud SQL connector timeout": 30.0,
    "/cloudsql dial": 10.0,
    "cloud-sql-proxy dial": 30.0,
    "gunicorn --timeout": 30.0,
    "startup probe": 240.0,
    "TCP SYN retries": 127.0,
}
"""Seconds of each timer as it is by default, for ``Ledger.declare_known``. Linux sends six SYNs, over 127 s."""


def by_library(exc: BaseException) -> Fired | None:
    """The timer of the kernel, a library or of asyncio that an exception names by itself; None where none does."""
    for each in chain(exc):
        found = _kernel(each) or _by_kind(each) or _by_owner(each)
        if found:
            return found
    return None


def _kernel(exc: BaseException) -> Fired | None:
    if isinstance(exc, OSError) and exc.errno == errno.ETIMEDOUT:
        return Fired(("TCP of the kernel",), None, None, How.KERNEL, Sure.SURE)
    return None


def _by_kind(exc: BaseException) -> Fired | None:
    kinds = type_names(exc)
    for known in KNOWN:
        if not set(known.kinds).isdisjoint(kinds) and (not known.text or re.search(known.text, text_of(exc))):
            return Fired((known.name,), _seconds_in(text_of(exc)), None, How.DRIVER, Sure.SURE)
    return None


def _by_owner(exc: BaseException) -> Fired | None:
    owner = owner_of_timer(exc) if isinstance(exc, TimeoutError) else None
    if owner is None or owner[0].startswith("diagnostics.startup"):
        return None
    module, line = owner
    for known in KNOWN:
        if any(module == package or module.startswith(f"{package}.") for package in known.owners):
            return Fired((known.name,), None, None, How.DRIVER, Sure.SURE)
    return Fired((f"asyncio timer of {module}, line {line}",), None, None, How.UNDECLARED, Sure.SURE)


def _seconds_in(text: str) -> float | None:
    """SQLAlchemy and psycopg_pool say their limit in the message."""
    found = re.search(r"timeout (\d+(?:\.\d+)?)|after (\d+(?:\.\d+)?) sec", text)
    return float(found[1] or found[2]) if found else None


def is_timeout(exc: BaseException) -> bool:
    """Whether an exception, or one behind it, says that a time was over."""
    return any(isinstance(each, TimeoutError) or "imeout" in type(each).__name__ for each in chain(exc))
