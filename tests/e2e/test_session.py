"""What a real server says of the session: seen by a plain user, a remark at most, and no line in the server's log."""

from contextlib import closing

import psycopg
import pytest

from tests.e2e import authority
from tests.e2e.ordinary import Ordinary
from tests.e2e.program import Report, check, environment
from tests.wire.postgres import debian, server

pytestmark = pytest.mark.interop

AS_MADE = "max_connections = 100\n"
"""A standby may not have fewer than the cluster was made with."""

WAYS = [
    ("SET default_transaction_read_only = on", "RESET default_transaction_read_only", "read_only"),
    ("SET statement_timeout = '900ms'", "RESET statement_timeout", "statement_timeout"),
    ("SET idle_session_timeout = '1min'", "RESET idle_session_timeout", "idle_session_timeout"),
    (
        "SET idle_in_transaction_session_timeout = 1",
        "RESET idle_in_transaction_session_timeout",
        "idle_in_transaction_timeout",
    ),
    ("CONNECTION LIMIT 3", "CONNECTION LIMIT -1", "role_limit"),
    ("VALID UNTIL 'tomorrow'", "VALID UNTIL 'infinity'", "password_expires"),
]


def visit(postgres: Ordinary, **more: str) -> tuple[int, dict[str, object], Report]:
    done, report = check(environ=environment(**postgres.variables(user="by_md5"), **more))
    return done.returncode, report.check("postgres.session"), report


def administered(postgres: Ordinary, statement: str) -> None:
    with closing(postgres.administrator()) as connection:
        connection.execute(statement.encode())


def test_an_ordinary_session_passes_without_a_line_in_the_log(postgres: Ordinary) -> None:
    before = postgres.log_lines()
    code, session, _ = visit(postgres)
    assert (code, session["status"]) == (0, "pass")
    assert postgres.log_lines() == before


@pytest.mark.parametrize("change, back, slug", WAYS, ids=[slug for _, _, slug in WAYS])
def test_what_an_app_would_run_into_is_a_remark_and_the_path_works(
    postgres: Ordinary, change: str, back: str, slug: str
) -> None:
    administered(postgres, f"ALTER ROLE by_md5 {change}")
    try:
        before = postgres.log_lines()
        code, session, report = visit(postgres)
        assert postgres.log_lines() == before
    finally:
        administered(postgres, f"ALTER ROLE by_md5 {back}")
    assert (code, session["status"], session["code"]) == (0, "warn", f"postgres.session.{slug}")
    assert report.causes == []


def test_where_the_tables_are_closed_nothing_is_tried_that_the_server_would_log(postgres: Ordinary) -> None:
    administered(postgres, "REVOKE SELECT ON pg_roles FROM PUBLIC")
    try:
        before = postgres.log_lines()
        code, session, _ = visit(postgres)
        assert postgres.log_lines() == before
    finally:
        administered(postgres, "GRANT SELECT ON pg_roles TO PUBLIC")
    assert (code, session["status"]) == (0, "pass")


def test_a_real_standby_is_a_remark_unless_a_name_says_that_it_is_meant() -> None:
    _, files = authority.make()
    files = {**files, "standby.signal": b""}
    with server(
        debian(), hba="local all all trust\nhost all all all trust\n", files=files, settings=AS_MADE
    ) as standby:
        url = f"postgresql://postgres@127.0.0.1:{standby.port}/postgres"
        done, report = check(environ=environment(DATABASE_URL=url))
        session = report.check("postgres.session")
        assert (done.returncode, session["status"], session["code"]) == (0, "warn", "postgres.session.in_recovery")
        assert {warning["cause"] for warning in report.document["warnings"]} == {"pg.read_only"}
        done, report = check(environ=environment(DATABASE_URL=f"{url}?target_session_attrs=read-only"))
        assert report.check("postgres.session")["status"] == "pass"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), closing(psycopg.connect(url)) as app:
            app.execute("CREATE TABLE t ()")
