"""Whose PostgreSQL stands behind the instance makes no difference to what is found out on the way that it is given."""

from collections.abc import Iterator

import pytest

from diagnostics.core.model import Status
from diagnostics.lab.fault import Expected, Fault, Place
from diagnostics.lab.lab import Lab
from diagnostics.lab.postgres import Binaries
from diagnostics.lab.setup import find
from diagnostics.lab.world import Login, Route
from tests.scenarios.test_faults import ON_LOOPBACK, checked, row_id

pytestmark = pytest.mark.interop

IN_FRONT = {"silent-drop", "slow-link", "garbage-after-query"}
"""Of the faults of the network, which end in front of the server: before it, through it, and after its last word."""

ROWS = [
    (fault, expected)
    for fault in ON_LOOPBACK
    for expected in fault.expected
    if (fault.place is Place.INSTANCE or fault.name in IN_FRONT) and expected.route is Route.DIRECT
]
"""The faults that the instance acts out, on the one route on which the distribution's server is met itself."""


@pytest.fixture(scope="module")
def debian() -> Iterator[Lab]:
    with Lab(binaries=Binaries.DEBIAN) as running:
        yield running


@pytest.mark.parametrize("login", Login)
def test_a_healthy_route_is_healthy(debian: Lab, login: Login) -> None:
    done, report = checked(debian, debian.arrange(route=Route.DIRECT, login=login))
    assert (done.returncode, report.status, report.diagnoses) == (0, Status.PASS, ())


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_fault_is_named_when_it_was_on_before(debian: Lab, row: tuple[Fault, Expected]) -> None:
    fault, expected = row
    done, report = checked(debian, debian.arrange(fault.name, route=Route.DIRECT, login=expected.login))
    causes = [diagnosis.cause for diagnosis in report.diagnoses]
    assert (done.returncode, causes) == (expected.exit, [expected.cause] if expected.cause else [])


@pytest.mark.parametrize("name", ["starting-up", "no-pg-hba-entry", "client-cert-required"])
def test_a_fault_that_comes_while_the_lab_runs_is_named_and_gone_with_it(debian: Lab, name: str) -> None:
    environment = debian.arrange(route=Route.DIRECT)
    assert checked(debian, environment)[0].returncode == 0
    debian.switchboard.on(name)
    expected = find(name).on(Route.DIRECT, Login.PASSWORD)
    assert expected is not None
    done, report = checked(debian, environment)
    assert (done.returncode, [each.cause for each in report.diagnoses]) == (expected.exit, [expected.cause])
    debian.switchboard.off(name)
    assert checked(debian, environment)[0].returncode == 0
