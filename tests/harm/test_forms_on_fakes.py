"""Nothing healthy is held back, whatever form its settings have; and what is broken is still seen for what it is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnostics.core.codes import CheckId, Layer
from diagnostics.core.model import DriverChoice, Route
from tests.harm.world import TAKEN_FOR_GRANTED, Broken, judged
from tests.settings.around import CLOUD_RUN, INSTANCE, load
from tests.settings.forms import FORMS, At, Form, url

PLACES = {
    Route.SOCKET: At(route=Route.SOCKET, host=f"/cloudsql/{INSTANCE}"),
    Route.DIRECT: At(),
    Route.CONNECTOR: At(route=Route.CONNECTOR),
}
EVERY = [(form, PLACES[route]) for form in FORMS for route in form.routes]
every_form = pytest.mark.parametrize("form, at", EVERY, ids=[f"{form.name}-{at.route}" for form, at in EVERY])

ON_THE_WAY = frozenset({Layer.TCP, Layer.VPC, Layer.NET, Layer.PG, Layer.INSTANCE})
"""Layers of causes of silence."""


@every_form
def test_nothing_healthy_is_held_back(form: Form, at: At) -> None:
    found = judged(load({**form.build(at), **CLOUD_RUN}), at.password)
    assert (found.report.exit_code, found.report.diagnoses) == (0, ())
    assert (found.waited, found.let_in) == (0, True)


@every_form
def test_a_driver_that_the_app_does_not_name_holds_nobody_back(form: Form, at: At) -> None:
    """Tried with all drivers there are: what they refuse is theirs."""
    loaded = load({**form.build(at), **CLOUD_RUN})
    found = judged(loaded, at.password, options=replace(loaded.options, drivers=DriverChoice.ALL))
    assert (found.report.exit_code, found.report.diagnoses) == (0, ())
    assert (found.waited, found.let_in) == (0, True)


@every_form
def test_a_wrong_password_is_still_seen(form: Form, at: At) -> None:
    found = judged(load({**form.build(at), **CLOUD_RUN}), at.password, Broken.PASSWORD)
    assert [each.cause for each in found.report.diagnoses] == ["pg.auth_password"]
    assert (found.waited, found.let_in) == (124, False)


@every_form
def test_silence_is_still_seen(form: Form, at: At) -> None:
    found = judged(load({**form.build(at), **CLOUD_RUN}), at.password, Broken.SILENCE)
    assert [each.layer for each in found.report.diagnoses if each.layer in ON_THE_WAY]
    assert len(found.report.diagnoses) == 1
    assert (found.waited, found.let_in) == (124, False)


OPTIONS = st.lists(
    st.tuples(
        st.text(alphabet=string.ascii_letters + "_", min_size=1, max_size=12).map(lambda name: f"x_{name}"),
        st.text(alphabet=string.ascii_letters + string.digits, max_size=8),
    ),
    max_size=3,
).map(lambda pairs: [f"{name}={value}" for name, value in pairs])


@given(scheme=st.sampled_from(["postgres", "postgresql", "postgis", "ecto", "pgx5"]), options=OPTIONS)
def test_an_option_that_we_do_not_know_is_the_apps_own_affair(scheme: str, options: list[str]) -> None:
    at = PLACES[Route.DIRECT]
    found = judged(load({"DATABASE_URL": url(at, scheme, *options), **CLOUD_RUN}), at.password)
    assert (found.report.exit_code, found.waited, found.let_in) == (0, 0, True)


NOT_OURS = st.text(alphabet=string.ascii_uppercase, min_size=3, max_size=10)


@given(names=st.lists(NOT_OURS, max_size=4), strange=st.sampled_from(["ORDERS_STORE", "BACKEND", "LEDGER_PLACE"]))
def test_settings_that_we_do_not_know_hold_nobody_back(names: list[str], strange: str) -> None:
    environ = {f"APP_{name}": "1" for name in names} | {strange: "the app knows what this means"}
    found = judged(load(environ | CLOUD_RUN), "")
    assert (found.report.exit_code, found.report.diagnoses) == (22, ())
    assert (found.waited, found.let_in) == (0, True)


@given(st.sets(st.sampled_from(sorted(TAKEN_FOR_GRANTED))))
def test_what_only_some_route_needs_is_held_against_nobody_without_settings(broken: set[CheckId]) -> None:
    """No service account on a machine where nobody knows whether the app wants one."""
    found = judged(load({"LEDGER_PLACE": "the app knows what this means"} | CLOUD_RUN), "", failing=broken)
    assert (found.report.exit_code, found.report.diagnoses) == (22, ())
    assert (found.waited, found.let_in) == (0, True)
