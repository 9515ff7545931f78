"""The steps of the one connection add up to its total, and each step is the check of the same name."""

import pytest

from tests.e2e.ordinary import Ordinary
from tests.e2e.program import check, environment

pytestmark = pytest.mark.interop

RUNGS = ["tcp.connect", "tls.handshake", "postgres.startup", "postgres.auth", "postgres.query"]

MICROSECOND = 1e-6


@pytest.mark.parametrize("mode", ["require", "disable"])
@pytest.mark.parametrize("password,climbed", [(None, 5), ("another", 4)])
def test_rungs_and_the_rest_are_the_total(postgres: Ordinary, mode: str, password: str | None, climbed: int) -> None:
    """Also for a climb that fails: what was not reached has no share."""
    given = {} if password is None else {"password": password}
    _, report = check("--sslmode", mode, environ=environment(**postgres.variables(**given)))
    ladder = report.document["ladder"]
    shares = {rung["check"]: rung["seconds"] for rung in ladder["rungs"]}
    assert list(shares) == RUNGS[:climbed]
    assert sum(shares.values()) + ladder["unattributed_seconds"] == pytest.approx(
        ladder["total_seconds"], abs=MICROSECOND
    )
    assert 0 <= ladder["unattributed_seconds"] < ladder["total_seconds"]
    for rung, seconds in shares.items():
        assert report.check(rung)["duration_seconds"] == pytest.approx(seconds, abs=MICROSECOND)


@pytest.mark.parametrize("depth", range(1, 6))
def test_ladder_ends_where_it_was_told_to(postgres: Ordinary, depth: int) -> None:
    names = ["tcp", "tls", "startup", "auth", "query"]
    _, report = check("--depth", names[depth - 1], environ=environment(DATABASE_URL=postgres.url(sslmode="require")))
    assert [rung["check"] for rung in report.document["ladder"]["rungs"]] == RUNGS[:depth]
    assert {report.check(rung)["skip_reason"] for rung in RUNGS[depth:]} <= {"deselected"}
