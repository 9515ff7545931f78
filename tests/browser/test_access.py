"""The page for eyes, ears and fingers: contrast and names by axe, the way of the keyboard, and pictures for people."""

import json
from pathlib import Path

import pytest

from tests.browser.chromium import Tab
from tests.browser.conftest import PICTURES, OpenTab
from tests.browser.stage import Stage, look
from tests.surfaces.reports import HEALTHY, REPORTS, SOCKET_FAILURE

pytestmark = [pytest.mark.browser, pytest.mark.serial]

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

SCREENS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SCREEN_RULES = ["color-contrast", "target-size"]
"""What depends on the scheme and on the width; all the rest is the same on every screen, and takes long."""


async def violations(tab: Tab, rules: list[str]) -> list[str]:
    """What axe finds, with the place and why."""
    found = await tab.value(
        f"axe.run(document, {{runOnly: {json.dumps(rules)}}}).then(found => found.violations.flatMap("
        "rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.failureSummary}`)))"
    )
    return [str(each) for each in found]


async def on_every_screen(tab: Tab, name: str) -> list[str]:
    """Pictures, and what is wrong, at both widths and in both schemes."""
    found = await violations(tab, RULES)
    for width, scheme in SCREENS:
        await tab.resize(width)
        await tab.prefer(scheme)
        assert await tab.value("document.documentElement.scrollWidth") <= width
        await tab.picture(PICTURES / f"{name}-{width}-{scheme}.png")
        if (width, scheme) == (360, "dark"):
            found += await violations(tab, SCREEN_RULES)
    return found


@pytest.mark.parametrize("name", [name for name in REPORTS if name != "strict_warnings"])
async def test_everybody_can_read_every_kind_of_report(stage: Stage, open_tab: OpenTab, name: str) -> None:
    report = REPORTS[name]
    async with open_tab(open_to_tests=True) as tab:
        await stage.show(HEALTHY, HEALTHY, report, report)
        await look(tab, stage)
        await tab.value(AXE.read_text())
        assert await on_every_screen(tab, name) == []


async def test_everybody_can_read_that_it_is_stale(stage: Stage, open_tab: OpenTab) -> None:
    async with open_tab(open_to_tests=True) as tab:
        await stage.show(HEALTHY, SOCKET_FAILURE, age=600)
        await tab.open(stage.address)
        await tab.until("document.querySelector('.doubtful .cause')")
        await tab.value(AXE.read_text())
        assert await on_every_screen(tab, "stale") == []


STOP = """(() => {
    const at = document.activeElement;
    if (at === document.body || met.has(at)) return '';
    met.add(at);
    const style = getComputedStyle(at);
    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && at.checkVisibility();
    return `${at.closest('.strip') ? 'strip' : at.id || at.textContent}${seen ? '' : ' (unseen)'}`;
})()"""


async def walk(tab: Tab, *, shift: bool = False) -> list[str]:
    """Where the tab key stops, until it leaves the page or comes round."""
    await tab.value("document.activeElement.blur(), window.met = new Set(), null")
    stops: list[str] = []
    while True:
        await tab.press("Tab", shift=shift)
        stop = await tab.value(STOP)
        if not stop:
            return stops
        stops.append(stop)


async def test_the_keyboard_reaches_everything_in_reading_order_and_gets_out_again(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE)
    await look(looker, stage)
    stops = await walk(looker)
    assert stops[:3] == ["Skip to the verdict", "run", "Copy"]
    assert stops.count("strip") == 1
    assert stops[-4:] == ["This run as JSON", "health", "metrics", "API"]
    assert not [stop for stop in stops if "unseen" in stop]
    assert await walk(looker, shift=True) == stops[::-1]


async def test_arrow_keys_move_in_the_strip_and_enter_opens_the_run(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await stage.then(HEALTHY)
    await look(looker, stage)
    await looker.value("document.querySelector('.strip a[tabindex=\"0\"]').focus()")
    for key in ("ArrowLeft", "ArrowRight", "End", "Home"):
        await looker.press(key)
    assert await looker.value("document.activeElement.dataset.status") == "fail"
    await looker.press("Enter")
    await looker.until("document.querySelector('.past')")
    assert await looker.value("document.activeElement.id") == "main"
    assert await looker.value("document.querySelector('.strip [aria-current]').dataset.status") == "fail"


async def test_the_verdict_is_said_aloud_once_and_not_at_every_run(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    last = await looker.text("footer code")
    await looker.value(
        "window.spoken = 0, new MutationObserver(() => window.spoken += 1)"
        ".observe(document.querySelector('#aloud'), {childList: true, characterData: true, subtree: true})"
    )
    await stage.then(SOCKET_FAILURE)
    await looker.until(f"document.querySelector('footer code').innerText !== {last!r}")
    assert await looker.value("window.spoken") == 0
    await stage.then(HEALTHY)
    await looker.until("window.spoken === 1")


async def test_landmarks_and_headings_tell_what_is_where(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE)
    await look(looker, stage)
    assert await looker.texts("h1, h2") == [
        "The path is broken",
        "Public addresses cannot be reached from this revision",
        "What changed",
        "Steps",
        "Last runs",
    ]
    for landmark in ("header", "main", "footer"):
        assert await looker.value(f"document.querySelectorAll('body > {landmark}').length") == 1


async def test_nothing_moves(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    await stage.then(HEALTHY)
    await looker.until("!document.querySelector('.cause')")
    assert await looker.value("document.getAnimations().length") == 0
