"""One ordinary server for a test process; another one in a namespace of its own is made where it is needed."""

from collections.abc import Iterator

import pytest

from tests.e2e.ordinary import Ordinary, ordinary


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordinary]:
    """An ordinary PostgreSQL with TLS."""
    with ordinary(tmp_path_factory.mktemp("authority")) as running:
        yield running
