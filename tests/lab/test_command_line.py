"""``lab`` as a program."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from select import POLLIN, poll

import pytest

from diagnostics.lab.account import Account, unprivileged
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.keys import KEYS
from diagnostics.lab.postgres import Binaries, directory_of
from diagnostics.lab.world import Route

PROGRAM = (sys.executable, "-m", "diagnostics.lab")
ROOT = Path(__file__).parents[2]
SECONDS = 60


def lab(*arguments: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
    )


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, short_directory: Path) -> Path:
    """A temporary directory in which every lab of the test lives."""
    monkeypatch.setenv("TMPDIR", str(short_directory))
    return short_directory


def test_run_exits_as_the_command_does_and_leaves_nothing(temporary: Path) -> None:
    done = lab("run", "--", "sh", "-c", 'echo "$POSTGRES_HOST"; exit 7')
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("127.77.")
    assert not list(temporary.iterdir())


def test_run_exits_as_a_shell_would_when_a_signal_ends_the_command() -> None:
    assert lab("run", "--", "sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL


def test_run_takes_faults_route_and_login() -> None:
    done = lab(
        "run",
        "--fault",
        "wrong-region",
        "--login",
        "iam",
        "--",
        "sh",
        "-c",
        'echo "$INSTANCE_CONNECTION_NAME $POSTGRES_USER"',
    )
    assert done.stdout == "acme-prod:europe-west4:orders api@acme-prod.iam\n", done.stderr


@pytest.mark.parametrize(
    "arguments, word",
    [
        (("run", "--fault", "no-such-fault", "--", "true"), "no-such-fault"),
        (("run", "--fault", "nxdomain", "--route", "socket", "--", "true"), "makes no sense on route socket"),
        (("run", "--fault", "iam-login-denied", "--login", "password", "--", "true"), "it does with: iam"),
        (("run", "--route", "carrier-pigeon", "--", "true"), "carrier-pigeon"),
        (("fault", "on", "api-403"), "CLOUDSQL_DIAG_LAB"),
        (("fault", "on", "api-403", "--control", "/nonexistent"), "no lab answers"),
        (("fault", "on", "no-such-fault", "--control", "/nonexistent"), "no-such-fault"),
        (("run", "--isolation", "netns", "--world", "weather=rain", "--", "true"), "egress, vpc, connector_state"),
        (("run", "--isolation", "netns", "--world", "egress=some", "--", "true"), "private-ranges-only, all-traffic"),
        (("run", "--world", "egress=none", "--", "true"), "--isolation netns"),
        (("run", "--fault", "api-name-absent", "--", "true"), "--isolation netns"),
        (("up", "--isolation", "cloud"), "loopback"),
        (("world", "set", "egress=none", "--control", "/nonexistent"), "no lab answers"),
        (("exec", "--control", "/nonexistent", "true"), "no lab answers"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_names_what_is_wrong(
    temporary: Path, arguments: tuple[str, ...], word: str
) -> None:
    done = lab(*arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_faults_lists_every_fault_with_its_diagnosis() -> None:
    listed = {each["name"]: each for each in json.loads(lab("faults", "-o", "json").stdout)}
    assert set(listed) == {fault.name for fault in FAULTS}
    assert listed["silent-drop"]["expected"][0] == {
        "route": "direct",
        "login": "password",
        "cause": "tcp.timeout",
        "exit": 16,
    }
    assert len(lab("faults").stdout.splitlines()) == len(FAULTS)


@pytest.fixture
def ordinary(temporary: Path) -> Account:
    """A user who is not root; the temporary directory is theirs."""
    account = unprivileged([directory_of(Binaries.WHEEL)])
    account.own(temporary)
    return account


def as_user(account: Account, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        account.command(*PROGRAM, *arguments),
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
    )


def test_an_ordinary_user_can_run_the_lab(ordinary: Account) -> None:
    query = 'PGPASSWORD="$POSTGRES_PASSWORD" psql -tAc "SELECT 1" "host=$POSTGRES_HOST user=api dbname=orders"'
    for route in Route:
        command = query if route is not Route.CONNECTOR else "echo 1"
        done = as_user(ordinary, "run", "--route", route.value, "--", "sh", "-c", command)
        assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_a_user_who_may_not_bind_port_53_is_told_that_names_cannot_fail(ordinary: Account) -> None:
    """Where the kernel lets anybody bind it, the fault just works."""
    anybody = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 53
    done = as_user(ordinary, "run", "--fault", "nxdomain", "--", "sh", "-c", 'getent hosts "$POSTGRES_HOST"')
    assert done.returncode == 2
    assert ("cannot be the command's resolver" in done.stderr) is not anybody


class Up:
    """`lab up` in the background, and what it printed."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "up", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        # The last thing it says; whoever reads it may use the lab.
        assert "the lab is up" in self.process.stderr.readline()
        os.set_blocking(self.process.stdout.fileno(), False)
        self.exports = self.process.stdout.read()

    @property
    def environment(self) -> dict[str, str]:
        shell = subprocess.run(
            ["sh", "-c", f"{self.exports}\nenv -0"], env={}, capture_output=True, text=True, check=True
        )
        pairs = (pair.split("=", 1) for pair in shell.stdout.split("\0") if "=" in pair)
        return {name: value for name, value in pairs if name != "PWD"}

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=SECONDS)
        return self.process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_stays_until_a_signal_and_leaves_nothing(temporary: Path, number: int) -> None:
    up = Up("--route", "socket")
    assert Path(up.environment["POSTGRES_HOST"]).is_dir()
    assert list(temporary.iterdir())
    assert up.end(number) == 128 + number
    assert not list(temporary.iterdir())


def test_faults_of_a_running_lab_are_switched_from_outside(temporary: Path) -> None:
    up = Up("--route", "direct")
    try:
        here = up.environment
        harmless = lab("fault", "on", "api-403", environment=here)
        assert harmless.stdout == "on: api-403\n"
        assert "connector with login password, socket with login password" in harmless.stderr
        switched = lab("fault", "on", "wrong-password", environment=here)
        assert switched.stdout == "on: api-403, wrong-password\n"
        assert "start the app anew" in switched.stderr
        assert "all the same" not in switched.stderr
        assert f"POSTGRES_PASSWORD={here['POSTGRES_PASSWORD']}" not in lab("env", environment=here).stdout
        refused = lab("fault", "on", "socket-stale", environment=here)
        assert refused.returncode == 2
        assert "makes no sense on route direct; it does on: socket" in refused.stderr
        unfelt = lab("fault", "on", "iam-login-denied", environment=here)
        assert (unfelt.returncode, unfelt.stdout) == (2, "")
        assert "makes no sense with login password; it does with: iam" in unfelt.stderr
        assert lab("fault", "off", "api-403", "--control", here["CLOUDSQL_DIAG_LAB"]).stdout == "on: wrong-password\n"
    finally:
        up.end(signal.SIGTERM)


def test_a_fault_that_only_iam_logins_feel_is_switched_on_where_the_app_logs_in_so(temporary: Path) -> None:
    up = Up("--route", "direct", "--login", "iam")
    try:
        switched = lab("fault", "on", "iam-login-denied", environment=up.environment)
        assert (switched.stdout, switched.stderr) == ("on: iam-login-denied\n", "")
    finally:
        up.end(signal.SIGTERM)


def test_the_only_lab_that_runs_needs_no_name_and_of_several_one_must_be_named(temporary: Path) -> None:
    up = Up("--route", "direct")
    try:
        assert lab("fault", "on", "api-403").stdout == "on: api-403\n"
        other = Up("--route", "socket")
        try:
            refused = lab("fault", "off", "api-403")
        finally:
            other.end(signal.SIGTERM)
        named = (up.environment["CLOUDSQL_DIAG_LAB"], other.environment["CLOUDSQL_DIAG_LAB"])
        assert (refused.returncode, [path in refused.stderr for path in named]) == (2, [True, True])
        assert lab("fault", "off", "api-403").stdout == "on: nothing\n"
    finally:
        up.end(signal.SIGTERM)


def test_a_command_can_switch_faults_of_its_own_lab() -> None:
    switch = f"{sys.executable} -m diagnostics.lab fault on wrong-password"
    done = lab("run", "--", "sh", "-c", switch, environment={"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout) == (0, "on: wrong-password\n"), done.stderr


def test_a_signal_to_run_reaches_the_command(temporary: Path) -> None:
    """A command that handles SIGTERM ends the way it wants to, and the lab with it."""
    command = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [*PROGRAM, "run", "--", "sh", "-c", command], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 5
    assert not list(temporary.iterdir())


def test_a_lab_that_is_killed_takes_its_server_with_it(temporary: Path) -> None:
    """Nobody can clean up after SIGKILL but the kernel."""
    up = Up()
    [directory] = temporary.iterdir()
    server = int((directory / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    up.end(signal.SIGKILL)
    assert ends(server), "PostgreSQL is still there"
    assert directory.exists()
    assert lab("run", "--", "true").returncode == 0
    assert not list(temporary.iterdir()), "the next lab sweeps"


def ends(pid: int) -> bool:
    """Whether the process is gone within ten seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    events = poll()
    events.register(descriptor, POLLIN)
    gone = bool(events.poll(10_000))
    os.close(descriptor)
    return gone


def test_an_ordinary_user_is_told_that_namespaces_need_root(ordinary: Account) -> None:
    done = as_user(ordinary, "run", "--isolation", "netns", "--", "true")
    assert done.returncode == 2
    assert "need root" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.netns
def test_a_machine_without_nftables_is_told_so(temporary: Path) -> None:
    for program in ("ip", "setpriv"):
        found = shutil.which(program)
        assert found is not None
        (temporary / program).symlink_to(found)
    done = lab("run", "--isolation", "netns", "--", "true", environment={"PATH": str(temporary)})
    assert done.returncode == 2
    assert "nft is not installed" in done.stderr
    assert {path.name for path in temporary.iterdir()} == {"ip", "setpriv"}


def test_worlds_lists_every_key_with_its_values() -> None:
    listed = lab("worlds").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [key.name for key in KEYS]
    assert all(key.allowed in line for key, line in zip(KEYS, listed, strict=True))


REACH = """
import socket
try:
    socket.create_connection(("10.110.0.3", 5432), timeout=0.3)
    print("open")
except TimeoutError:
    print("silent")
"""


@pytest.mark.netns
def test_the_world_of_a_running_lab_is_changed_from_outside(temporary: Path) -> None:
    up = Up("--isolation", "netns", "--world", "egress=none")
    try:
        here = up.environment
        python = ("exec", sys.executable, "-I", "-c", REACH)
        assert lab(*python, environment=here).stdout == "silent\n"
        assert lab("world", "set", "egress=all-traffic", "nat=off", environment=here).returncode == 0
        assert lab(*python, environment=here).stdout == "open\n"
        refused = lab("world", "set", "egress=some", environment=here)
        assert refused.returncode == 2
        assert "private-ranges-only" in refused.stderr
        assert lab("exec", "sh", "-c", "exit 7", environment=here).returncode == 7
    finally:
        up.end(signal.SIGTERM)
    assert not list(temporary.iterdir())
