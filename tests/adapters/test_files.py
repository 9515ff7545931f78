import os
import socket
import threading
import time
from pathlib import Path, PurePosixPath

import pytest

from diagnostics.adapters.files import LARGEST, LEAST, MOST_NAMES, PatientReader, SystemFiles, at_once
from diagnostics.ports import PathKind


def kind(path: Path) -> PathKind:
    return SystemFiles().kind(PurePosixPath(path))


def test_each_kind_of_path_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "socket")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "socket"))
        assert kind(tmp_path) is PathKind.DIRECTORY
        assert kind(tmp_path / "file") is PathKind.FILE
        assert kind(tmp_path / "socket") is PathKind.SOCKET
        assert kind(tmp_path / "link") is PathKind.SOCKET
        assert kind(tmp_path / "loop") is PathKind.MISSING


@pytest.mark.parametrize("name", ["missing", "file/below", "x" * 300, "nul\0"])
def test_a_path_that_leads_nowhere_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert kind(tmp_path / name) is PathKind.MISSING
    assert SystemFiles().names(PurePosixPath(tmp_path / name)) == ()


def test_of_a_large_directory_a_thousand_names_are_looked_at(tmp_path: Path) -> None:
    for number in range(MOST_NAMES + 5):
        (tmp_path / f"{number:05}").touch()
    assert len(SystemFiles().names(PurePosixPath(tmp_path))) == MOST_NAMES


def test_a_look_that_hangs_does_not_hold_the_loop() -> None:
    let_go = threading.Event()
    started = time.monotonic()
    assert at_once(lambda: let_go.wait(5), otherwise=False) is False
    assert time.monotonic() - started < 1
    let_go.set()
    assert at_once(lambda: True, otherwise=False) is True


def test_names_are_sorted(tmp_path: Path) -> None:
    for name in ("b", "a", "p:r:i"):
        (tmp_path / name).mkdir()
    assert SystemFiles().names(PurePosixPath(tmp_path)) == ("a", "b", "p:r:i")


def test_a_closed_directory_is_forbidden_and_not_missing(tmp_path: Path) -> None:
    """Root may enter any directory, so a child that is nobody asks."""
    closed = tmp_path / "closed"
    (closed / "below").mkdir(parents=True)
    for directory in (tmp_path, *tmp_path.parents[:-2]):
        directory.chmod(0o755)
    closed.chmod(0o700)
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        found = (kind(closed / "below"), SystemFiles().names(PurePosixPath(closed)))
        os._exit(0 if found == (PathKind.FORBIDDEN, ()) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A FIFO that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_what_is_no_small_regular_file_is_not_read(tmp_path: Path, pipe: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (LARGEST + 1))
    for path in (pipe, tmp_path, tmp_path / "large", Path("/dev/zero"), Path("/dev/tty"), tmp_path / "missing"):
        with pytest.raises((OSError, ValueError)):
            PatientReader().read(str(path))
    (tmp_path / "small").write_text("s3cret\n")
    assert PatientReader().read(str(tmp_path / "small")) == "s3cret\n"


class Hanging:
    """A volume that hangs until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.looks = 0

    def __call__(self, path: str) -> bytes:
        if path == "/volume/secret":
            self.looks += 1
            self.let_go.wait(5)
        return b"text"


def test_a_volume_that_hangs_costs_a_limit_and_no_other_file(tmp_path: Path) -> None:
    volume = Hanging()
    started = time.monotonic()
    for _ in range(3):
        reader = PatientReader(patience=0.2, look=volume)
        with pytest.raises(TimeoutError):
            reader.read("/volume/secret")
        assert reader.read("/other/secret") == "text"
    assert time.monotonic() - started < 3 * (0.2 + LEAST) + 1
    assert volume.looks == 1, "a look that hangs is not joined by another"
    volume.let_go.set()
    assert PatientReader(look=volume).read("/volume/secret") == "text"
