"""Each example app in the lab: healthy, with a server that starts late, with a wrong password, with a silent one."""

import pytest

from diagnostics.lab.plugin import CloudSqlLab
from tests.examples.apps import DJANGO, DJANGO_COMMAND, SERVERS, lines_of, running

each_server = pytest.mark.parametrize("name", SERVERS)


@each_server
def test_a_healthy_app_answers_and_says_nothing(name: str, cloudsql_lab: CloudSqlLab) -> None:
    with running(SERVERS[name], cloudsql_lab, cloudsql_lab.environment()) as app:
        status, body = app.answer()
        said = app.stop()
    assert status == 200
    assert "one" in body
    assert lines_of(said) == []


@each_server
def test_a_server_that_starts_late_is_waited_for(name: str, cloudsql_lab: CloudSqlLab) -> None:
    with cloudsql_lab.world("ready_after=2") as environment, running(SERVERS[name], cloudsql_lab, environment) as app:
        assert app.answer()[0] == 200
        assert lines_of(app.stop()) == []


@each_server
def test_a_wrong_password_ends_the_start_at_once_with_its_cause(name: str, cloudsql_lab: CloudSqlLab) -> None:
    with cloudsql_lab.fault("wrong-password") as environment, running(SERVERS[name], cloudsql_lab, environment) as app:
        code, said = app.ended()
    assert code != 0
    first, *_ = lines_of(said)
    assert first["cause"] == "pg.auth_password"
    assert first["attempts"] == 1
    assert first["verdict"] == "never"
    assert environment["POSTGRES_PASSWORD"] not in said


def test_a_silent_server_ends_with_the_limit_that_fired(cloudsql_lab: CloudSqlLab) -> None:
    environment = cloudsql_lab.environment() | {"INIT_SECONDS": "1"}
    with cloudsql_lab.fault("accept-then-silence"), running(SERVERS["fastapi"], cloudsql_lab, environment) as app:
        code, said = app.ended()
    (line,) = lines_of(said)
    assert code == 3
    assert [timer["name"] for timer in line["timers"] if timer["fired"]] == ["init"]
    assert line["cause"] == "pg.no_answer"
    assert line["diagnosed_by"] == "child"
    assert "A longer limit will not help" in line["message"]


def test_a_worker_of_a_preloaded_app_says_its_own_line(cloudsql_lab: CloudSqlLab) -> None:
    environment = cloudsql_lab.environment() | {"GUNICORN_CMD_ARGS": "--preload --timeout 2"}
    with running(SERVERS["gunicorn"], cloudsql_lab, environment) as app:
        assert app.answer()[0] == 200
        with cloudsql_lab.fault("accept-then-silence"):
            app.ask_and_leave()
            assert lines_of(app.said_until('"event": "startup.failed"'))[0]["exception"] == "WorkerAborted"


def test_djangos_check_says_nothing_of_a_healthy_database(cloudsql_lab: CloudSqlLab) -> None:
    with running(DJANGO, cloudsql_lab, cloudsql_lab.environment()) as app:
        code, said = app.ended()
    assert (code, lines_of(said)) == (0, [])


def test_djangos_check_waits_for_a_server_that_starts(cloudsql_lab: CloudSqlLab) -> None:
    with cloudsql_lab.world("ready_after=3") as environment, running(DJANGO, cloudsql_lab, environment) as app:
        assert app.ended()[0] == 0


def test_djangos_command_says_which_database_works(cloudsql_lab: CloudSqlLab) -> None:
    with running(DJANGO_COMMAND, cloudsql_lab, cloudsql_lab.environment()) as app:
        code, said = app.ended()
    assert code == 0
    assert "default: works" in said


def test_djangos_check_names_the_cause(cloudsql_lab: CloudSqlLab) -> None:
    with cloudsql_lab.fault("wrong-password") as environment, running(DJANGO, cloudsql_lab, environment) as app:
        code, said = app.ended()
    assert code == 1
    assert "cloudsql_diag.E001" in said
    assert lines_of(said)[0]["cause"] == "pg.auth_password"


def test_a_worker_that_gunicorn_kills_says_which_limit_was_open(cloudsql_lab: CloudSqlLab) -> None:
    environment = cloudsql_lab.environment() | {"GUNICORN_CMD_ARGS": "--timeout 2"}
    with running(SERVERS["gunicorn"], cloudsql_lab, environment) as app:
        app.answer()
        with cloudsql_lab.fault("accept-then-silence"):
            app.ask_and_leave()
            said = app.said_until('"event": "startup.failed"')
    line = lines_of(said)[0]
    assert line["exception"] == "WorkerAborted"
    elapsed = {timer["name"]: timer.get("elapsed") for timer in line["timers"]}
    assert elapsed["request"] is not None
    assert elapsed["request"] >= 1.0
    assert [timer["seconds"] for timer in line["timers"] if timer["name"] == "gunicorn --timeout"] == [2.0]
