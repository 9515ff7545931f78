"""Fixtures for all rooms: one running lab a test process, whose faults are switched for each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from diagnostics.lab.lab import Lab

# A slow example is no finding on a machine that does other things too; bounds of time that count have their own tests.
settings.register_profile("tests", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=10_000)
settings.load_profile("tests")

SPREAD = frozenset({"tests/scenarios/test_faults.py", "tests/scenarios/test_trials.py"})
"""Long tables whose rows wait for silence: each row goes to whichever worker is free."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file is a worker's, with the lab, server or image that its fixtures make once."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return nodeid if path in SPREAD else path

    return ByFile(config, log)


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
