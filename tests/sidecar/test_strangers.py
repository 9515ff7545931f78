"""What a stranger learns, whatever is asked and however odd it is."""

import asyncio
import json
import re
from collections.abc import Iterable

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnostics.core.report import Report
from diagnostics.surfaces.sidecar.events import Events
from diagnostics.surfaces.sparing import Sparing
from tests.fakes import FakeClock
from tests.sidecar.scripted import ScriptedSource, Watched
from tests.sidecar.stage import FORWARDED, Stage, staged
from tests.sidecar.test_connections import ask, listening
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

PAYROLL = "payroll-prod"
"""Name of the instance, and so of the target that the settings did not name."""

SHOWN = ["/gate", "/health", "/metrics", "/api/v1/report", "/api/v1/reports", "/api/v1/report?target=nobody"]


def about(report: Report) -> Report:
    return replace(report, target=replace(report.target, instance=f"acme-prod:europe-west1:{PAYROLL}"))


async def watching_payroll(stage: Stage) -> Watched:
    source = ScriptedSource(PAYROLL)
    source.script(PAYROLL, about(HEALTHY), about(SOCKET_FAILURE))
    watched = await stage.watch(source)
    await watched.cycles(2)
    return watched


async def body(stage: Stage, path: str, **headers: str) -> str:
    async with stage.client.get(path, headers=headers) as answer:
        return await answer.text()


@pytest.mark.parametrize("path", SHOWN)
async def test_a_target_that_is_called_after_its_instance_has_a_neutral_name_for_strangers(
    stage: Stage, path: str
) -> None:
    await watching_payroll(stage)
    assert PAYROLL in await body(stage, path), "who is on this machine sees it"
    strange = await body(stage, path, **FORWARDED)
    assert PAYROLL not in strange
    assert "default" in strange


async def test_by_that_name_a_stranger_asks_for_it(stage: Stage) -> None:
    await watching_payroll(stage)
    assert await stage.status("/api/v1/report?target=default", **FORWARDED) == 200
    assert await stage.status(f"/api/v1/report?target={PAYROLL}", **FORWARDED) == 404
    assert await stage.status(f"/api/v1/report?target={PAYROLL}") == 200
    assert (await stage.json("/api/v1/report?target=default", **FORWARDED))["target"]["name"] == "default"


async def test_events_and_remembered_runs_use_it_too(stage: Stage) -> None:
    watched = await watching_payroll(stage)
    run = watched.monitor.targets[0].history.runs[0].run_id
    assert PAYROLL not in await body(stage, f"/api/v1/reports/{run}", **FORWARDED)
    async with stage.client.get("/api/v1/events?target=default", headers=FORWARDED) as answer:
        await answer.content.readline()
        first = [await answer.content.readline() for _ in range(4)]
    assert PAYROLL not in b"".join(first).decode()
    assert b"default" in b"".join(first)


async def test_a_name_that_the_settings_chose_is_for_everybody(stage: Stage) -> None:
    await stage.watch(ScriptedSource("billing"))
    assert "billing" in await body(stage, "/gate", **FORWARDED)


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://["},
    ],
    ids=str,
)
async def test_the_page_of_another_site_learns_a_status_and_brings_no_run(
    stage: Stage, headers: dict[str, str]
) -> None:
    watched = await stage.show(SOCKET_FAILURE)
    before = len(watched.source.runs)
    await stage.clock.pass_time(10.0)
    async with stage.client.get("/gate", headers=headers) as answer:
        assert (answer.status, await answer.text()) == (503, "closed\n")
    await stage.clock.pass_time(1.0)
    assert len(watched.source.runs) == before


# --- odd requests -----------------------------------------------------------------------------------------------------

MALFORMED = [
    b"\r\n\r\n\r\nGARBAGE\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /live HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
    b"GET /live HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /live HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", MALFORMED)
async def test_what_is_no_request_gets_an_answer_that_names_no_library(request_bytes: bytes) -> None:
    async with listening() as port:
        answer = await ask(port, request_bytes)
    assert re.match(rb"HTTP/1\.[01] 4", answer), answer
    for word in (b"aiohttp", b"Python", b"GARBAGE", b"bad header"):
        assert word not in answer
    assert b"Server: cloudsql-diag" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] // 100 == 4


ODD = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["Origin", "Last-Event-ID", "Content-Type", "Accept", "Cookie"]), ODD), ODD)
def test_no_header_and_no_parameter_is_a_fault_of_ours(headers: dict[str, str], value: str) -> None:
    lines = "".join(f"{name}: {text.strip()}\r\n" for name, text in headers.items())
    query = "".join(f"%{byte:02x}" for byte in value.encode())
    targets = [f"GET /api/v1/report?target={query}", f"POST /api/v1/run?wait={query}", f"GET /api/v1/reports/{query}"]
    wire = [f"{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n" for target in targets]

    async def all_of_them() -> Iterable[bytes]:
        async with listening() as port:
            return [await ask(port, each.encode("latin-1")) for each in wire]

    for answer in asyncio.run(all_of_them()):
        assert answer.split(b" ")[1][:1] == b"4" or answer.split(b" ")[1] == b"503", answer


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "", "1e9", "٣"])
def test_an_id_of_an_event_that_never_was_is_one_of_nobody(number: str) -> None:
    events = Events()
    assert list(events.missed(f"{events._start}-{number}", None)) == []  # noqa: SLF001 - the id of this process


async def test_odd_requests_write_one_line_a_second() -> None:
    async with staged() as stage:
        stage.sidecar.rooms.handlers["page"] = breaks
        stage.said.clear()
        for _ in range(20):
            assert await stage.status("/") == 500
        assert len(stage.said) == 1
        await stage.clock.pass_time(1.0)
        await stage.status("/")
        assert "19 lines like it" in stage.said[1]


async def breaks(_request: web.Request) -> web.StreamResponse:
    raise RuntimeError("ours")


def test_what_is_said_sparingly_says_how_much_it_left_out() -> None:
    said: list[str] = []
    clock = FakeClock()
    say = Sparing(said.append, clock)
    for _ in range(3):
        say("x")
    clock.seconds += 1.0
    say("y")
    clock.seconds += 1.0
    say("z")
    assert said == ["x", "y (2 lines like it were left out before)", "z"]
