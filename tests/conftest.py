"""Fixtures for all rooms: one running lab a test process, whose faults are switched for each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from diagnostics.lab.lab import Lab


@pytest.fixture(scope="session")
def shared_lab() -> "Iterator[Lab]":
    """The stand-in cloud, started once: half a second. Use `lab`, which leaves no fault behind."""
    # Imported late: most rooms' tests need none of it.
    from diagnostics.lab.lab import Lab

    with Lab() as running:
        yield running


@pytest.fixture
def lab(shared_lab: "Lab") -> "Iterator[Lab]":
    """The lab without a fault. `lab.arrange("api-403", route=Route.SOCKET)` switches and gives the environment."""
    yield shared_lab
    shared_lab.switchboard.replace(())
