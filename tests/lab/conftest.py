"""Google's side of a lab for the tests of its parts. The kernel chooses the ports, so tests side by side never meet."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.certs import Certificates
from diagnostics.lab.google import Google, now
from diagnostics.lab.plan import on_loopback
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.world import World

PATIENCE = 10.0
"""Seconds for processes that were killed with their lab to be gone."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def switchboard(world: World) -> Switchboard:
    return Switchboard(world)


@pytest.fixture
def addresses() -> Addresses:
    return Addresses.numbered(1)


@pytest.fixture
def certificates(world: World) -> Certificates:
    return Certificates(world, now())


@pytest.fixture
def google(switchboard: Switchboard, addresses: Addresses, certificates: Certificates) -> Iterator[Google]:
    site = Google(switchboard, on_loopback(addresses), certificates)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory whose name is as short as the sockets of a lab in it need it, and which others may pass through."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp", ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o711)
        yield Path(path)
    # What a lab that was killed has left running may still write while its files are removed.
    deadline = time.monotonic() + PATIENCE
    while Path(path).exists():
        shutil.rmtree(path, ignore_errors=True)
        assert time.monotonic() < deadline, "something goes on writing there"
