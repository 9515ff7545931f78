"""What an exception means for a start-up, told by names, numbers and words."""

import errno
import itertools
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import Cause
from diagnostics.startup import Verdict, judge, table

NEVER, NOT_YET, UNKNOWN = Verdict.NEVER, Verdict.NOT_YET, Verdict.UNKNOWN


def named(package: str, name: str, base: type[Exception] = Exception) -> type[Exception]:
    """A type as another library would have it."""
    return type(name, (base,), {"__module__": f"{package}.errors"})


class Answered(Exception):
    """An answer of Google's API, as aiohttp raises it."""

    __module__ = "aiohttp.client_exceptions"

    def __init__(self, status: int) -> None:
        super().__init__("answered")
        self.status = status


def wrapped(inner: BaseException) -> Exception:
    """As SQLAlchemy does."""
    outer = named("sqlalchemy", "OperationalError")("(driver) failed")
    outer.orig = inner  # type: ignore[attr-defined]
    return outer


def sqlstate(code: str, name: str = "sqlstate") -> Exception:
    exc = Exception("said by the server")
    setattr(exc, name, code)
    return exc


CASES = [
    (sqlstate("57P03"), NOT_YET, "pg.not_ready"),
    (sqlstate("28P01", "pgcode"), NEVER, "pg.auth_password"),
    (Exception({"S": "FATAL", "C": "3D000", "M": "no such database"}), NEVER, "pg.database_missing"),
    (wrapped(sqlstate("53300")), NOT_YET, "pg.too_many_connections"),
    (ExceptionGroup("several", [Exception(), sqlstate("42501")]), NEVER, "pg.permission_denied"),
    (sqlstate("08999"), NOT_YET, ""),
    (Exception('connection failed: FATAL:  role "api" does not exist'), NEVER, ""),
    (Exception("server login has been failing, no such database: shop"), NEVER, "pg.database_missing"),
    (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 5432)"), NOT_YET, "tcp.refused"),
    (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0)"), NOT_YET, "tcp.refused"),
    (
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/cloudsql/p:r:i/.s.PGSQL.5432"),
        NEVER,
        "socket.not_mounted",
    ),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), NOT_YET, "dns.resolver_failure"),
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), NEVER, "dns.nxdomain"),
    (Answered(403), NEVER, "iam.missing_cloudsql_client"),
    (Answered(503), NOT_YET, "api.server_error"),
    (named("sqlalchemy", "NoSuchModuleError")("postgres"), NEVER, "config.driver_missing"),
    (ModuleNotFoundError("No module named 'psycopg2'"), NEVER, "config.driver_missing"),
    (named("psycopg_pool", "PoolTimeout")("pool initialization incomplete after 3.0 sec"), NOT_YET, ""),
    (named("sqlalchemy", "TimeoutError")("QueuePool limit of size 5 overflow 10 reached"), NOT_YET, "pool.exhausted"),
    (RuntimeError("got Future attached to a different loop"), NEVER, "runtime.event_loop_misuse"),
    (ValueError("of the app"), NEVER, ""),
    (TimeoutError(), NOT_YET, "tcp.timeout"),
    (Exception("of the app"), UNKNOWN, ""),
]


@pytest.mark.parametrize("exc,verdict,cause", CASES, ids=[f"{type(exc).__name__}-{cause}" for exc, _, cause in CASES])
def test_verdict_and_cause(exc: BaseException, verdict: Verdict, cause: str) -> None:
    found = judge(exc, on_cloud_run=True)
    assert (found.verdict, found.cause) == (verdict, cause)


def test_a_socket_that_is_not_there_off_cloud_run_may_come_later() -> None:
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory", "/cloudsql/p:r:i/.s.PGSQL.5432")
    assert judge(missing, on_cloud_run=False).verdict is UNKNOWN


def test_a_refusal_beside_the_app_is_waited_for_longer_than_one_elsewhere() -> None:
    beside = judge(ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 5432)"))
    elsewhere = judge(ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.1.2.3', 5432)"))
    assert (beside.within or 0) > (elsewhere.within or 0) > 0


def test_every_cause_of_the_table_is_one_of_the_taxonomy() -> None:
    rows = [
        *table.SQLSTATES.values(),
        *table.ERRNOS.values(),
        *table.HTTP_STATUSES.values(),
        *(means for _, means in (*table.KINDS, *table.LAST_KINDS, *table.TEXTS)),
        *(means for means in vars(table).values() if isinstance(means, table.Means)),
    ]
    assert {means.cause for means in rows} <= {"", *Cause}
    assert {state for _, state in table.MESSAGES} <= set(table.SQLSTATES)
    kinds = [kind for kind, _ in table.KINDS]
    assert len(kinds) == len(set(kinds)), "the second row of a type is never asked"


def test_no_driver_is_imported_for_it() -> None:
    before = set(sys.modules)
    judge(wrapped(TimeoutError()))
    assert set(sys.modules) == before


class Hostile(Exception):
    """Whose every look raises."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    @property
    def sqlstate(self) -> str:
        raise AttributeError("no")


@given(st.lists(st.sampled_from([ValueError, OSError, TimeoutError, Hostile, RuntimeError]), min_size=1, max_size=80))
def test_no_chain_is_too_long_or_too_strange(kinds: list[type[Exception]]) -> None:
    links = [kind("x") for kind in kinds]
    for first, second in itertools.pairwise(links):
        first.__cause__ = second
    # A circle, as code that re-raises an earlier exception makes one.
    links[-1].__context__ = links[0]
    assert judge(links[0]).verdict in Verdict
