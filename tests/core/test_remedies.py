"""No remedy is in vain: of every finding by itself, on every route, in every place, and of what more was measured."""

import pytest

from diagnostics.core.assemble import assemble
from diagnostics.core.catalog import causes
from diagnostics.core.catalog.entry import Need
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.facts import EgressInstance
from diagnostics.core.findings import Code
from diagnostics.core.model import IpType, Route
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Run, passed
from diagnostics.core.report import AgentInfo, Report
from tests.core.stories import (
    CLOUD_RUN,
    LAPTOP,
    PRIVATE_IP,
    PUBLIC_IP,
    STRANGE_IP,
    attempt,
    dial,
    fail,
    needed,
    settings,
    story,
    target,
)
from tests.remedies import contradictions

D, C = Route.DIRECT, Route.CONNECTOR
PLACES = {"cloud run": CLOUD_RUN, "laptop": LAPTOP}


def reported(run: Run) -> Report:
    return assemble(run, agent=AgentInfo(version="0"), titles={})


ALONE = [
    (route, place, code)
    for route in Route
    for place in PLACES
    for code in Code
    if code.check in needed(route) and not (route is Route.SOCKET and code.check is CheckId.TLS_HANDSHAKE)
]


@pytest.mark.parametrize("route, place, code", ALONE, ids=[f"{r.value}-{p}-{c.value}" for r, p, c in ALONE])
def test_a_finding_by_itself_has_remedies_and_none_in_vain(route: Route, place: str, code: Code) -> None:
    assert code.check is not None
    for subject in (target(route), target(route, instance=None)) if route is D else (target(route),):
        report = reported(story(route, {code.check: fail(code)}, platform=PLACES[place], subject=subject))
        assert contradictions(report) == []
        assert all(diagnosis.remedies for diagnosis in report.diagnoses)


def test_nobody_is_sent_to_an_address_that_was_silent() -> None:
    """The app's address is none of the instance's, and of those one answers."""
    measured = EgressInstance(attempts=(attempt(Reach.SILENT, PUBLIC_IP), attempt(Reach.OPEN, PRIVATE_IP)))
    run = story(
        D,
        {
            CheckId.TCP_CONNECT: dial(Reach.SILENT, STRANGE_IP),
            CheckId.ADMIN_CONNECT_SETTINGS: passed(settings(IpType.PUBLIC, IpType.PRIVATE)),
            CheckId.EGRESS_INSTANCE: passed(measured),
        },
        subject=target(D, host=STRANGE_IP),
    )
    report = reported(run)
    commands = " ".join(remedy.command for diagnosis in report.diagnoses for remedy in diagnosis.remedies)
    assert contradictions(report) == []
    assert PUBLIC_IP not in commands
    assert PRIVATE_IP in commands


def test_a_wrong_region_is_replaced_by_the_one_that_the_api_names() -> None:
    code = Code.ADMIN_CONNECT_SETTINGS_REGION_MISMATCH
    run = story(C, {CheckId.ADMIN_CONNECT_SETTINGS: fail(code, about="europe-west1", other="europe-west4")})
    (diagnosis,) = reported(run).diagnoses
    commands = " ".join(remedy.command for remedy in diagnosis.remedies)
    assert "acme-prod:europe-west4:orders" in commands
    assert "PROJECT:REGION:INSTANCE" not in commands


@pytest.mark.parametrize("cause", Cause)
def test_what_makes_a_thing_does_not_need_it(cause: Cause) -> None:
    entry = causes.entry(cause)
    for step in (*entry.steps, *(step for case in entry.cases for step in case.steps)):
        assert not {Need.ROLE, Need.NO_ROLE} <= step.needs, step.command
