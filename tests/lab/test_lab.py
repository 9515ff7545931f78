"""A lab as a whole: side by side with others, gone without a trace, and what a command in it finds."""

import json
import os
import re
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from diagnostics.lab.account import READING_CAPABILITIES, unprivileged
from diagnostics.lab.fault import Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.lab import Lab
from diagnostics.lab.postgres import Binaries, directory_of
from diagnostics.lab.setup import Setup
from diagnostics.lab.world import Login, Route
from tests.lab.clients.drivers import with_psycopg

START_SECONDS = 10.0
"""A start takes half a second; the bound only catches a start that waits for some timeout."""


def descendants() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_labs_side_by_side_do_not_meet(lab: Lab) -> None:
    with Lab() as other:
        assert lab.addresses != other.addresses
        other.arrange("wrong-password", route=Route.DIRECT)
        other.switchboard.on("silent-drop")
        assert with_psycopg(lab.arrange(route=Route.DIRECT)) == "api@orders"


def test_nothing_is_left_behind() -> None:
    before = descendants()
    begin = time.monotonic()
    with Lab() as running:
        assert time.monotonic() - begin < START_SECONDS
        directory = running.directory
        address = running.addresses.public
        assert descendants() - before
    assert not directory.exists()
    assert not descendants() - before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 5432), timeout=5)


def test_a_start_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = descendants()
    made: list[Path] = []

    def fail(self: object, out: object, tokens: object, directory: Path, patience: float) -> None:
        made.append(directory.parent)
        raise RuntimeError("cannot")

    monkeypatch.setattr("diagnostics.lab.platform_end.Platform.__init__", fail)
    with pytest.raises(RuntimeError, match="cannot"), Lab():
        pass
    assert not made[0].exists()
    assert not descendants() - before


LOOK = """
import json, os
print(json.dumps({
    "uid": os.getuid(),
    "status": open("/proc/self/status").read(),
    "environment": dict(os.environ),
    "writable": os.access(os.environ["HOME"], os.W_OK),
    "resolv.conf": open("/etc/resolv.conf").read(),
}))
"""


def look(lab: Lab, environment: dict[str, str]) -> dict[str, object]:
    """What a program in the lab sees of itself."""
    done = lab.run(sys.executable, "-I", "-c", LOOK, environment=environment)
    assert done.returncode == 0, done.stderr
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


def test_a_command_is_an_ordinary_user(lab: Lab) -> None:
    seen = look(lab, lab.arrange(route=Route.DIRECT))
    assert seen["uid"] != 0
    assert seen["writable"]


def test_a_command_has_no_capability_but_to_read_our_python(lab: Lab) -> None:
    seen = look(lab, lab.arrange(route=Route.DIRECT))
    held = re.search(r"^CapEff:\t([0-9a-f]+)$", str(seen["status"]), re.MULTILINE)
    assert held is not None
    kept = unprivileged([directory_of(Binaries.WHEEL)]).capability
    assert int(held[1], 16) == (1 << READING_CAPABILITIES[kept] if kept else 0)


def test_a_command_asks_the_labs_resolver(lab: Lab) -> None:
    assert not lab.resolver_refusal, "the machine that runs the tests must allow mount namespaces"
    seen = look(lab, lab.arrange(route=Route.DIRECT))
    assert f"nameserver {lab.addresses.resolver}\n" in str(seen["resolv.conf"])


def test_nothing_of_our_environment_gets_in(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/key.json")
    monkeypatch.setenv("PGHOST", "elsewhere")
    seen = look(lab, lab.arrange(route=Route.DIRECT))["environment"]
    assert isinstance(seen, dict)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in seen
    assert "PGHOST" not in seen
    assert seen["K_SERVICE"] == "api"
    assert "PORT" not in seen, "Cloud Run sets it in the ingress container only"


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("login", Login)
def test_every_address_that_the_environment_names_is_the_labs(lab: Lab, route: Route, login: Login) -> None:
    environment = lab.arrange(route=route, login=login)
    places = [
        value for name, value in environment.items() if name.startswith(("CLOUDSQL_DIAG_", "GCE_", "POSTGRES_HOST"))
    ]
    network = lab.addresses.public.rpartition(".")[0]
    ours = (network, f"http://{network}", str(lab.directory))
    assert all(value.startswith(ours) for value in places), places


@pytest.mark.parametrize("fault", [each for each in FAULTS if not each.needs_network], ids=lambda fault: fault.name)
def test_every_fault_can_be_arranged_where_it_makes_sense(lab: Lab, fault: Fault) -> None:
    differs = False
    for expected in fault.expected:
        broken = lab.arrange(fault.name, route=expected.route, login=expected.login)
        differs |= broken != lab.arrange(route=expected.route, login=expected.login)
    assert differs == fault.in_environment


def test_a_healthy_connection_leaves_no_line_in_the_servers_log(lab: Lab) -> None:
    before = lab.postgres.log
    for route in (Route.DIRECT, Route.SOCKET):
        with_psycopg(lab.arrange(route=route))
    assert lab.postgres.log == before


def test_the_environment_follows_the_switchboard(lab: Lab) -> None:
    setup = Setup(route=Route.DIRECT, login=Login.PASSWORD)
    lab.switchboard.on("unknown-database")
    assert lab.environment(setup)["POSTGRES_DB"] == "ordres"
    lab.switchboard.off("unknown-database")
    assert lab.environment(setup)["POSTGRES_DB"] == "orders"


def test_the_labs_own_programs_are_found_first(lab: Lab) -> None:
    path = lab.arrange(route=Route.DIRECT)["PATH"]
    assert path.split(os.pathsep)[0] == str(Path(sys.executable).parent)
