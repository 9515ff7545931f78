"""Remedies and words are cut to the scene: the route, the place, and how the value in question gets to the process."""

import re
from itertools import product

import pytest
from msgspec.structs import replace

from diagnostics.core.catalog import causes, fill
from diagnostics.core.catalog.causes import server
from diagnostics.core.catalog.entry import CauseEntry, Kept, Place, Scene
from diagnostics.core.codes import Cause, CheckId, Layer
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import (
    Finding,
    Origin,
    Platform,
    PlatformKind,
    Route,
    SettingName,
    Target,
)
from diagnostics.core.names import names_of
from diagnostics.core.outcome import Outcome
from diagnostics.core.report import DiagnosisEntry
from diagnostics.core.rules.table import RULES
from diagnostics.core.scene import nameless_scene
from diagnostics.surfaces.codebook import of_cause
from tests.core.stories import CLOUD_RUN, LAPTOP, fail, hygiene, story, target
from tests.core.test_assemble import report_of
from tests.core.test_catalog import EVERYBODY

D = Route.DIRECT
BAD_PORT = Code.CONFIG_TARGET_BAD_PORT

GOOGLES_OWN = {Layer.ADC, Layer.API, Layer.IAM, Layer.VPC, Layer.NET, Layer.INSTANCE, Layer.QUOTA}
"""Layers that nobody meets without Google Cloud, but for two causes of them."""

ANYBODYS = {Cause.VPC_FIREWALL_DROP, Cause.INSTANCE_OUT_OF_MEMORY}

NAMED_AFTER_GOOGLE = {
    Cause.CONFIG_INSTANCE_NAME_MALFORMED,
    Cause.CONFIG_INSTANCE_NAME_WRONG,
    Cause.RUNTIME_PORT_NOT_LISTENING,
    Cause.RUNTIME_STARTUP_CRASH,
    Cause.RUNTIME_CPU_THROTTLED,
}
"""About a setting or a rule that there is nowhere else."""

GOOGLES_PARTS = re.compile(r"Google|Cloud SQL|Cloud Run|Admin API|VPC|gcloud|revision|the instance\b")


def scene(**changes: object) -> Scene:
    given = {
        "kind": PlatformKind.CLOUD_RUN_SERVICE,
        "google": True,
        "names": EVERYBODY,
        "route": Route.DIRECT,
        "kept": Kept.PLAIN,
        "host_kept": Kept.PLAIN,
    }
    return Scene(**(given | changes))  # type: ignore[arg-type]


def told(entry: CauseEntry, where: Scene) -> str:
    case = entry.case(where)
    steps = (part for step in case.steps for part in (step.text, step.command))
    return " ".join((case.title, case.explanation, case.settled_by, *steps))


SCENES = [
    scene(kind=kind, google=google, route=route, kept=kept, host_kept=host_kept)
    for kind, route, kept, host_kept, google in product(
        (PlatformKind.CLOUD_RUN_SERVICE, PlatformKind.GKE, PlatformKind.ELSEWHERE),
        (*Route, None),
        Kept,
        (Kept.PLAIN, Kept.IN_URL),
        (True, False),
    )
    if google or kind is PlatformKind.ELSEWHERE
]


@pytest.mark.parametrize("cause", Cause)
def test_there_is_something_to_do_in_every_scene(cause: Cause) -> None:
    entry = causes.entry(cause)
    for where in SCENES:
        if possible(cause, where):
            steps = entry.case(where).steps
            assert steps, where
            assert len(steps) <= 7, where


def possible(cause: Cause, where: Scene) -> bool:
    """Whether anybody gets there: no TLS on a socket of our own machine, none of Google's causes without Google."""
    if cause.layer is Layer.TLS and where.route is Route.SOCKET:
        return False
    return where.google or cause.layer not in GOOGLES_OWN or cause in ANYBODYS


@pytest.mark.parametrize("cause", Cause)
def test_no_step_is_said_twice_in_one_scene(cause: Cause) -> None:
    for where in SCENES:
        texts = [step.text for step in causes.entry(cause).case(where).steps]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("cause", Cause)
def test_nobody_without_google_cloud_is_sent_there(cause: Cause) -> None:
    where = scene(kind=PlatformKind.ELSEWHERE, google=False)
    for step in () if cause.layer in GOOGLES_OWN else causes.entry(cause).case(where).steps:
        assert "gcloud " not in step.command
        assert "cloud-sql-proxy " not in step.command
        assert "cloud.google.com" not in step.doc


@pytest.mark.parametrize("cause", [each for each in Cause if each not in NAMED_AFTER_GOOGLE])
def test_nobody_without_google_cloud_is_told_of_its_parts(cause: Cause) -> None:
    for where in SCENES:
        # A connector without an instance is none, and without a route nothing is reached.
        if not where.google and where.route in (Route.DIRECT, Route.SOCKET) and possible(cause, where):
            assert GOOGLES_PARTS.search(told(causes.entry(cause), where)) is None, where


def test_what_would_settle_an_alternative_is_told_by_place() -> None:
    silent = {CheckId.TCP_CONNECT: fail(Code.TCP_CONNECT_SILENT)}
    own = run_of(D, silent, target(D, instance=None), LAPTOP)
    googles = run_of(D, silent, target(D), LAPTOP)
    ways = [
        next(each.settled_by for each in diagnosis.alternatives if each.cause == Cause.VPC_FIREWALL_DROP)
        for diagnosis in (own, googles)
    ]
    assert [GOOGLES_PARTS.search(way) is None for way in ways] == [True, False]


ON_DIRECT_ONLY = {Cause.TLS_NOT_SUPPORTED_BY_SERVER, Cause.TLS_SSL_REQUIRED, Cause.TLS_LOCAL_CERT_FILES}


@pytest.mark.parametrize("cause", [each for each in Cause if each.layer is Layer.TLS and each not in ON_DIRECT_ONLY])
def test_options_of_direct_connections_are_not_told_on_other_routes(cause: Cause) -> None:
    steps = causes.entry(cause).case(scene(route=Route.CONNECTOR)).steps
    assert not [step for step in steps if "sslmode" in step.text or "sslrootcert" in step.text]


def test_a_server_that_hangs_up_is_told_by_route() -> None:
    entry = server.CAUSES[Cause.PG_SERVER_CLOSED]
    assert "socket" not in told(entry, scene(route=Route.DIRECT))
    assert "socket" in told(entry, scene(route=Route.SOCKET))
    assert "client certificate" in told(entry, scene(route=Route.CONNECTOR))


def run_of(
    route: Route, changes: dict[CheckId, Outcome], where: Target | None = None, platform: Platform = CLOUD_RUN
) -> DiagnosisEntry:
    (diagnosis,) = report_of(story(route, changes, subject=where, platform=platform)).diagnoses
    return diagnosis


def commands(diagnosis: DiagnosisEntry) -> str:
    return "\n".join(remedy.command for remedy in diagnosis.remedies)


def in_url(route: Route) -> Target:
    held = (SettingName.URL, SettingName.HOST, SettingName.DATABASE, SettingName.USER, SettingName.PASSWORD)
    return target(route, origins=tuple(Origin(setting=each, source="DATABASE_URL") for each in held))


def test_a_plain_variable_is_set_and_a_password_stored() -> None:
    wrong = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders")}
    assert "--update-env-vars POSTGRES_DB=" in commands(run_of(D, wrong))
    assert "secrets versions add" not in commands(run_of(D, wrong))
    refused = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD, about="api")}
    assert "secrets versions add" in commands(run_of(D, refused))
    assert "--update-env-vars" not in commands(run_of(D, refused))


def test_a_part_of_a_url_is_never_set_in_place_of_the_url() -> None:
    wrong = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders")}
    diagnosis = run_of(D, wrong, in_url(D))
    assert "--update-env-vars DATABASE_URL=" not in commands(diagnosis)
    assert any("in the URL that DATABASE_URL holds" in remedy.text for remedy in diagnosis.remedies)


def test_the_mounted_socket_comes_with_the_variable_that_names_it() -> None:
    closed = {CheckId.TCP_CONNECT: fail(Code.TCP_CONNECT_SILENT)}
    socket = "--add-cloudsql-instances"
    plain = [r for r in causes.entry(Cause.CONFIG_WRONG_HOST_PORT).case(scene()).steps if socket in r.command]
    assert "set {host_setting}" in plain[0].text
    assert plain[0].command.endswith("{host_setting}=/cloudsql/{instance_name}")
    url = causes.entry(Cause.CONFIG_WRONG_HOST_PORT).case(scene(host_kept=Kept.IN_URL)).steps
    (attach,) = [step for step in url if socket in step.command]
    assert "?host=/cloudsql/" in attach.text
    assert "--update-env-vars" not in attach.command
    assert run_of(D, closed).remedies


def from_source(source: str) -> Target:
    return target(D, origins=(Origin(setting=SettingName.DATABASE, source=source),))


@pytest.mark.parametrize("source", ["--database", "/etc/targets.toml: targets.orders.database"])
def test_what_comes_from_a_flag_or_a_file_is_no_variable(source: str) -> None:
    wrong = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders")}
    for platform in (CLOUD_RUN, LAPTOP):
        diagnosis = run_of(D, wrong, from_source(source), platform)
        assert "--update-" not in commands(diagnosis)
        assert "secrets versions" not in commands(diagnosis)
        assert any(source in remedy.text for remedy in diagnosis.remedies)


def test_the_variable_is_named_where_the_process_is_started() -> None:
    wrong = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders")}
    diagnosis = run_of(D, wrong, from_source("DB_NAME"), LAPTOP)
    assert any("DB_NAME" in remedy.text for remedy in diagnosis.remedies)


def test_a_flag_with_the_host_is_given_the_mounted_socket() -> None:
    steps = causes.entry(Cause.CONFIG_WRONG_HOST_PORT).case(scene(host_kept=Kept.GIVEN)).steps
    (attach,) = [step for step in steps if "--add-cloudsql-instances" in step.command]
    assert "--update-env-vars" not in attach.command
    assert "{host_setting}" in attach.text


@pytest.mark.parametrize("code, about", [(Code.CONFIG_TARGET_MISSING, "--database"), (BAD_PORT, "--port")])
def test_a_flag_is_never_set_as_a_variable(code: Code, about: str) -> None:
    (diagnosis,) = report_of(story(D, {CheckId.CONFIG_TARGET: fail(code, about=about)}, without_target=True)).diagnoses
    assert "--update-" not in commands(diagnosis)
    assert any(about in remedy.text for remedy in diagnosis.remedies)


def test_a_secret_file_is_looked_at_where_its_setting_says() -> None:
    unreadable = Code.CONFIG_TARGET_SECRET_UNREADABLE
    looked = {}
    for about in ("DB_PASSWORD_FILE", "--password-file"):
        run = story(D, {CheckId.CONFIG_TARGET: fail(unreadable, about=about)}, without_target=True, platform=LAPTOP)
        looked[about] = commands(report_of(run).diagnoses[0])
    assert '"$DB_PASSWORD_FILE"' in looked["DB_PASSWORD_FILE"]
    assert "$" not in looked["--password-file"]


@pytest.mark.parametrize(
    "code, about, said",
    [
        (BAD_PORT, "POSTGRES_PORT", "65535"),
        (Code.CONFIG_TARGET_HOST_TOO_LONG, "POSTGRES_HOST", "resolver"),
        (Code.CONFIG_TARGET_SECRET_UNREADABLE, "POSTGRES_PASSWORD_FILE", "cannot be read"),
        (Code.CONFIG_TARGET_BAD_VALUE, "POSTGRES_SSLMODE", "not known"),
    ],
)
def test_a_setting_that_cannot_be_used_is_called_what_it_is(code: Code, about: str, said: str) -> None:
    run = story(D, {CheckId.CONFIG_TARGET: fail(code, about=about)}, without_target=True)
    origins = (*run.resolution.origins, Origin(setting=SettingName.TLS_MODE, source="POSTGRES_SSLMODE"))
    (diagnosis,) = report_of(replace(run, resolution=replace(run.resolution, origins=origins))).diagnoses
    assert said in diagnosis.title
    assert about in diagnosis.summary
    assert about in commands(diagnosis)


def test_what_begins_with_a_blank_does_not_end_with_one() -> None:
    run = {
        CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_LEADING_WHITESPACE, "POSTGRES_DB")),
        CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about=" orders"),
    }
    diagnosis = run_of(D, run)
    assert diagnosis.cause == Cause.CONFIG_SECRET_TRAILING_NEWLINE
    assert "begins" in diagnosis.title


def test_a_plain_server_is_advised_about_itself() -> None:
    plain = target(Route.DIRECT, instance=None)
    wrong = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD, about="api")}
    diagnosis = run_of(D, wrong, plain, LAPTOP)
    look, change = [command for command in commands(diagnosis).splitlines() if command]
    assert look.startswith('psql -d postgres -c "SELECT rolname')
    assert change == r"psql -d postgres -c '\password api'"


@pytest.mark.parametrize("route", Route)
def test_a_report_without_names_keeps_the_scene(route: Route) -> None:
    report = report_of(story(route, {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_CLOSED)}))
    (diagnosis,) = report.diagnoses
    entry = causes.entry(Cause(diagnosis.cause))
    nameless = entry.case(nameless_scene(report, diagnosis, entry))
    assert fill.prose(nameless.explanation, Names()) == diagnosis.summary
    assert len(nameless.steps) == len(diagnosis.remedies)


def test_a_cause_that_no_scenario_produces_says_why_on_its_page() -> None:
    for cause in Cause:
        reason = causes.entry(cause).not_produced
        heads = [part.text for part in of_cause(cause).parts if part.text == reason and reason]
        assert heads == ([reason] if reason else [])
        assert not reason.endswith(".")


def test_a_cause_that_no_rule_names_says_why() -> None:
    """Only a pasted text can speak for it."""
    named = {rule.cause for rule in RULES} | {Cause.UNCLASSIFIED}
    assert {cause for cause in Cause if causes.entry(cause).not_produced} >= set(Cause) - named


def test_conditions_of_a_step_are_told_where_all_steps_stand_together() -> None:
    step = next(step for step in causes.entry(Cause.SOCKET_NOT_MOUNTED).steps if step.place is Place.CLOUD_RUN)
    assert step.conditions == ("on Cloud Run",)
    assert any("(on Cloud Run" in remedy.text for remedy in of_cause(Cause.SOCKET_NOT_MOUNTED).remedies)


def test_of_two_variables_that_disagree_the_one_that_is_not_used_is_removed() -> None:
    steps = causes.entry(Cause.CONFIG_CONFLICTING_SETTINGS).case(scene()).steps
    both = Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about="DATABASE_URL", other="DB_HOST")
    names = names_of(Evidence(story(D, {})), both, SettingName.HOST)
    (command,) = [told for each in steps if "--remove-env-vars" in (told := fill.command(each.command, names))]
    assert command.endswith("--remove-env-vars DB_HOST")
