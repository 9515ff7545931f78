"""Google's Python connector, unmodified, connects through the lab; under faults an app sees what it sees at Google.

The exceptions are those that the connector is known to raise for each failure; whatever else it raised here would mean
that the lab fails in a way of its own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route, ServerCaMode, World

CLIENT = Path(__file__).parent / "clients" / "python_connector.py"

DRIVERS = ("asyncpg", "psycopg")

ANSWER_SECONDS = 30
"""The connector's own timeouts do not cover everything it does."""


class App:
    """A process that uses the connector in the lab, asked through its standard input."""

    def __init__(self, lab: Lab, process: "subprocess.Popen[str]") -> None:
        self.lab = lab
        self._process = process

    def connect(self, driver: str, login: Login = Login.PASSWORD, **changes: object) -> dict[str, Any]:
        world = self.lab.world
        user = world.iam_user if login is Login.IAM else world.user
        request = {"driver": driver, "login": login, "user": user, "database": world.database, "timeout": 5}
        request |= changes
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select([self._process.stdout], [], [], ANSWER_SECONDS)
        assert ready, "the connector hangs"
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def started(world: World) -> Iterator[App]:
    with Lab(world) as lab:
        environment = lab.arrange(route=Route.CONNECTOR, login=Login.PASSWORD)
        command = lab.command(sys.executable, str(CLIENT))
        with subprocess.Popen(
            command,
            env=environment,
            cwd=lab.directory / "home",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            yield App(lab, running)


@pytest.fixture(scope="module")
def process() -> Iterator[App]:
    with started(World()) as app:
        yield app


@pytest.fixture
def app(process: App) -> Iterator[App]:
    """The process, in a healthy lab before and after."""
    yield process
    process.lab.switchboard.replace([])


@pytest.mark.parametrize("driver", DRIVERS)
def test_password_login_runs_a_query(app: App, driver: str) -> None:
    world = app.lab.world
    assert app.connect(driver) == {"user": world.user, "database": world.database}


@pytest.mark.parametrize("driver", DRIVERS)
def test_iam_login_runs_a_query_with_the_token_in_the_certificate(app: App, driver: str) -> None:
    world = app.lab.world
    assert app.connect(driver, Login.IAM) == {"user": world.iam_user, "database": world.database}


@pytest.mark.parametrize("driver", DRIVERS)
def test_iam_login_takes_the_whole_email_from_connectors(app: App, driver: str) -> None:
    """The connector cuts the suffix itself."""
    world = app.lab.world
    assert app.connect(driver, Login.IAM, user=world.service_account)["user"] == world.iam_user


def test_connector_asks_settings_and_certificate_in_the_current_way(app: App) -> None:
    google = app.lab.google
    google.calls.clear()
    app.connect("asyncpg")
    apis = {(call.method, call.path.rpartition("/")[2]) for call in google.calls if call.path.startswith("/sql/")}
    assert apis == {("GET", "connectSettings"), ("POST", "orders:generateEphemeralCert")}
    assert all(
        call.user_agent.startswith("cloud-sql-python-connector/") for call in google.calls if "/sql/" in call.path
    )


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    "fault, error",
    [
        ("api-403", "ClientResponseError"),
        ("api-disabled", "ClientResponseError"),
        ("api-404", "ClientResponseError"),
        ("api-429", "ClientResponseError"),
        ("ip-type-absent", "CloudSQLIPTypeError"),
        ("server-cert-expired", "SSLCertVerificationError"),
        ("server-cert-unknown-ca", "SSLCertVerificationError"),
        # With its background refresh, the connector looks at the date itself before it dials.
        ("client-cert-expired", "RefreshNotValidError"),
        ("port-refused", "ConnectionRefusedError"),
        ("api-html", "UnboundLocalError"),
    ],
)
def test_fault_is_what_apps_see(app: App, driver: str, fault: str, error: str) -> None:
    app.lab.switchboard.on(fault)
    assert app.connect(driver)["error"] == error


@pytest.mark.parametrize("driver, error", [("asyncpg", "ConnectionDoesNotExistError"), ("psycopg", "OperationalError")])
def test_a_refused_certificate_looks_like_a_lost_server(app: App, driver: str, error: str) -> None:
    """TLS 1.3: the handshake is over for the client when the server judges its certificate."""
    app.lab.switchboard.on("client-cert-refused")
    assert app.connect(driver)["error"] == error


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_certificate_for_another_name_is_not_noticed(app: App, driver: str) -> None:
    """This connector checks the chain only; the Go connector and we say no."""
    app.lab.switchboard.on("server-cert-wrong-name")
    assert app.connect(driver)["user"] == app.lab.world.user


def test_403_carries_the_message_of_the_api(app: App) -> None:
    app.lab.switchboard.on("api-403")
    assert "boss::NOT_AUTHORIZED" in app.connect("asyncpg")["text"]


def test_silent_instance_times_out(app: App) -> None:
    app.lab.switchboard.on("silent-drop")
    assert app.connect("asyncpg", timeout=0.5)["error"] == "TimeoutError"


def test_an_instance_of_the_ca_service_connects() -> None:
    """Its certificate comes with an intermediate and has no common name."""
    world = World(server_ca_mode=ServerCaMode.CAS)
    with started(world) as app:
        assert app.connect("asyncpg")["user"] == world.user
