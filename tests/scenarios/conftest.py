"""A stage for tests that run a few scenarios: one lab in network namespaces for a module."""

from collections.abc import Iterator

import pytest

from tests.scenarios.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running
