"""The report: everything of the run is in it, with real names and without a secret."""

import jsonschema
import msgspec
import pytest

from diagnostics.core.assemble import assemble, check_entry
from diagnostics.core.codes import Cause, CheckId, Layer
from diagnostics.core.diagnose import diagnose
from diagnostics.core.exit_codes import LAYERS, MEANINGS, exit_code, status_of
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    FailOn,
    Finding,
    IpType,
    Login,
    Platform,
    PlatformKind,
    Route,
    Secret,
    SkipReason,
    Status,
)
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Run, skipped, unknown
from diagnostics.core.replay import rediagnose, run_of
from diagnostics.core.report import AgentInfo, Report
from diagnostics.core.serialize import NotAReport, decode, encode, schema
from diagnostics.settings import describe
from tests.core.stories import (
    API_DENIED,
    API_SILENT,
    CLOSED,
    MUTE,
    dial,
    fail,
    hygiene,
    public,
    story,
    target,
    warn,
)
from tests.core.test_rules_google import ROWS as GOOGLE
from tests.core.test_rules_instance import ROWS as INSTANCE
from tests.core.test_rules_network import ROWS as NETWORK
from tests.core.test_rules_server import ROWS as SERVER
from tests.core.test_rules_settings import ROWS as SETTINGS

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
SCHEMA = jsonschema.Draft202012Validator(schema())
RUNS = [(name, run) for name, run, _, _ in (*SETTINGS, *GOOGLE, *NETWORK, *INSTANCE, *SERVER)]
RUNS += [(f"healthy {route.value}", story(route, {})) for route in Route]


def report_of(run: Run, fail_on: FailOn = FailOn.FAIL) -> Report:
    return assemble(
        run,
        agent=AgentInfo(version="1"),
        titles={CheckId.TCP_CONNECT: "An address accepts"},
        settings=describe(run.resolution),
        fail_on=fail_on,
    )


@pytest.mark.parametrize("name, run", RUNS, ids=[name for name, _ in RUNS])
def test_a_report_is_valid_and_reads_back_as_it_was(name: str, run: Run) -> None:
    report = report_of(run)
    SCHEMA.validate(msgspec.json.decode(encode(report)))
    assert decode(encode(report)) == report


@pytest.mark.parametrize("name, run", RUNS, ids=[name for name, _ in RUNS])
def test_a_saved_report_gives_the_same_diagnoses(name: str, run: Run) -> None:
    saved = decode(encode(report_of(run)))
    assert diagnose(run_of(saved)) == diagnose(run)
    assert rediagnose(saved) == saved


@pytest.mark.parametrize("fail_on, status, code", [(FailOn.FAIL, Status.WARN, 0), (FailOn.WARN, Status.WARN, 4)])
def test_a_replay_keeps_what_was_asked_of_the_run(fail_on: FailOn, status: Status, code: int) -> None:
    run = story(D, {CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PORT"))})
    report = report_of(run, fail_on)
    assert (report.status, report.exit_code) == (status, code)
    assert rediagnose(report) == report


def test_what_is_no_report_is_refused_without_being_repeated() -> None:
    for document in (b"", b"\xff", b"[]", b'{"schema_version": "S3cret"}', b'{"mode": "S3cret"}'):
        with pytest.raises(NotAReport) as caught:
            decode(document)
        assert "S3cret" not in str(caught.value)


def test_unknown_fields_of_a_newer_version_are_left_out() -> None:
    report = report_of(story(D, {}))
    document = msgspec.json.decode(encode(report))
    assert decode(msgspec.json.encode(document | {"brand_new": 1})) == report


def test_remedies_have_the_real_names() -> None:
    (diagnosis,) = report_of(story(S, {**API_SILENT, **MUTE, CheckId.EGRESS_PUBLIC: public(Reach.SILENT)})).diagnoses
    first = diagnosis.remedies[0].command
    assert first == "gcloud run services update api --region europe-west1 --vpc-egress private-ranges-only"


def test_a_job_is_called_a_job() -> None:
    job = Platform(kind=PlatformKind.CLOUD_RUN_JOB, service="migrate")
    run = story(S, {CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NOT_MOUNTED)}, platform=job)
    (diagnosis,) = report_of(run).diagnoses
    assert diagnosis.remedies[0].command == (
        "gcloud run jobs update migrate --region europe-west1 --add-cloudsql-instances acme-prod:europe-west1:orders"
    )


def test_remedies_fit_the_place() -> None:
    laptop = Platform(kind=PlatformKind.ELSEWHERE)
    run = story(S, {CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NOT_MOUNTED)}, platform=laptop)
    (diagnosis,) = report_of(run).diagnoses
    commands = [remedy.command for remedy in diagnosis.remedies]
    assert not [command for command in commands if command.startswith("gcloud run")]
    assert any(command.startswith("cloud-sql-proxy") for command in commands)


def test_the_service_account_of_the_container_is_named() -> None:
    (diagnosis,) = report_of(story(C, API_DENIED)).diagnoses
    assert "serviceAccount:api@acme-prod.iam.gserviceaccount.com" in diagnosis.remedies[0].command


def test_the_api_is_enabled_where_it_is_off() -> None:
    """Google names the project it means, which need not be the instance's."""
    run = story(
        C, {CheckId.ADMIN_CONNECT_SETTINGS: fail(Code.ADMIN_CONNECT_SETTINGS_API_DISABLED, other="projects/42")}
    )
    (diagnosis,) = report_of(run).diagnoses
    assert diagnosis.remedies[0].command == "gcloud services enable sqladmin.googleapis.com --project 42"


def test_the_variable_that_holds_the_value_is_named() -> None:
    run = story(
        D,
        {
            CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_DB")),
            CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders\n"),
        },
    )
    (diagnosis,) = report_of(run).diagnoses
    assert "POSTGRES_DB" in diagnosis.summary
    assert diagnosis.remedies[0].command.endswith("--update-env-vars POSTGRES_DB=VALUE")
    assert any("--update-secrets POSTGRES_DB=" in remedy.text for remedy in diagnosis.remedies)


def test_what_the_cause_explains_is_no_warning_beside_it() -> None:
    run = story(
        S,
        {
            **API_SILENT,
            **MUTE,
            CheckId.ADMIN_INSTANCE: warn(Code.ADMIN_INSTANCE_SILENT),
            CheckId.EGRESS_PUBLIC: public(Reach.SILENT),
            CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PORT")),
        },
    )
    report = report_of(run)
    assert [warning.code for warning in report.warnings] == ["config.hygiene.trailing_whitespace"]
    assert report.warnings[0].cause == Cause.CONFIG_SECRET_TRAILING_NEWLINE


def test_what_passed_is_excluded_and_what_was_not_reached_is_untested() -> None:
    (diagnosis,) = report_of(story(D, {CheckId.TCP_CONNECT: dial(Reach.SILENT)})).diagnoses
    assert {item.because for item in diagnosis.excluded} >= {"config.hygiene", "identity.token"}
    assert "tcp.connect" not in {item.because for item in diagnosis.excluded}
    assert len(diagnosis.untested) == 5


def test_the_network_is_not_excluded_where_it_is_the_cause_or_a_socket_was_all_that_was_touched() -> None:
    (closed,) = diagnose(story(S, CLOSED))
    assert CheckId.TCP_CONNECT not in {item.because for item in closed.excluded}


def test_every_exclusion_cites_a_check_that_passed() -> None:
    for _, run in RUNS:
        passing = {r.check for r in run.results if r.outcome.status in (Status.PASS, Status.WARN)}
        for diagnosis in diagnose(run):
            assert {item.because for item in diagnosis.excluded} <= passing


def test_no_alternative_is_the_cause_itself() -> None:
    for _, run in RUNS:
        for diagnosis in diagnose(run):
            assert diagnosis.cause not in diagnosis.alternatives
            assert len(set(diagnosis.alternatives)) == len(diagnosis.alternatives)


def test_what_is_unknown_says_what_it_needs() -> None:
    run = story(
        D,
        {
            CheckId.ADMIN_INSTANCE: unknown(SkipReason.NOT_PERMITTED, needs="cloudsql.instances.get"),
            CheckId.TCP_CONNECT: dial(Reach.SILENT),
        },
    )
    (diagnosis,) = report_of(run).diagnoses
    assert [item.needs for item in diagnosis.unknown] == ["cloudsql.instances.get"]


def test_a_password_is_nowhere_in_the_report() -> None:
    subject = target(D, password=Secret("S3cret-pw"), url=Secret("postgresql://api:S3cret-pw@h/orders"))
    for run in (story(D, {}, subject=subject), story(D, API_DENIED, subject=subject)):
        assert b"S3cret" not in encode(report_of(run))


def test_counts_are_of_all_checks() -> None:
    report = report_of(story(C, API_DENIED))
    counts = report.counts
    assert sum((counts.passed, counts.warn, counts.failed, counts.skip, counts.unknown)) == len(report.checks)
    assert counts.failed == 1


def test_the_entry_of_a_check_has_its_title_and_its_line() -> None:
    run = story(D, {})
    result = next(result for result in run.results if result.check is CheckId.TCP_CONNECT)
    entry = check_entry(result, "An address accepts")
    assert entry.title == "An address accepts"
    assert entry.summary


def crashed(check: CheckId) -> Run:
    outcome = unknown(SkipReason.CRASHED, Finding(code=Code.AGENT_CRASHED, about="KeyError in x.py:1"))
    run = story(D, {check: outcome})
    return msgspec.structs.replace(run, depth_reached=check not in {r.check for r in run.results if r.needed})


def not_proven() -> Run:
    return msgspec.structs.replace(story(D, {}), depth_reached=False)


UNKNOWN_BESIDE = {CheckId.ADMIN_INSTANCE: unknown(SkipReason.NOT_PERMITTED)}
NO_TIME_BESIDE = {CheckId.ADMIN_INSTANCE: unknown(SkipReason.RUN_DEADLINE)}
WARNED = {CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PORT"))}

EXITS = [
    ("healthy", story(D, {}), Status.PASS, 0, 0),
    ("a warning beside a passing path", story(D, WARNED), Status.WARN, 0, 4),
    ("an unknown beside a passing path", story(D, UNKNOWN_BESIDE), Status.PASS, 0, 0),
    ("no time was left for a check beside it", story(D, NO_TIME_BESIDE), Status.PASS, 0, 4),
    ("a needed check crashed", crashed(CheckId.TCP_CONNECT), Status.UNKNOWN, 1, 1),
    ("another check crashed", crashed(CheckId.ADMIN_INSTANCE), Status.PASS, 0, 4),
    ("nothing failed, nothing proven", not_proven(), Status.UNKNOWN, 22, 22),
    ("a cause", story(D, {CheckId.TCP_CONNECT: dial(Reach.SILENT)}), Status.FAIL, 16, 16),
    ("a cause and warnings", story(D, {**WARNED, CheckId.TCP_CONNECT: dial(Reach.SILENT)}), Status.FAIL, 16, 16),
]


@pytest.mark.parametrize("name, run, status, code, strict", EXITS, ids=[row[0] for row in EXITS])
def test_exit_code(name: str, run: Run, status: Status, code: int, strict: int) -> None:
    diagnoses = diagnose(run)
    assert status_of(run, diagnoses) is status
    assert exit_code(run, diagnoses, FailOn.FAIL) == code
    assert exit_code(run, diagnoses, FailOn.WARN) == strict


def test_every_layer_has_its_code_and_every_code_a_meaning() -> None:
    assert set(LAYERS) == set(Layer)
    assert set(LAYERS.values()) == set(range(10, 22))
    assert set(LAYERS.values()) <= set(MEANINGS)
    assert 3 not in MEANINGS


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("login", Login)
def test_a_target_survives_its_report(route: Route, login: Login) -> None:
    subject = target(route, login=login, ip_type=IpType.PUBLIC)
    again = run_of(report_of(story(route, {}, subject=subject))).resolution.target
    assert again is not None
    same = ("route", "host", "port", "instance", "database", "user", "login", "tls", "dialect")
    assert all(getattr(again, field) == getattr(subject, field) for field in same)


def test_a_depth_that_was_reached_is_reached_in_the_replay() -> None:
    left_out = {check: skipped(SkipReason.DESELECTED) for check in (CheckId.POSTGRES_AUTH, CheckId.POSTGRES_QUERY)}
    run = story(D, left_out)
    assert run_of(report_of(run)).depth_reached
    stopped = msgspec.structs.replace(
        story(D, {**left_out, CheckId.POSTGRES_STARTUP: skipped(SkipReason.BLOCKED, CheckId.TCP_CONNECT)}),
        depth_reached=False,
    )
    assert not run_of(report_of(stopped)).depth_reached
