import os
import socket
from pathlib import Path, PurePosixPath

import pytest

from diagnostics.adapters.files import SystemFiles
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
