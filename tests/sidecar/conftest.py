"""Fixtures of the sidecar's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.sidecar.stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A sidecar as it is started without a setting; nothing is watched yet."""
    async with staged() as made:
        yield made
