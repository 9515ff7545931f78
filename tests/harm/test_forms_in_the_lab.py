"""The same with everything real: one form of each kind on each route, in the lab."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from diagnostics.app.session import open_session
from diagnostics.core.model import Route, SettingForm
from diagnostics.core.report import Report
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login
from diagnostics.lab.world import Route as LabRoute
from diagnostics.surfaces.services import CommandLine, Verb
from tests.harm.test_forms_on_fakes import EVERY, ON_THE_WAY
from tests.harm.world import Unwatched, let_in
from tests.settings.around import load
from tests.settings.forms import At, Form

LIMIT = 60.0
"""Seconds of one run, as ``check`` has them."""

AT_ONCE = 2
"""Processes side by side: as many as there are cores."""


def kind(form: Form, at: At) -> tuple[Route, SettingForm]:
    """The route, and the shape in which it is said."""
    (resolution,) = load(dict(form.build(at))).resolutions
    return at.route, next(each.form for each in resolution.candidates if each.choice.taken)


ONE_OF_EACH = {kind(form, at): form for form, at in reversed(EVERY)}
routes = pytest.mark.parametrize("route", Route)


def environments(lab: Lab, route: Route, *faults: str) -> Iterator[tuple[Form, dict[str, str]]]:
    """The lab's own variables, and its place said in each form that there is on the route."""
    made = lab.arrange(*faults, route=LabRoute(route.value), login=Login.PASSWORD)
    at = At(
        route=route,
        host=made.get("POSTGRES_HOST", ""),
        port=int(made.get("POSTGRES_PORT", "5432")),
        instance=made["INSTANCE_CONNECTION_NAME"],
        database=made["POSTGRES_DB"],
        user=made["POSTGRES_USER"],
        password=made["POSTGRES_PASSWORD"],
    )
    others = {
        name: text
        for name, text in made.items()
        if not name.startswith("POSTGRES_") and name != "INSTANCE_CONNECTION_NAME"
    }
    for (on, _), form in ONE_OF_EACH.items():
        if on is route:
            yield form, {**others, **form.build(at)}


async def check(environ: Mapping[str, str]) -> Report:
    seen: list[Report] = []
    await open_session(CommandLine(verb=Verb.CHECK), environ).run(Unwatched(), seen.append, LIMIT)
    (report,) = seen
    return report


def reports(lab: Lab, route: Route, *faults: str) -> dict[str, Report]:
    """What ``check`` says of each form, all at once."""

    async def all_of_them() -> dict[str, Report]:
        forms = list(environments(lab, route, *faults))
        found = await asyncio.gather(*(check(environ) for _, environ in forms))
        return {form.name: report for (form, _), report in zip(forms, found, strict=True)}

    return asyncio.run(all_of_them())


def test_every_kind_of_form_is_there() -> None:
    """What is said in our own options needs no reader, and a place alone is half of a group."""
    assert {kind for _, kind in ONE_OF_EACH} == set(SettingForm) - {SettingForm.OPTIONS, SettingForm.PLACE}


@routes
def test_check_and_gate_find_nothing_wrong_with_what_works(lab: Lab, route: Route) -> None:
    for name, report in reports(lab, route).items():
        assert (name, report.exit_code, report.diagnoses, let_in(report)) == (name, 0, (), True)


@routes
def test_wait_starts_the_command(lab: Lab, route: Route) -> None:
    def started(environ: Mapping[str, str]) -> tuple[int, str]:
        done = lab.run("cloudsql-diag", "wait", "--", "echo", "started", environment=environ)
        return done.returncode, done.stdout

    forms = list(environments(lab, route))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(started, [environ for _, environ in forms]))
    assert {form.name: end for (form, _), end in zip(forms, ended, strict=True)} == {
        form.name: (0, "started\n") for form, _ in forms
    }


@routes
def test_a_wrong_password_keeps_its_cause(lab: Lab, route: Route) -> None:
    found = reports(lab, route, "wrong-password")
    assert {name: [each.cause for each in report.diagnoses] for name, report in found.items()} == {
        name: ["pg.auth_password"] for name in found
    }
    assert not any(map(let_in, found.values()))


@routes
def test_silence_keeps_a_cause_on_the_way(lab: Lab, route: Route) -> None:
    for name, report in reports(lab, route, "silent-drop").items():
        (diagnosis,) = report.diagnoses
        assert diagnosis.layer in ON_THE_WAY, (name, diagnosis.cause)
        assert not let_in(report)
