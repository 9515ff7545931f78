"""What the status page shows of a report, and of several targets and runs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause
from diagnostics.core.model import Status
from diagnostics.core.report import AppLimit, Provisional
from diagnostics.surfaces import words
from tests.browser.chromium import Tab
from tests.browser.conftest import OpenTab
from tests.browser.stage import SHOWN, FreshSource, Stage, look
from tests.sidecar.scripted import ORDERS
from tests.surfaces.reports import CONFIG_FAILURE, HEALTHY, PROVISIONAL, SOCKET_FAILURE, UNKNOWN_ONLY, WARNINGS

pytestmark = [pytest.mark.browser, pytest.mark.serial]


async def test_the_verdict_and_its_cause_come_first_and_then_what_to_do(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE)
    await look(looker, stage)
    [diagnosis] = SOCKET_FAILURE.diagnoses
    assert await looker.text("h1") == words.VERDICT[Status.FAIL]
    assert (await looker.text(".since")).startswith("Since ")
    assert (await looker.text(".cause .codes")).split() == [diagnosis.cause, diagnosis.confidence]
    first, second = await looker.texts(".fix li")
    assert [part in first for part in (diagnosis.remedies[0].text, "gcloud run services update api")] == [True, True]
    order = [await looker.value(f"main.innerText.indexOf({json.dumps(text)})") for text in (diagnosis.summary, second)]
    evidence = await looker.value(f"main.innerText.indexOf({json.dumps(diagnosis.evidence[0].what)})")
    assert -1 < order[0] < order[1] < evidence


async def test_everything_that_a_diagnosis_says_is_there(stage: Stage, looker: Tab) -> None:
    await stage.show(PROVISIONAL)
    await look(looker, stage)
    shown = await looker.text("main")
    [diagnosis] = PROVISIONAL.diagnoses
    assert PROVISIONAL.provisional is not None
    said = [
        *(line.what for line in diagnosis.evidence),
        *(each.what for each in diagnosis.excluded),
        *(each.settled_by for each in diagnosis.alternatives),
        *diagnosis.untested,
        *(f"{each.what} ({words.NEEDS} {each.needs})" for each in diagnosis.unknown),
        PROVISIONAL.provisional.reason,
        PROVISIONAL.trials[0].result,
    ]
    assert [text for text in said if text not in shown] == []


async def test_each_of_several_causes_is_numbered(stage: Stage, looker: Tab) -> None:
    await stage.show(CONFIG_FAILURE)
    await look(looker, stage)
    assert await looker.texts(".eyebrow") == ["Cause 1 of 2", "Cause 2 of 2"]


async def test_steps_are_a_waterfall_whose_bars_begin_and_end_when_the_steps_did(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await look(looker, stage)
    bars = await looker.value(
        "Object.fromEntries([...document.querySelectorAll('.steps li')].filter(row => row.querySelector('i'))"
        ".map(row => [row.dataset.key, [row.querySelector('i').style.left, row.querySelector('i').style.width]]))"
    )
    wanted = {
        check.id.value: [share(check.started_offset_seconds), share(check.duration_seconds)]
        for check in HEALTHY.checks
        if check.duration_seconds > 0.00005 and check.status is not Status.SKIP
    }
    assert bars == wanted


async def test_the_limits_of_the_apps_start_up_stand_below_the_times_that_were_measured(
    stage: Stage, looker: Tab
) -> None:
    await stage.show(SOCKET_FAILURE)
    stage.sidecar.rooms.board.targets[0].limits = (
        AppLimit(name="init", seconds=8.0, elapsed=5.1),
        AppLimit(name="table_setup", seconds=5.0, elapsed=5.0, fired=True),
    )
    await look(looker, stage)
    assert await looker.texts(".limits") == [
        "Limits of the app's start-up: init 8.0 s, 5.1 s passed, table_setup 5.0 s, 5.0 s passed, fired"
    ]


def share(seconds: float) -> str:
    return f"{100 * seconds / HEALTHY.duration_seconds:.2f}".rstrip("0").rstrip(".") + "%"


async def test_a_status_is_a_word_and_a_shape_and_not_only_a_colour(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await stage.then(UNKNOWN_ONLY)
    found = []
    for query in ("", "?run=run-1"):
        await look(looker, stage, query)
        found += await looker.value(
            "[...document.querySelectorAll('.steps .status')].map(each => [each.closest('li').dataset.status,"
            " each.innerText.trim(), each.querySelector('use').getAttribute('href')])"
        )
    assert {tuple(row) for row in found} == {
        (status.value, words.STATUS[status], f"#sign-{status.value}")
        for status in (Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN)
    }


async def test_what_was_not_evaluated_is_listed_by_its_reason(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    lines = await looker.texts(".steps > p.quiet")
    assert "not reached: admin.certificate, postgres.auth, postgres.query, driver.asyncpg" in lines
    assert "not applicable here: tls.handshake" in lines
    assert "not configured, needs CLOUDSQL_DIAG_CONTROL_PRIVATE: egress.private" in lines


async def test_an_outcome_of_an_earlier_run_has_its_time_and_no_bar(stage: Stage, looker: Tab) -> None:
    early = HEALTHY.started_at.replace(year=2020)
    checks = tuple(replace(check, as_of=early) if check.duration_seconds else check for check in HEALTHY.checks)
    await stage.show(replace(HEALTHY, checks=checks))
    await look(looker, stage)
    assert not await looker.value("document.querySelector('.steps i')")
    assert "as of" in (await looker.texts(".took"))[0]


async def test_on_a_small_screen_the_time_of_an_earlier_run_leaves_room_for_the_name_of_the_check(
    stage: Stage, open_tab: OpenTab
) -> None:
    early = SOCKET_FAILURE.started_at.replace(year=2020)
    checks = tuple(replace(check, as_of=early) if check.duration_seconds else check for check in SOCKET_FAILURE.checks)
    await stage.show(replace(SOCKET_FAILURE, checks=checks))
    async with open_tab(360) as tab:
        await look(tab, stage)
        assert "admin.connect_settings" in await tab.texts(".steps .id")
        heights = await tab.value("[...document.querySelectorAll('.steps .id')].map(each => each.offsetHeight)")
        assert len(set(heights)) == 1


async def test_warnings_stand_beside_a_path_that_works(stage: Stage, looker: Tab) -> None:
    await stage.show(WARNINGS)
    await look(looker, stage)
    assert await looker.text("h1") == words.VERDICT[Status.WARN]
    assert WARNINGS.warnings[0].title in await looker.text(".warnings")
    assert not await looker.value("document.querySelector('.cause')")


async def test_what_is_different_from_the_last_good_run_is_named(stage: Stage, looker: Tab) -> None:
    moved = replace(SOCKET_FAILURE, target=replace(HEALTHY.target, settings=()))
    await stage.show(HEALTHY, moved)
    await look(looker, stage)
    changes = await looker.text(".differences")
    assert all(text in changes for text in ("settings", "host", "Compared with the last good run"))


async def test_silence_that_ended_by_itself_stands_among_the_incidents_as_what_it_was(
    stage: Stage, looker: Tab
) -> None:
    soon = Provisional(reason="egress_may_still_open", until=datetime.now(UTC) + timedelta(minutes=1))
    young = replace(SOCKET_FAILURE, provisional=soon)
    await stage.show(young, young)
    await look(looker, stage)
    assert young.diagnoses[0].cause in await looker.text(".incidents .causes")
    for _ in range(2):
        await stage.then(HEALTHY)
    await looker.until(f"document.querySelector('.incidents .causes').innerText === '{Cause.VPC_WARMING_UP}'")


async def test_a_run_against_what_is_said_so_far_is_told_apart_from_it(stage: Stage, looker: Tab) -> None:
    """One good run after an incident is shown as it is; that the target is well is said when a second one agrees."""
    await stage.show(SOCKET_FAILURE)
    await stage.then(HEALTHY)
    await look(looker, stage)
    assert await looker.text("h1") == words.VERDICT[Status.PASS]
    assert "Before: the path is broken" in await looker.text(".since")
    await stage.then(HEALTHY)
    await looker.until("document.querySelector('.since').innerText.startsWith('Since')")


async def test_a_failed_run_of_the_strip_opens_with_a_click_and_the_way_back_leads_to_the_last(
    stage: Stage, looker: Tab
) -> None:
    await stage.show(HEALTHY)
    await stage.then(SOCKET_FAILURE)
    await stage.then(HEALTHY)
    await look(looker, stage)
    runs = await looker.value("[...document.querySelectorAll('.strip a')].map(each => each.dataset.status)")
    assert runs == ["pass", "fail", "fail", "pass"]
    await looker.click(".strip a[data-status=fail]")
    await looker.until("document.querySelector('.past') && document.querySelector('.cause')")
    assert await looker.text("h1") == words.VERDICT[Status.FAIL]
    assert words.VERDICT[Status.PASS] in await looker.text(".past")
    await looker.value("history.back()")
    await looker.until("!document.querySelector('.past')")
    assert await looker.text("h1") == words.VERDICT[Status.PASS]


async def test_an_incident_says_how_long_it_lasted_and_opens_its_first_run(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE, SOCKET_FAILURE, HEALTHY, HEALTHY)
    await look(looker, stage)
    assert SOCKET_FAILURE.diagnoses[0].cause in await looker.text(".incidents li")
    await looker.click(".incidents a")
    await looker.until("document.querySelector('.past') && document.querySelector('.cause')")


async def test_a_run_that_is_not_remembered_is_said_to_be_gone(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await looker.open(f"{stage.address}?run=nobody-knows")
    await looker.until("document.querySelector('.past')?.innerText.includes('not remembered')")
    assert not await looker.value("document.querySelector('h1')")
    await looker.click(".past a")
    await looker.until("document.querySelector('h1')")


async def test_before_the_first_report_it_says_so_and_shows_it_when_it_comes(stage: Stage, looker: Tab) -> None:
    await looker.open(stage.address)
    await looker.until("main.innerText.includes('No report yet')")
    assert await looker.value("document.title") == "waiting · cloudsql-diag"
    await stage.show(HEALTHY)
    await looker.until(SHOWN)


async def several(stage: Stage) -> FreshSource:
    source = FreshSource(ORDERS, "billing", "<b>sessions</b>", checks=CHECKS)
    source.script(ORDERS, SOCKET_FAILURE)
    source.script("<b>sessions</b>", WARNINGS)
    await stage.watch(source)
    return source


async def test_several_targets_are_a_switch_with_the_status_of_each(stage: Stage, looker: Tab) -> None:
    await several(stage)
    await look(looker, stage)
    spoken = await looker.value("[...document.querySelectorAll('#targets a')].map(a => a.textContent)")
    assert spoken == ["orders, fail", "billing, ok", "<b>sessions</b>, warn"]
    await looker.click("#targets li:nth-child(3) a")
    await looker.until("document.querySelector('.warnings')")
    assert await looker.value("document.querySelector('#targets [aria-current]').textContent") == spoken[2]
    assert await looker.value("new URLSearchParams(location.search).get('target')") == "<b>sessions</b>"
    await looker.value("history.back()")
    await looker.until("document.querySelector('.cause')")


async def test_a_target_that_is_not_looked_at_changes_its_sign_as_well(stage: Stage, looker: Tab) -> None:
    source = await several(stage)
    await look(looker, stage, "?target=billing")
    source.script(ORDERS, HEALTHY)
    await stage.watched.cycles()
    await looker.until("document.querySelector('#targets a').textContent === 'orders, ok'")
    assert await looker.text("h1") == words.VERDICT[Status.PASS]


async def test_a_target_that_nobody_knows_is_said_to_be_none(stage: Stage, looker: Tab) -> None:
    await several(stage)
    await looker.open(f"{stage.address}?target=payments")
    await looker.until("main.innerText.includes('No target is named “payments”')")


async def test_callers_from_elsewhere_see_that_details_are_withheld(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE)
    await looker.send_headers({"X-Forwarded-For": "203.0.113.7"})
    await look(looker, stage)
    shown = await looker.text()
    assert "withheld" in await looker.text(".withheld")
    assert SOCKET_FAILURE.diagnoses[0].cause in shown
    assert [name for name in ("acme-prod", "api@", "10.20.0.5") if name in shown] == []


async def test_times_are_of_the_viewers_zone_and_say_what_they_are_in_utc(stage: Stage, looker: Tab) -> None:
    await stage.show(HEALTHY)
    await looker.live_in("Asia/Kolkata")
    await look(looker, stage)
    shown, utc, title = await looker.value(
        "(time => [time.innerText, time.dateTime, time.title])(document.querySelector('footer time'))"
    )
    minutes = (int(shown[-8:-6]) * 60 + int(shown[-5:-3]) - int(utc[11:13]) * 60 - int(utc[14:16])) % (24 * 60)
    assert minutes == 5 * 60 + 30
    assert title == f"{utc[:10]} {utc[11:19]} UTC"
    assert "Asia/Calcutta (UTC+5:30)" in await looker.text("footer")


async def test_on_paper_there_is_nothing_to_press(stage: Stage, looker: Tab) -> None:
    await stage.show(SOCKET_FAILURE)
    await look(looker, stage)
    await looker.prefer("light", media="print")
    assert await looker.value("[...document.querySelectorAll('button')].every(each => !each.checkVisibility())")


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_longest_names_do_not_make_the_page_wider_than_the_screen(
    stage: Stage, open_tab: OpenTab, width: int
) -> None:
    long = "x" * 300
    target = replace(SOCKET_FAILURE.target, host=long, database=long, user=long)
    [diagnosis] = SOCKET_FAILURE.diagnoses
    remedy = replace(diagnosis.remedies[0], command=long)
    await stage.show(
        replace(SOCKET_FAILURE, target=target, diagnoses=(replace(diagnosis, title=long, remedies=(remedy,)),))
    )
    async with open_tab(width) as tab:
        await look(tab, stage)
        assert await tab.value("document.documentElement.scrollWidth") <= width
