"""The files of the status page as they are served."""

import json

import pytest

from diagnostics.core.model import Status
from diagnostics.surfaces import words
from diagnostics.surfaces.sidecar import static
from tests.sidecar.stage import Stage, staged

ASSETS = ["style.css", "main.js", "words.js", "pass.svg"]


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in ASSETS)])
async def test_every_file_comes_with_a_policy_that_runs_nothing_else(path: str) -> None:
    async with staged() as stage, stage.client.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"] == static.POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["index.html", "__init__.py", "..%2fstatic.py", "%2e%2e/static.py", "nothing.js"])
async def test_nothing_but_what_the_page_loads_is_served(name: str) -> None:
    async with staged() as stage:
        assert await stage.status(f"/page/{name}") == 404


async def test_the_page_says_what_the_other_surfaces_say() -> None:
    async with staged() as stage:
        labels = await labels_of(stage)
    assert labels["STATUS"] == {status.value: words.STATUS[status] for status in Status}
    assert labels["FIXES"] == words.FIXES


async def labels_of(stage: Stage) -> "dict[str, object]":
    async with stage.client.get("/page/words.js") as answer:
        found: dict[str, object] = json.loads((await answer.text()).removeprefix("export default ").rstrip(";\n"))
        return found
