"""Slots of a real server as a plain user sees them, and the app's own limit against a real connection."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from tests.e2e.ordinary import PASSWORD, Ordinary
from tests.e2e.program import check, environment

pytestmark = pytest.mark.interop

USABLE = 17
"""max_connections of the server (20), without the three that are reserved."""


@contextmanager
def crowd(postgres: Ordinary, size: int) -> Iterator[None]:
    """Connections of other roles, whose backends a plain user may see only in part."""
    roles = ("postgres", "by_trust", "by_scram")
    with ExitStack() as stack:
        for number in range(size):
            stack.enter_context(
                psycopg.connect(
                    host=str(postgres.directory),
                    port=postgres.port,
                    user=roles[number % len(roles)],
                    password=PASSWORD,
                    dbname="postgres",
                )
            )
        yield


def visit(postgres: Ordinary, *arguments: str) -> tuple[int, dict[str, object], list[str]]:
    """Exit code, the capacity check as the report has it, and the causes."""
    done, report = check(*arguments, environ=environment(**postgres.variables(user="by_md5")))
    return done.returncode, report.check("postgres.capacity"), report.causes


@pytest.mark.parametrize("others", [0, 6])
def test_a_plain_user_sees_every_client_and_nothing_else(postgres: Ordinary, others: int) -> None:
    before = postgres.log_lines()
    with crowd(postgres, others):
        code, capacity, _ = visit(postgres)
    assert (code, capacity["status"]) == (0, "pass")
    assert capacity["facts"] == {
        "check": "postgres.capacity",
        "max_connections": 20,
        "reserved": 3,
        "in_use": others + 1,
        "free": USABLE - others - 1,
    }
    assert postgres.log_lines() == before


def test_a_server_that_is_nearly_full_still_works_and_is_told(postgres: Ordinary) -> None:
    with crowd(postgres, 12):
        code, capacity, causes = visit(postgres)
    assert (code, capacity["status"], capacity["code"], causes) == (0, "warn", "postgres.capacity.nearly_full", [])


def test_where_the_view_is_closed_nothing_is_tried_that_the_server_would_log(postgres: Ordinary) -> None:
    before = postgres.log_lines()
    with postgres.administrator() as connection:
        connection.execute("REVOKE SELECT ON pg_stat_activity FROM PUBLIC")
        try:
            code, capacity, _ = visit(postgres)
        finally:
            connection.execute("GRANT SELECT ON pg_stat_activity TO PUBLIC")
    assert (code, capacity["status"], capacity["skip_reason"]) == (0, "unknown", "not_permitted")
    assert postgres.log_lines() == before


@pytest.mark.parametrize("depth", ["tcp", "startup", "auth"])
def test_a_shorter_climb_has_no_connection_to_ask_on(postgres: Ordinary, depth: str) -> None:
    _, capacity, _ = visit(postgres, "--depth", depth)
    assert (capacity["status"], capacity["skip_reason"]) == ("skip", "not_applicable")


@pytest.mark.parametrize("drivers, measurement", [("none", "ladder"), ("auto", "driver")])
def test_a_limit_that_the_path_keeps_is_proven(postgres: Ordinary, drivers: str, measurement: str) -> None:
    # Auto takes a driver only where the app names its own.
    url = postgres.url().replace("postgresql:", "postgresql+asyncpg:")
    environ = environment(DATABASE_URL=url, CLOUDSQL_DIAG_APP_TIMEOUT="20")
    done, report = check("--drivers", drivers, environ=environ)
    budget = report.check("app.budget")
    assert (done.returncode, budget["status"], budget["needed"]) == (0, "pass", True)
    assert budget["facts"]["measurement"] == measurement
    assert 0 < budget["facts"]["measured_seconds"] < 20


def test_a_limit_that_no_path_can_keep_is_the_cause(postgres: Ordinary) -> None:
    done, report = check("--app-timeout", "0.001", environ=environment(**postgres.variables()))
    assert (done.returncode, report.causes) == (20, ["app.timeout_too_short"])
    assert report.with_status("fail") == {"app.budget"}


def test_where_the_path_ends_before_the_limit_is_not_tested(postgres: Ordinary) -> None:
    environ = environment(**postgres.variables(password="another"))
    done, report = check("--app-timeout", "8", environ=environ)
    assert (done.returncode, report.check("app.budget")["blocked_by"]) == (18, "postgres.auth")
    (diagnosis,) = report.document["diagnoses"]
    assert "the app's own time limits" in diagnosis["untested"]
