"""One browser for all tests here, a tab for each, and a sidecar whose reports the test writes."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from tests.browser.chromium import Tab, chromium, tab
from tests.browser.stage import Stage, staged

REPO = Path(__file__).parents[2]

PICTURES = REPO / ".cache" / "browser"
"""Where the tests leave what the page looked like."""


class OpenTab(Protocol):
    """A fresh tab: `open_tab(360, "dark")`."""

    def __call__(
        self, width: int = 1280, scheme: str = "light", *, open_to_tests: bool = False
    ) -> AbstractAsyncContextManager[Tab]: ...


@pytest.fixture(scope="session")
def devtools() -> Iterator[str]:
    """Address of the running browser. Pictures of an earlier session are gone."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    with chromium() as address:
        yield address


@pytest.fixture
def open_tab(devtools: str) -> OpenTab:
    return partial(tab, devtools)


@pytest.fixture
async def looker(open_tab: OpenTab) -> AsyncIterator[Tab]:
    """One tab on a usual screen."""
    async with open_tab() as opened:
        yield opened


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(PICTURES.glob("*.png")):
        terminalreporter.write_line(f"pictures of the status page: {PICTURES}")
