"""The lab in network namespaces: real connects from the container's own, real clients, and nothing left behind."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from select import POLLOUT, poll

import pytest

from diagnostics.lab.ground import Isolation
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Login, Route
from tests.lab.worlds import DESTINATIONS, OPEN

pytestmark = pytest.mark.netns

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
