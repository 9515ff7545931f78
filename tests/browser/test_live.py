"""The page goes on by itself, and says when it cannot: nothing that it shows outlives its truth."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause
from diagnostics.core.model import Status
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.surfaces import words
from tests.browser.chromium import Tab
from tests.browser.conftest import PICTURES, OpenTab
from tests.browser.stage import SHOWN, FreshSource, Stage, look, staged
from tests.sidecar.process import in_lab
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

pytestmark = [pytest.mark.browser, pytest.mark.serial]

INTERVAL = 1.0
"""Seconds between two runs in the lab: the shortest that a person may ask for."""

SLACK = 3.0
"""Seconds for a browser to draw what it was told, on a machine that does other things too."""

DOUBTED = "document.body.classList.contains('doubtful')"


@pytest.fixture(scope="module")
def own_lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


async def becomes(tab: Tab, status: Status) -> float:
    """Seconds until the verdict is this one."""
    began = time.monotonic()
    await tab.until(f"document.querySelector('h1').innerText === {words.VERDICT[status]!r}")
    return time.monotonic() - began


async def test_a_fault_that_is_switched_on_and_off_is_on_the_page_within_a_cycle(own_lab: Lab, looker: Tab) -> None:
    with in_lab(own_lab, own_lab.arrange(route=Route.DIRECT), str(int(INTERVAL))) as served:
        await asyncio.to_thread(served.until, "/ready")
        await looker.open(f"http://127.0.0.1:{served.port}/")
        await looker.until(SHOWN)
        await becomes(looker, Status.PASS)
        await looker.picture(PICTURES / "lab-healthy.png")

        own_lab.switchboard.on("port-refused")
        assert await becomes(looker, Status.FAIL) < INTERVAL + SLACK
        assert await looker.text(".cause .code") == Cause.TCP_REFUSED
        assert await looker.value("document.title") == "fail: orders · cloudsql-diag"
        assert words.VERDICT[Status.FAIL] in await looker.text("#aloud")
        await looker.picture(PICTURES / "lab-broken.png")

        own_lab.switchboard.off("port-refused")
        assert await becomes(looker, Status.PASS) < INTERVAL + SLACK
        await looker.until("document.querySelector('.since').innerText.startsWith('Since')")
        assert await looker.value("document.title") == "ok: orders · cloudsql-diag"
        assert await looker.value("document.querySelector('.cause, .differences, .warnings, .doubtful')") is None
        assert await looker.value("document.querySelectorAll('.steps [data-status=fail]').length") == 0
        assert words.VERDICT[Status.FAIL] not in await looker.text("#aloud")
        assert await looker.texts(".incidents code") == [Cause.TCP_REFUSED]
        assert looker.complaints == []


async def test_a_run_is_shown_when_it_ends_without_being_asked_for(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    await stage.then(SOCKET_FAILURE)
    await becomes(looker, Status.FAIL)
    await stage.then(HEALTHY)
    await becomes(looker, Status.PASS)
    assert not await looker.value("document.querySelector('.cause')")


async def test_without_an_answer_nothing_looks_alive_and_it_comes_back_by_itself(open_tab: OpenTab) -> None:
    async with open_tab() as tab:
        async with staged() as stage:
            await stage.show(HEALTHY)
            await look(tab, stage)
            port = stage.port
            green = await tab.value(COLOUR)
        await tab.until(DOUBTED)
        assert "No answer since" in await tab.text("#doubt")
        assert (await tab.text("h1")).startswith("Last known:")
        assert await tab.value(COLOUR) != green
        assert await tab.value("document.title") == "stale: orders · cloudsql-diag"
        assert "Stale" in await tab.text("#aloud")
        async with staged(port=port) as stage:
            await stage.show(HEALTHY)
            await tab.until(f"!{DOUBTED} && {SHOWN}")
            assert await tab.value(COLOUR) == green


COLOUR = "getComputedStyle(document.querySelector('h1 .sign')).color"


async def test_a_page_that_cannot_show_what_it_is_told_does_not_go_on_showing_what_it_was_told_before(
    stage: Stage, looker: Tab
) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    await looker.value(
        'window.asked = fetch, window.fetch = async () => new Response(\'{"targets": [{"name": "orders"}]}\')'
    )
    await stage.then(HEALTHY)
    await looker.until(DOUBTED)
    assert "cannot show what the agent says" in await looker.text("#doubt")
    assert not await looker.value("document.querySelector('h1')")
    await looker.value("window.fetch = window.asked")
    await stage.then(HEALTHY)
    await looker.until(f"!{DOUBTED} && {SHOWN}")


async def test_what_the_agent_refuses_is_said_in_its_own_words(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    refusal = 'new Response(\'{"detail": "not by this name"}\', {status: 421})'
    await looker.value(f"window.fetch = async () => {refusal}, null")
    await stage.then(HEALTHY)
    await looker.until(DOUBTED)
    shown = await looker.text("#doubt")
    assert shown.startswith("Refused since")
    assert "not by this name" in shown


async def test_a_tab_that_nobody_looks_at_holds_no_connection_and_catches_up_when_it_is_seen(
    stage: Stage, looker: Tab
) -> None:
    """A browser has six to one place: as many tabs would keep a seventh from loading."""
    await stage.show(HEALTHY)
    await look(looker, stage)
    await looker.value("Object.defineProperty(document, 'hidden', {value: true, configurable: true}), null")
    await looker.value("document.dispatchEvent(new Event('visibilitychange')), null")
    await looker.until("document.querySelector('.asks')")
    await stage.then(SOCKET_FAILURE)
    await looker.value("delete document.hidden, document.dispatchEvent(new Event('visibilitychange')), null")
    await looker.until(f"{SHOWN} && document.querySelector('.cause')")


async def test_a_report_that_is_older_than_it_may_be_is_doubted_though_the_agent_answers(
    stage: Stage, looker: Tab
) -> None:
    await stage.show(HEALTHY, age=330)
    await looker.open(stage.address)
    await looker.until(DOUBTED)
    assert "No run for 5 min" in await looker.text("#doubt")
    assert (await looker.text("h1")).startswith("Last known:")


@pytest.mark.parametrize("other, reason", [(330.0, "no CPU"), (0.0, "wait for its turn")])
async def test_a_late_report_is_laid_to_the_cpu_only_where_no_target_has_a_run(
    stage: Stage, looker: Tab, other: float, reason: str
) -> None:
    """Of many targets a few are looked at at a time: with silent ones among them a turn may be long in coming."""
    source = FreshSource("orders", "billing", checks=CHECKS)
    source.ages = {"orders": 330.0, "billing": other}
    await stage.watch(source)
    await looker.open(stage.address + "?target=orders")
    await looker.until(DOUBTED)
    assert reason in await looker.text("#doubt")


async def test_a_run_that_may_take_long_is_waited_for_before_there_is_doubt(stage: Stage, looker: Tab) -> None:
    """As `--timeout` says, or the deadline that there is by default."""
    await stage.show(HEALTHY, age=330)
    [target] = stage.watched.monitor.targets
    target.limit = 400.0
    await look(looker, stage)
    assert not await looker.value(DOUBTED)


async def test_doubt_comes_by_nothing_but_time(stage: Stage, looker: Tab) -> None:
    """After a pause and the longest run there may be, without an event or a request."""
    await stage.show(HEALTHY, age=95)
    await look(looker, stage)
    assert not await looker.value(DOUBTED)
    await looker.until(DOUBTED)


async def test_run_now_runs_and_says_when_it_is_too_soon(stage: Stage, looker: Tab) -> None:
    source = await stage.show(HEALTHY)
    await look(looker, stage)
    source.script("orders", SOCKET_FAILURE)
    await looker.click("#run")
    await becomes(looker, Status.FAIL)
    await looker.until("document.querySelector('#answer').innerText === 'Done.'")
    await looker.click("#run")
    await looker.until("/^Too soon: again in [0-9]+ s/.test(document.querySelector('#answer').innerText)")


async def test_run_now_on_an_old_run_leads_to_the_last(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await stage.then(HEALTHY)
    await look(looker, stage)
    await looker.click(".strip a[data-status=fail]")
    await looker.until("document.querySelector('.past')")
    await looker.click("#run")
    await looker.until("!document.querySelector('.past') && document.querySelector('#answer').innerText === 'Done.'")


async def test_a_run_that_ends_takes_away_neither_focus_nor_selection(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    await looker.value("document.querySelector('.command button').focus()")
    await looker.value("getSelection().selectAllChildren(document.querySelector('.summary'))")
    last = await looker.text("footer code")
    await stage.then(SOCKET_FAILURE)
    await looker.until(f"document.querySelector('footer code').innerText !== {last!r}")
    kept = await looker.value("[document.activeElement.textContent, String(getSelection())]")
    assert kept == ["Copy", SOCKET_FAILURE.diagnoses[0].summary]


async def test_a_command_is_copied_as_it_is_seen(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    await looker.allow(stage.address, "clipboard-read", "clipboard-write")
    await looker.click(".command button")
    await stage.then(SOCKET_FAILURE)
    await looker.until("document.querySelector('.command button').innerText === 'Copied'")
    assert await looker.value("navigator.clipboard.readText()") == SOCKET_FAILURE.diagnoses[0].remedies[0].command


async def test_where_the_browser_forbids_copying_the_command_is_selected(stage: Stage, looker: Tab) -> None:
    """As on a page that is reached over http by another name than localhost."""
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    await looker.value("delete Navigator.prototype.clipboard, document.execCommand = () => false")
    await looker.click(".command button")
    await looker.until("document.querySelector('.command button').innerText === 'Selected'")
    assert await looker.value("String(getSelection())") == SOCKET_FAILURE.diagnoses[0].remedies[0].command
