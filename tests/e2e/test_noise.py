"""Our visits leave nothing in the server's log: a healthy run, and a climb that ends early on purpose."""

import pytest

from tests.e2e.ordinary import Ordinary
from tests.e2e.program import check, environment, run
from tests.sidecar.process import NOWHERE, OUTSIDE, serving

pytestmark = pytest.mark.interop

PLACES = ["tls", "plain", "socket"]


def url(postgres: Ordinary, place: str, scheme: str = "postgresql") -> str:
    if place == "socket":
        return postgres.url(str(postgres.directory), scheme=scheme)
    return postgres.url(scheme=scheme, sslmode="require" if place == "tls" else "disable")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("depth", ["tcp", "tls", "startup", "auth", "query"])
def test_climb_of_any_depth_leaves_no_line(postgres: Ordinary, place: str, depth: str) -> None:
    before = postgres.log_lines()
    done, report = check("--depth", depth, environ=environment(DATABASE_URL=url(postgres, place)))
    assert done.returncode == 0, report.codes()
    assert postgres.log_lines() == before


@pytest.mark.parametrize("place", PLACES)
def test_drivers_leave_no_line(postgres: Ordinary, place: str) -> None:
    before = postgres.log_lines()
    done, report = check("--drivers", "all", environ=environment(DATABASE_URL=url(postgres, place)))
    assert done.returncode == 0, report.codes()
    assert report.with_status("pass") >= {"driver.asyncpg", "driver.psycopg"}
    assert postgres.log_lines() == before


def test_the_log_tells_of_a_visitor_who_is_refused(postgres: Ordinary) -> None:
    """The other tests prove something only if the server logs what is worth a line."""
    before = postgres.log_lines()
    variables = postgres.variables(password="another")
    assert check(environ=environment(**variables))[0].returncode == 18
    assert len(postgres.log_lines()) > len(before)


def failed_logins(postgres: Ordinary) -> int:
    return sum("password authentication failed" in line for line in postgres.log_lines())


def test_a_sidecar_with_a_wrong_password_is_logged_once_and_notices_when_it_is_set(postgres: Ordinary) -> None:
    """What it looks at meanwhile, down to the salt, the server does not find worth a line."""
    before, lines = failed_logins(postgres), len(postgres.log_lines())
    wrong = "another password"
    with serving(OUTSIDE, {**NOWHERE, **postgres.variables(password=wrong)}) as served:
        served.until("/api/v1/report", "pg.auth_password")
        served.until_runs(6)
        assert failed_logins(postgres) == before + 1
        assert len(postgres.log_lines()) - lines <= 2, "the failure, and its detail"
        with postgres.password_of("by_scram", wrong):
            served.until("/api/v1/report", '"status":"pass","exit_code":0')


@pytest.mark.parametrize("user", ["by_scram", "by_md5", "by_password"])
def test_a_wait_with_a_wrong_password_is_logged_once_in_a_minute(postgres: Ordinary, user: str) -> None:
    before = failed_logins(postgres)
    variables = environment(**postgres.variables(user=user, password="another password"))
    assert run("wait", "--timeout", "3", environ=variables).returncode == 124
    assert failed_logins(postgres) == before + 1
