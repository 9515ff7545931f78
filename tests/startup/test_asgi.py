"""The lifespan: only the start is guarded, and what the app's own lifespan does goes through."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from diagnostics.startup.asgi import lifespan

Seen = list[str]


def app_with(seen: Seen, *, fails: str = "") -> Starlette:
    @asynccontextmanager
    async def own(_: Starlette) -> AsyncIterator[dict[str, str]]:
        seen.append("start")
        if fails == "start":
            raise ConnectionResetError(104, "reset")
        try:
            yield {"pool": "a pool"}
        finally:
            seen.append("end")
        if fails == "end":
            raise ConnectionResetError(104, "reset")

    return Starlette(lifespan=lifespan(own, diagnose="text"))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.startup.reporting._said", set())


async def test_a_healthy_start_hands_on_the_state_and_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Seen = []
    app = app_with(seen)
    async with app.router.lifespan_context(app) as state:
        assert state == {"pool": "a pool"}
        assert app.state.startup.ready
    assert seen == ["start", "end"]
    assert capsys.readouterr().err == ""


async def test_a_start_that_fails_is_told_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    app = app_with([], fails="start")
    with pytest.raises(ConnectionResetError):
        await app.router.lifespan_context(app).__aenter__()
    assert json.loads(capsys.readouterr().err)["cause"] == "tcp.reset"
    assert app.state.startup.health()["status"] == "fail"


async def test_an_end_that_fails_is_no_failed_start(capsys: pytest.CaptureFixture[str]) -> None:
    app = app_with([], fails="end")
    context = app.router.lifespan_context(app)
    await context.__aenter__()
    with pytest.raises(ConnectionResetError):
        await context.__aexit__(None, None, None)
    assert capsys.readouterr().err == ""


async def test_without_a_lifespan_of_its_own_an_app_is_ready() -> None:
    app = Starlette(lifespan=lifespan())
    async with app.router.lifespan_context(app):
        assert app.state.startup.ready
