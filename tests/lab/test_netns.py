"""The lab in network namespaces: real connects from the container's own, real clients, and nothing left behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from select import POLLOUT, poll

import pytest

from diagnostics.lab.fault import Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.ground import Isolation
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route
from tests.lab.clients.drivers import with_psql
from tests.lab.worlds import DESTINATIONS, OPEN

pytestmark = pytest.mark.netns

CONNECTOR = Path(__file__).parent / "clients" / "python_connector.py"

SILENCE = 0.25
"""Seconds without an answer within one machine: dropped."""

SWITCH_SECONDS = 0.3
"""A lab serves many scenarios in turn."""


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(isolation=Isolation.NETNS, patience=1.0) as lab:
        yield lab


@pytest.fixture
def netns(running: Lab) -> Iterator[Lab]:
    """In its healthy world, before and after."""
    running.arrange()
    yield running
    running.arrange()


def connect(lab: Lab, *names: str) -> dict[str, str]:
    """What became of a connection from the container to each destination: open, silent, or an error's number."""
    events, sockets = poll(), {}
    for name in names or DESTINATIONS:
        attempt = lab.ground.plan.container(socket.AF_INET, socket.SOCK_STREAM)
        attempt.settimeout(0)
        attempt.connect_ex(DESTINATIONS[name])
        events.register(attempt, POLLOUT)
        sockets[attempt.fileno()] = (name, attempt)
    found = dict.fromkeys(names or DESTINATIONS, "silent")
    deadline = time.monotonic() + SILENCE
    while (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in events.poll(left * 1000):
            name, attempt = sockets[descriptor]
            error = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            found[name] = os.strerror(error) if error else "open"
            events.unregister(descriptor)
    for _, attempt in sockets.values():
        attempt.close()
    return found


@pytest.mark.parametrize("text", OPEN, ids=lambda text: text or "default")
def test_the_container_reaches_what_it_should_and_the_rest_is_silent(netns: Lab, text: str) -> None:
    netns.arrange(world=text.split())
    expected = {name: "open" if name in OPEN[text] else "silent" for name in DESTINATIONS}
    assert connect(netns) == expected


def test_changing_the_world_takes_a_moment(netns: Lab) -> None:
    begin = time.monotonic()
    netns.arrange(world=["egress=all-traffic", "nat=off"])
    assert time.monotonic() - begin < SWITCH_SECONDS


def in_container(lab: Lab, code: str) -> str:
    done = lab.run(sys.executable, "-I", "-c", code, environment=lab.arrange(route=Route.DIRECT))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_command_has_no_other_interface_and_no_way_out(netns: Lab) -> None:
    code = "import socket; print(sorted(name for _, name in socket.if_nameindex()))"
    assert in_container(netns, code) == "['eth0', 'lo', 'metadata']"


def test_a_command_does_not_reach_the_machine(netns: Lab) -> None:
    """Neither its loopback nor the sockets of its services."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        attempt = netns.ground.plan.container(socket.AF_INET, socket.SOCK_STREAM)
        with attempt, pytest.raises(ConnectionRefusedError):
            attempt.connect(listener.getsockname())
    assert netns.run("ls", "/run", environment=netns.arrange()).stdout == ""


def test_silent_apis_are_silent_over_every_address(netns: Lab) -> None:
    netns.arrange("api-drop", route=Route.CONNECTOR)
    assert connect(netns, "google", "private-vip", "internet") == {
        "google": "silent",
        "private-vip": "silent",
        "internet": "open",
    }


@pytest.mark.parametrize("route, mounted", [(Route.SOCKET, True), (Route.DIRECT, False), (Route.CONNECTOR, False)])
def test_sockets_are_mounted_where_cloud_run_mounts_them(netns: Lab, route: Route, *, mounted: bool) -> None:
    done = netns.run("ls", "/cloudsql", environment=netns.arrange(route=route))
    assert (done.stdout == "acme-prod:europe-west1:orders\n") is mounted
    assert not Path("/cloudsql").exists()


def test_no_variable_of_the_agent_is_needed(netns: Lab) -> None:
    for route in Route:
        environment = netns.arrange(route=route)
        assert not [name for name in environment if name.startswith(("CLOUDSQL_DIAG_", "GCE_"))]


def checked(lab: Lab, route: Route, login: Login = Login.PASSWORD, world: str = "") -> int:
    environment = lab.arrange(route=route, login=login, world=world.split())
    return lab.run("cloudsql-diag", "check", "--drivers", "none", "-o", "short", environment=environment).returncode


@pytest.mark.parametrize(
    "route, login",
    [
        (Route.DIRECT, Login.PASSWORD),
        (Route.SOCKET, Login.PASSWORD),
        (Route.CONNECTOR, Login.PASSWORD),
        (Route.DIRECT, Login.IAM),
        (Route.CONNECTOR, Login.IAM),
    ],
)
def test_an_unmodified_agent_finds_every_healthy_route_healthy(netns: Lab, route: Route, login: Login) -> None:
    assert checked(netns, route, login) == 0


# --- clients that were not written for it -----------------------------------------------------------------------------


@pytest.mark.parametrize("driver, login", [("asyncpg", Login.PASSWORD), ("psycopg", Login.IAM)])
def test_the_python_connector_runs_a_query(netns: Lab, driver: str, login: Login) -> None:
    environment = netns.arrange(route=Route.CONNECTOR, login=login)
    user = netns.world.iam_user if login is Login.IAM else netns.world.user
    request = {"driver": driver, "login": login, "user": user, "database": netns.world.database, "timeout": 5}
    done = subprocess.run(
        netns.command(sys.executable, str(CONNECTOR)),
        input=json.dumps(request) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout) == {"user": user, "database": "orders"}, done.stderr


@pytest.mark.parametrize(
    "route, world, host",
    [
        (Route.DIRECT, "", "10.110.0.3"),
        (Route.DIRECT, "instance_ip=public authorized_networks=all", "34.78.121.40"),
        (Route.DIRECT, "egress=all-traffic private_range=other", "11.22.0.3"),
        (Route.DIRECT, "instance_ip=psc", "5f0c8d1a2b3c.9t8r7e6w5q4y.europe-west1.sql.goog"),
        (Route.SOCKET, "", "/cloudsql/acme-prod:europe-west1:orders"),
        (Route.SOCKET, "instance_ip=private", "/cloudsql/acme-prod:europe-west1:orders"),
        (Route.SOCKET, "egress=none", "/cloudsql/acme-prod:europe-west1:orders"),
        (Route.SOCKET, "egress=all-traffic nat=off instance_ip=private", "/cloudsql/acme-prod:europe-west1:orders"),
    ],
)
def test_psql_logs_in_where_the_app_is_told(netns: Lab, route: Route, world: str, host: str) -> None:
    environment = netns.arrange(route=route, world=world.split())
    assert environment["POSTGRES_HOST"] == host
    done = with_psql(netns, environment, f"host={host} user=api dbname=orders")
    assert (done.returncode, done.stdout) == (0, "api@orders\n"), done.stderr


@pytest.mark.parametrize(
    "world", ["egress=all-traffic nat=off", "egress=none instance_ip=private", "peering=off instance_ip=private"]
)
def test_the_platforms_end_of_the_socket_has_the_egress_of_the_container(netns: Lab, world: str) -> None:
    environment = netns.arrange(route=Route.SOCKET, world=world.split())
    done = with_psql(netns, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert "server closed the connection unexpectedly" in done.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_can_be_arranged(netns: Lab, fault: Fault) -> None:
    for expected in fault.expected:
        assert netns.arrange(fault.name, route=expected.route, login=expected.login)
        assert netns.switchboard.faults == (fault,)


def test_a_fault_adds_to_the_world(netns: Lab) -> None:
    netns.arrange("port-refused", route=Route.DIRECT, world=["egress=none"])
    found = connect(netns, "public:3307", "private:3307")
    assert found == {"public:3307": "Connection refused", "private:3307": "silent"}


def test_the_fault_without_nat_is_a_world_of_its_own(netns: Lab) -> None:
    netns.arrange("all-traffic-without-nat", route=Route.SOCKET)
    assert {name for name, what in connect(netns).items() if what == "open"} == {
        "redis",
        "private:5432",
        "private:3307",
    }


@pytest.mark.parametrize(
    "world, source",
    [
        ("", "10.8.0.9"),
        ("instance_ip=public authorized_networks=all", "34.34.233.17"),
        ("instance_ip=public authorized_networks=nat egress=all-traffic", "34.140.52.17"),
    ],
)
def test_the_instance_sees_the_address_of_the_way_out(netns: Lab, world: str, source: str) -> None:
    environment = netns.arrange("no-pg-hba-entry", route=Route.DIRECT, world=world.split())
    done = with_psql(netns, environment, f"host={environment['POSTGRES_HOST']} user=api dbname=orders")
    assert f'no pg_hba.conf entry for host "{source}"' in done.stderr


# --- time -------------------------------------------------------------------------------------------------------------

WAIT = """
import socket, time
began, answered = time.monotonic(), None
while answered is None and time.monotonic() - began < 10:
    try:
        socket.create_connection(("{address}", {port}), timeout=0.2).close()
        answered = time.monotonic() - began
    except TimeoutError:
        pass
socket.create_connection(("169.254.169.254", 80), timeout=1).close()
print(answered)
"""


def test_egress_opens_some_time_after_the_start_of_each_command(netns: Lab) -> None:
    environment = netns.arrange(world=["egress_opens_after=0.8"])
    for name in ("google", "private:5432"):
        address, port = DESTINATIONS[name]
        code = WAIT.format(address=address, port=port)
        done = netns.run(sys.executable, "-I", "-S", "-c", code, environment=environment)
        assert 0.4 < float(done.stdout) < 5, done.stderr


# --- the end ----------------------------------------------------------------------------------------------------------


def held(process: str = "self") -> set[str]:
    """Namespaces that a process holds open."""
    return _namespaces(Path("/proc", process, "fd").iterdir())


def inhabited() -> set[str]:
    """Namespaces in which some process is, of us or of anybody."""
    return _namespaces(path for kind in ("net", "mnt") for path in Path("/proc").glob(f"[0-9]*/ns/{kind}"))


def _namespaces(links: Iterable[Path]) -> set[str]:
    found = set()
    for link in links:
        # Processes and descriptors come and go.
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith(("net:", "mnt:"))}


def interfaces() -> list[str]:
    return [name for _, name in socket.if_nameindex()]


def test_nothing_is_left_of_a_lab_that_ended_in_an_error() -> None:
    before, links, mounts = held(), interfaces(), Path("/proc/self/mounts").read_text()
    with contextlib.suppress(KeyError), Lab(isolation=Isolation.NETNS) as lab:
        made = held() - before
        assert made
        assert interfaces() == links
        directory = lab.directory
        raise KeyError
    assert not (held() | inhabited()) & made
    assert interfaces() == links
    assert Path("/proc/self/mounts").read_text() == mounts
    assert not directory.exists()


def test_labs_side_by_side_do_not_meet(netns: Lab) -> None:
    with Lab(isolation=Isolation.NETNS) as other:
        other.arrange(world=["egress=none", "instance_ip=private"])
        assert connect(other, "private:5432", "google") == {"private:5432": "silent", "google": "open"}
        assert connect(netns, "private:5432", "google") == {"private:5432": "open", "google": "open"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_lab_that_is_ended_in_the_middle_leaves_no_namespace(number: int, short_directory: Path) -> None:
    """Nobody cleans up after SIGKILL but the kernel: a namespace is gone with who holds it and who is in it."""
    command = [sys.executable, "-m", "diagnostics.lab", "run", "--isolation", "netns"]
    command += ["--", "sh", "-c", "echo up; exec sleep 60"]
    environment = {**os.environ, "TMPDIR": str(short_directory)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        made = held(str(process.pid))
        assert made & inhabited()
        process.send_signal(number)
    deadline = time.monotonic() + 10
    while made & inhabited():
        assert time.monotonic() < deadline
