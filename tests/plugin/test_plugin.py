"""The pytest plugin as an app's tests use it: in a pytest of its own, alone and with workers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

APP_TESTS = """
import psycopg
import pytest
from diagnostics.lab.setup import RefusedArrangementError


def connect(environment):
    names = {"host": "HOST", "port": "PORT", "dbname": "DB", "user": "USER", "password": "PASSWORD"}
    return psycopg.connect(**{name: environment[f"POSTGRES_{of}"] for name, of in names.items()})


@pytest.mark.parametrize("turn", range(3))
def test_healthy(cloudsql_lab, turn):
    assert connect(cloudsql_lab.environment()).execute("SELECT 1").fetchone() == (1,)


def test_a_fault_lasts_as_long_as_its_with(cloudsql_lab):
    with cloudsql_lab.fault("role-missing") as environment, pytest.raises(psycopg.OperationalError):
        connect(environment)
    connect(cloudsql_lab.environment()).close()


def test_a_fault_that_a_test_left_on(cloudsql_lab):
    cloudsql_lab.fault("role-missing").__enter__()


def test_is_off_in_the_next(cloudsql_lab):
    connect(cloudsql_lab.environment()).close()


def test_a_world_is_changed_and_put_back(cloudsql_lab):
    with cloudsql_lab.world("ready_after=600") as environment:
        cloudsql_lab.command("true")
        with pytest.raises(psycopg.OperationalError, match="starting up"):
            connect(environment)
    connect(cloudsql_lab.environment()).close()


def test_a_socket_is_where_the_environment_says(cloudsql_lab):
    environment = cloudsql_lab.environment(route="socket")
    assert environment["POSTGRES_HOST"].startswith("/")
    connect(environment | {"POSTGRES_PORT": "5432"}).close()


def test_a_fault_that_does_not_exist_is_refused_and_changes_nothing(cloudsql_lab):
    with pytest.raises(RefusedArrangementError), cloudsql_lab.fault("no-such-fault"):
        pass
    connect(cloudsql_lab.environment()).close()


def test_a_command_runs_in_the_lab(cloudsql_lab):
    assert cloudsql_lab.run("cloudsql-diag", "check", "-o", "short").returncode == 0
    with cloudsql_lab.fault("starting-up"):
        assert cloudsql_lab.run("cloudsql-diag", "check", "-o", "short").returncode == 18
"""


def pytest_run(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_app.py").write_text(APP_TESTS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *flags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


@pytest.mark.parametrize("flags", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_an_apps_tests_pass(flags: tuple[str, ...], tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, *flags)
    assert ended.returncode == 0, ended.stdout
    assert "10 passed" in ended.stdout


@pytest.mark.netns
def test_the_lab_can_be_a_network_of_its_own(tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, "--cloudsql-isolation", "netns", "-k", "command_runs")
    assert ended.returncode == 0, ended.stdout


def test_whoever_does_not_use_it_loads_nothing_of_the_lab(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_light():\n    assert 'diagnostics.lab.lab' not in sys.modules\n"
    )
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    ended = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout
