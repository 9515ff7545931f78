"""Google's connector in its own process, through the lab: what it comes to, and that nothing of it stays behind."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from diagnostics.adapters.driver_process import import_path
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Dialect, InstanceName, IpType, Login, Route, Secret, Target
from diagnostics.lab import world as lab_world
from diagnostics.lab.lab import Lab
from diagnostics.ports import DriverCall, DriverEnd, DriverResult

LIMIT = 20.0


@pytest.fixture(autouse=True)
def no_child_stays_behind() -> Iterator[None]:
    yield
    assert [
        child for child in psutil.Process().children() if "diagnostics.adapters.child" in " ".join(child.cmdline())
    ] == []


def target_of(lab: Lab, **changes: object) -> Target:
    world = lab.world
    settings: dict[str, object] = {
        "name": "orders",
        "route": Route.CONNECTOR,
        "dialect": Dialect.CONNECTOR,
        "instance": InstanceName.parse(world.connection_name),
        "database": world.database,
        "user": world.user,
        "password": Secret(world.password),
    }
    return Target(**(settings | changes))  # type: ignore[arg-type]


def iam_target(lab: Lab) -> Target:
    return target_of(lab, user=lab.world.iam_user, password=None, login=Login.IAM)


def call_of(lab: Lab, target: Target, limit: float = LIMIT, load_limit: float = LIMIT) -> DriverCall:
    return DriverCall(
        dialect=Dialect.CONNECTOR,
        target=target,
        limit=limit,
        load_limit=load_limit,
        sqladmin_endpoint=lab.google.api_endpoint,
    )


async def connect(
    lab: Lab, *faults: str, target: Target | None = None, limit: float = LIMIT, login: Login = Login.PASSWORD
) -> DriverResult:
    environment = lab.arrange(*faults, route=lab_world.Route.CONNECTOR, login=lab_world.Login(login.value))
    drivers = AppDrivers({**os.environ, **environment})
    return await drivers.connect(call_of(lab, target or target_of(lab), limit))


def with_modules_of(lab: Lab, folder: Path) -> AppDrivers:
    """Drivers whose process finds the modules of this folder first."""
    environment = lab.arrange(route=lab_world.Route.CONNECTOR)
    return AppDrivers({**os.environ, **environment}, (str(folder), *import_path()))


async def test_the_connector_logs_in_with_a_password(lab: Lab) -> None:
    result = await connect(lab)
    assert (result.exception, result.sqlstate) == ("", ""), result.message
    assert result.driver_version[0].isdigit()
    assert 0 < result.import_seconds < LIMIT
    assert 0 < result.connect_seconds < LIMIT


async def test_the_connector_logs_in_by_iam(lab: Lab) -> None:
    result = await connect(lab, target=iam_target(lab), login=Login.IAM)
    assert (result.exception, result.sqlstate) == ("", ""), result.message


async def test_the_type_of_address_that_the_app_asks_for_is_taken(lab: Lab) -> None:
    result = await connect(lab, "ip-type-absent")
    assert result.exception == "google.cloud.sql.connector.exceptions.CloudSQLIPTypeError"
    assert result.end is DriverEnd.FAILED
    result = await connect(lab, "ip-type-absent", target=target_of(lab, ip_type=IpType.PRIVATE))
    assert result.exception == "", result.message


async def test_a_refused_login_keeps_the_servers_code(lab: Lab) -> None:
    result = await connect(lab, target=target_of(lab, password=Secret("wrong")))
    assert (result.exception, result.sqlstate) == ("asyncpg.exceptions.InvalidPasswordError", "28P01")
    assert result.end is DriverEnd.FAILED


@pytest.mark.parametrize("fault", ["api-403", "api-404", "wrong-scope"])
async def test_a_failure_of_googles_apis_is_told_from_one_of_the_path(lab: Lab, fault: str) -> None:
    assert (await connect(lab, fault)).end is DriverEnd.API_FAILED


async def test_silence_ends_at_the_limit(lab: Lab) -> None:
    result = await connect(lab, "silent-drop", limit=1.0)
    assert result.end is DriverEnd.SILENT
    assert result.connect_seconds == 1.0
    assert result.import_seconds > 0


async def test_a_process_that_cannot_import_the_connector_says_so(lab: Lab, tmp_path: Path) -> None:
    """As where the image lacks it; here a module of the same name stands before it."""
    (tmp_path / "asyncpg.py").write_text("raise ImportError('not here')")
    drivers = with_modules_of(lab, tmp_path)
    result = await drivers.connect(call_of(lab, target_of(lab)))
    assert (result.exception, result.end) == ("ImportError", DriverEnd.IMPORT_FAILED)


async def test_a_process_that_dies_is_a_result(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "asyncpg.py").write_text("import os; os._exit(9)")
    drivers = with_modules_of(lab, tmp_path)
    result = await drivers.connect(call_of(lab, target_of(lab)))
    assert (result.exception, result.end) == ("ChildProcessError", DriverEnd.NO_RESULT)


async def test_a_process_without_a_place_for_certificates_contacts_nothing(lab: Lab, tmp_path: Path) -> None:
    """As on a read-only root file system; here nothing that Python would try is a directory."""
    (tmp_path / "asyncpg.py").write_text(
        "import tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']\n"
    )
    drivers = with_modules_of(lab, tmp_path)
    result = await drivers.connect(call_of(lab, target_of(lab)))
    assert (result.exception, result.end) == ("FileNotFoundError", DriverEnd.IMPORT_FAILED)


async def test_what_a_library_prints_is_no_result(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "asyncpg.py").write_text("print('{\"version\": \"lies\"}', flush=True)\nraise ImportError('not here')")
    drivers = with_modules_of(lab, tmp_path)
    assert (await drivers.connect(call_of(lab, target_of(lab)))).exception == "ImportError"


async def test_a_cancelled_call_kills_the_whole_group(lab: Lab, tmp_path: Path) -> None:
    """Also what the connector itself has started: google-auth may run gcloud."""
    marker = tmp_path / "grandchild"
    (tmp_path / "asyncpg.py").write_text(
        "import pathlib, subprocess, sys, time\n"
        "sleeper = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(marker)!r}).write_text(str(sleeper.pid))\n"
        "time.sleep(60)\n"
    )
    drivers = with_modules_of(lab, tmp_path)
    call = asyncio.create_task(drivers.connect(call_of(lab, target_of(lab))))
    grandchild = await _number_in(marker)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await _is_gone(grandchild)


async def _number_in(path: Path) -> int:
    for _ in range(1000):
        if path.exists() and (text := path.read_text()):  # noqa: ASYNC240
            return int(text)
        await asyncio.sleep(0.01)
    pytest.fail("the process never got that far")


async def _is_gone(pid: int) -> bool:
    """Killed, even where nobody collects orphans."""
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_imports_have_a_deadline_of_their_own(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "asyncpg.py").write_text("import time; time.sleep(60)")
    drivers = with_modules_of(lab, tmp_path)
    result = await drivers.connect(call_of(lab, target_of(lab), load_limit=0.5))
    assert (result.exception, result.end) == ("TimeoutError", DriverEnd.IMPORT_FAILED)
