"""Text of others is text: whatever a host, a message or a name holds, nothing of it runs, hides or turns round."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from diagnostics.checks import CHECKS
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode, encode
from diagnostics.surfaces.sidecar import static
from tests.browser.chromium import Tab
from tests.browser.stage import FreshSource, Stage, look
from tests.surfaces.reports import HEALTHY, HOSTILE, HOSTILE_TEXT

pytestmark = [pytest.mark.browser, pytest.mark.serial]

FILES = [path for path in sorted(Path(static.__file__).with_name("page").iterdir()) if path.suffix != ".svg"]

EVIL = [
    "<script>window.ran = 'script'</script>",
    '"><img src=x onerror="window.ran = \'image\'">',
    "' onfocus='window.ran = 1' autofocus='",
    "<svg onload=\"window.ran = 'svg'\">",
    "</textarea></style></title><iframe src=//example.invalid></iframe>",
    "javascript:window.ran='address'",
    "<meta http-equiv=refresh content='0;url=//example.invalid'><base href=//example.invalid>",
    "{{constructor.constructor('window.ran=1')()}}${window.ran=1}",
]

MISLEADING = "evil\u202egnp.exe\u200b\u2066\u061c\ufeff\u00a0א\u0000\n\u2028end\U000e0041"
"""Turns the direction round, hides, breaks lines; a letter that is written from the right is in it by right."""

TURNING = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


def hostile(text: str) -> Report:
    """The report in which everything that may be of others is this text."""
    marked = encode(HOSTILE).replace(encode_text(HOSTILE_TEXT), b"@@@")
    assert b"@@@" in marked
    return decode(marked.replace(b"@@@", encode_text(text)))


def encode_text(text: str) -> bytes:
    """Without the quotes, as it stands inside a longer string."""
    return msgspec.json.encode(text)[1:-1]


@pytest.fixture
async def closely(looker: Tab, stage: Stage) -> AsyncIterator[Tab]:
    """A tab of which every request and complaint is looked at when the test is over."""
    yield looker
    assert looker.complaints == []
    assert [address for address in looker.requests if not address.startswith(stage.address)] == []


async def test_markup_and_code_of_others_is_shown_and_does_nothing(stage: Stage, closely: Tab) -> None:
    text = " ".join(EVIL)
    await closely.open(stage.address)
    own = await closely.value("document.querySelectorAll('script, img, iframe, base, meta').length")
    await stage.show(hostile(text))
    await closely.until("document.querySelector('.cause')")
    shown = await closely.value("main.textContent")
    assert shown.count(text) > 10
    assert await closely.value("window.ran ?? null") is None
    assert await closely.value("document.querySelectorAll('script, img, iframe, base, meta').length") == own
    names = await closely.value("[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())")
    assert [name for name in names if name.startswith("on")] == []
    assert await closely.value("[...document.links].every(link => ['http:', 'https:'].includes(link.protocol))")


async def test_what_hides_or_turns_text_round_is_seen(stage: Stage, closely: Tab) -> None:
    await stage.show(hostile(MISLEADING))
    await look(closely, stage)
    shown = await closely.value("document.documentElement.textContent")
    attributes = await closely.value(
        "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(each => each.value)).join()"
    )
    assert TURNING.findall(shown + attributes) == []
    assert r"evil\u202egnp.exe\u200b\u2066\u061c\ufeff\xa0א\x00\n\u2028end\U000e0041" in shown


async def test_a_letter_from_the_right_turns_nothing_but_its_own_name_round(stage: Stage, closely: Tab) -> None:
    """What follows a Hebrew name in the same line still stands to the right of it."""
    name = "שלום"
    await stage.show(replace(HEALTHY, target=replace(HEALTHY.target, database=name, user=name)))
    await look(closely, stage)
    places = await closely.value(
        "[...document.querySelectorAll('.where > div')].slice(2, 4).map(e => e.getBoundingClientRect().x)"
    )
    assert places == sorted(places)


async def test_names_of_targets_are_no_less_foreign(stage: Stage, closely: Tab) -> None:
    names = [f"a{text}" for text in EVIL]
    source = FreshSource(*names, checks=CHECKS)
    await stage.watch(source)
    await look(closely, stage)
    for number in range(len(names)):
        await closely.click(f"#targets li:nth-child({number + 1}) a")
        await closely.until(f"document.querySelector('.where strong').textContent === {json.dumps(names[number])}")
    assert await closely.value("window.ran ?? null") is None


async def test_the_policy_stops_what_a_mistake_of_ours_would_let_through(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    for mistake in ("main.innerHTML = '<i></i>'", "document.write('x')", "eval('1')", "new Function('1')"):
        tried = f"(() => {{ try {{ {mistake} }} catch (error) {{ return error.name }} return 'nothing' }})()"
        assert await looker.value(tried) in {"TypeError", "EvalError"}


async def test_the_policy_lets_the_page_ask_nobody_else(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    elsewhere = stage.address.replace("127.0.0.1", "127.0.0.2")
    picture = f"Object.assign(new Image(), {{src: '{elsewhere}page/pass.svg'}})"
    refused = f"new Promise(seen => {picture}.addEventListener('error', () => seen('refused')))"
    assert await looker.value(refused) == "refused"
    assert [text for text in looker.complaints if "Content Security Policy" in text]


SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTML|srcdoc|document\.write"
    r"|\beval\b|\bFunction\(|\.on[a-z]+ =|setAttribute\('style'"
)

ELSEWHERE = re.compile(r"https?://|url\(|@import|<style|style=|<script(?! type=\"module\" src=\"page/)|\son[a-z]+=")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_file_of_the_page_can_make_markup_or_code_of_text(file: Path) -> None:
    assert not SINKS.search(file.read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_file_of_the_page_names_another_place(file: Path) -> None:
    """Nor holds a script or a style of its own, which the policy would not let run."""
    assert not ELSEWHERE.search(file.read_text().replace("http://www.w3.org/2000/svg", ""))
