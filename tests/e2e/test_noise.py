"""Our visits leave nothing in the server's log: a healthy run, and a climb that ends early on purpose."""

import pytest

from tests.e2e.ordinary import Ordinary
from tests.e2e.program import check, environment

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
