import os
from collections.abc import Iterator

import pytest

from tests.image.container import Image, built


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    if os.geteuid() != 0:
        pytest.fail("the image is built and started with root's rights; leave these tests out with MARK='not image'")
    with built() as found:
        yield found
