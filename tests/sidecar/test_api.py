"""The JSON API: reports, runs on request, and what is refused."""

import asyncio

import pytest

from diagnostics.core.model import Options
from diagnostics.core.serialize import decode
from diagnostics.monitor.turn import REQUEST_PAUSE
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.operations import OPERATIONS, Operation
from tests.sidecar.scripted import ORDERS, ScriptedSource, settle
from tests.sidecar.stage import FORWARDED, Stage, staged
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE

PROBLEM = "application/problem+json"


async def problem(stage: Stage, method: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, hint and headers of an answer that is none."""
    async with stage.client.request(method, path, headers=headers) as answer:
        assert answer.content_type == PROBLEM
        body = await answer.json(content_type=PROBLEM)
        assert (body["status"], bool(body["title"]), bool(body["detail"])) == (answer.status, True, True)
        return answer.status, body["hint"], dict(answer.headers)


async def test_several_targets_are_told_apart_by_their_names(stage: Stage) -> None:
    source = ScriptedSource("a", "b")
    source.script("b", SOCKET_FAILURE)
    await stage.watch(source)
    assert (await stage.json("/api/v1/report?target=b"))["target"]["name"] == "b"
    status, hint, _ = await problem(stage, "GET", "/api/v1/report")
    assert (status, hint) == (400, "?target=NAME, of a, b")


@pytest.mark.parametrize("path", ["/gate", "/health", "/api/v1/report", "/api/v1/reports", "/api/v1/events"])
@pytest.mark.parametrize("name", ["nobody", "10.0.0.1:5432", "../orders", "", "%00"])
async def test_a_name_that_is_no_target_is_not_found_and_nothing_is_done_with_it(
    stage: Stage, path: str, name: str
) -> None:
    watched = await stage.show(HEALTHY)
    assert (await problem(stage, "GET", f"{path}?target={name}"))[0] == 404
    assert watched.source.runs == [ORDERS]


async def test_before_the_first_report_there_is_none_to_show() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with staged() as stage:
        await stage.watch(source)
        assert (await problem(stage, "GET", "/api/v1/report"))[0] == 503
        (target,) = (await stage.json("/api/v1/reports"))["targets"]
        assert (target["state"], target["last_run"], target["runs"], target["running"]) == (None, None, [], True)


async def test_runs_that_are_remembered_are_listed_and_can_be_read(stage: Stage) -> None:
    watched = await stage.show(HEALTHY, SOCKET_FAILURE)
    (target,) = (await stage.json("/api/v1/reports"))["targets"]
    assert [run["run_id"] for run in target["runs"]] == ["run-3", "run-2", "run-1"]
    assert [run["breadth"] for run in target["runs"]] == ["wide", "narrow", "wide"]
    assert (target["last_run"], target["running"]) == (target["runs"][0], False)
    assert target["limit_seconds"] == Options().timeout
    async with stage.client.get("/api/v1/reports/run-2") as answer:
        assert decode(await answer.read()) == watched.heard.reports[1]


async def test_a_run_that_is_not_remembered_is_not_found(stage: Stage) -> None:
    await stage.show(HEALTHY)
    assert (await problem(stage, "GET", "/api/v1/reports/run-99"))[0] == 404


async def test_the_state_is_damped_and_the_last_run_is_not(stage: Stage) -> None:
    source = ScriptedSource()
    source.script(ORDERS, HEALTHY, SOCKET_FAILURE, HEALTHY, HEALTHY)
    watched = await stage.watch(source)
    await watched.cycles()
    (target,) = (await stage.json("/api/v1/reports"))["targets"]
    assert [run["status"] for run in target["runs"]] == ["pass", "fail", "pass"]
    assert (target["state"]["status"], target["changes"]) == ("pass", 0)


async def test_a_run_on_request_answers_with_its_report(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    watched.source.script(ORDERS, SOCKET_FAILURE)
    report = await stage.json("/api/v1/run", "POST")
    assert (report["status"], report["run_id"]) == ("fail", "run-3")


async def test_requests_for_a_run_that_goes_on_share_it() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with staged() as stage:
        await stage.watch(source)
        asked = [asyncio.create_task(stage.json("/api/v1/run", "POST")) for _ in range(5)]
        for _ in range(20):
            await asyncio.sleep(0.001)
        source.going.set()
        assert {report["run_id"] for report in await asyncio.gather(*asked)} == {"run-1"}


async def test_who_does_not_want_to_wait_is_told_that_it_goes_on() -> None:
    source = ScriptedSource()
    source.going.clear()
    async with staged() as stage:
        await stage.watch(source)
        async with stage.client.post("/api/v1/run?wait=0") as answer:
            assert (answer.status, await answer.json()) == (202, {"target": ORDERS, "running": True})


async def test_runs_on_request_keep_their_distance(stage: Stage) -> None:
    watched = await stage.show(HEALTHY)
    await stage.json("/api/v1/run", "POST")
    status, _, headers = await problem(stage, "POST", "/api/v1/run")
    assert (status, headers["Retry-After"]) == (429, str(int(REQUEST_PAUSE)))
    await watched.clock.pass_time(REQUEST_PAUSE)
    assert (await stage.json("/api/v1/run", "POST"))["run_id"] == "run-4", "beside the one that was due"


@pytest.mark.parametrize("wait", ["-1", "61", "nan", "soon", ""])
async def test_a_wait_that_is_none_is_refused_and_nothing_runs(stage: Stage, wait: str) -> None:
    watched = await stage.show(HEALTHY)
    assert (await problem(stage, "POST", f"/api/v1/run?wait={wait}"))[0] == 400
    await settle()
    assert len(watched.source.runs) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_the_page_of_another_site_cannot_ask_for_a_run(stage: Stage, headers: dict[str, str]) -> None:
    watched = await stage.show(HEALTHY)
    assert (await problem(stage, "POST", "/api/v1/run", **headers))[0] == 403
    assert len(watched.source.runs) == 1


async def test_our_own_page_can(stage: Stage) -> None:
    await stage.show(HEALTHY)
    own = f"http://{stage.client.host}:{stage.client.port}"
    async with stage.client.post("/api/v1/run", headers={"Origin": own, "Sec-Fetch-Site": "same-origin"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data;boundary=a"])
async def test_a_body_that_is_no_json_is_refused(stage: Stage, media: str) -> None:
    await stage.show(HEALTHY)
    async with stage.client.post("/api/v1/run", data=b"target=orders", headers={"Content-Type": media}) as answer:
        assert (answer.status, answer.content_type) == (415, PROBLEM)


@pytest.mark.parametrize("path, hint", [("/healthz", "did you mean /health?"), ("/api/v2/x/y/z", "openapi.json")])
async def test_a_path_that_is_none_is_told_what_there_is(stage: Stage, path: str, hint: str) -> None:
    status, said, _ = await problem(stage, "GET", path)
    assert status == 404
    assert hint in said


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_a_method_that_a_path_does_not_take_is_told_which_it_does(stage: Stage, operation: Operation) -> None:
    path = operation.path.replace("{run_id}", "run-1")
    status, _, headers = await problem(stage, "DELETE", path)
    assert status == 405
    assert operation.method in headers["Allow"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_a_head_is_answered_without_a_body_where_there_is_an_end_to_it(
    stage: Stage, operation: Operation
) -> None:
    await stage.show(HEALTHY)
    async with stage.client.head(operation.path.replace("{run_id}", "run-1")) as answer:
        known = {each.status for each in operation.answers}
        assert answer.status in (known if operation.method == "GET" and not operation.endless else {405})
        assert await answer.read() == b""


NAMES = ["evil.example", "localhost.evil.example", "run.app.evil.example", "127.0.0.1.nip.io", "a b", "[::1", "orders"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_somebody_else_may_own_is_not_one_by_which_we_are_called(stage: Stage, name: str) -> None:
    """DNS rebinding: a page of evil.example whose name suddenly leads to loopback."""
    await stage.show(HEALTHY)
    status, hint, _ = await problem(stage, "GET", "/api/v1/report", Host=name)
    assert status in (400, 421)
    assert status == 400 or "CLOUDSQL_DIAG_ALLOWED_HOSTS" in hint


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.1:80", "localhost:1", "[::1]:18307", "10.1.2.3", "LOCALHOST"])
async def test_addresses_and_localhost_are(stage: Stage, name: str) -> None:
    await stage.show(HEALTHY)
    assert await stage.status("/api/v1/report", Host=name) == 200


async def test_so_are_the_names_that_the_settings_give() -> None:
    async with staged(Access(allowed_hosts=("diag.internal", ".run.app"))) as stage:
        await stage.show(HEALTHY)
        allowed = ("diag.internal:80", "api-x7f-ew.a.run.app", "DIAG.internal")
        assert [await stage.status("/api/v1/report", Host=name) for name in allowed] == [200] * 3
        assert [await stage.status("/api/v1/report", Host=name) for name in ("run.app", "x.diag.internal")] == [421] * 2


async def test_probes_are_answered_under_any_name(stage: Stage) -> None:
    """What a platform calls us is not known; restarting the container over it would make things worse."""
    await stage.show(HEALTHY)
    paths = [operation.path for operation in OPERATIONS if operation.probe]
    assert paths == ["/startup", "/live", "/ready", "/gate"]
    assert 421 not in [await stage.status(path, Host="who.knows") for path in paths]


HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"}


@pytest.mark.parametrize("path", ["/startup", "/", "/metrics", "/nothing", "/api/v1/report"])
async def test_every_answer_has_the_headers_that_keep_browsers_from_guessing(stage: Stage, path: str) -> None:
    await stage.show(HEALTHY)
    async with stage.client.get(path) as answer:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "aiohttp" not in answer.headers["Server"].lower()


async def test_the_page_may_run_nothing_but_itself(stage: Stage) -> None:
    async with stage.client.get("/") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        text = await answer.text()
    assert answer.content_type == "text/html"
    assert policy["default-src"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("script", "style", "img", "connect")} == {"'self'"}
    assert "unsafe" not in " ".join(policy.values())
    assert "http" not in text.replace("http-equiv", ""), "an address of somebody else"


LIMITS = {
    "limits": [
        {"name": "init", "seconds": 8.0, "elapsed": 5.1, "source": "db.py"},
        {"name": "table_setup", "seconds": 5.0, "elapsed": 5.0, "fired": True},
        {"name": "/cloudsql dial", "seconds": 10.0},
    ]
}


async def tell(stage: Stage, body: object, path: str = "/api/v1/limits", **headers: str) -> int:
    async with stage.client.put(path, json=body, headers=headers) as answer:
        return answer.status


async def test_the_limits_of_a_start_up_stand_in_the_report_for_callers_on_this_machine(stage: Stage) -> None:
    await stage.show(SOCKET_FAILURE)
    assert await tell(stage, LIMITS) == 204
    report = await stage.json("/api/v1/report")
    assert [(limit["name"], limit["fired"]) for limit in report["limits"]] == [
        ("init", False),
        ("table_setup", True),
        ("/cloudsql dial", False),
    ]
    assert (await stage.json("/api/v1/report", **FORWARDED))["limits"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"limits": [{"name": "postgres://u:secret@h/d"}]},
        {"limits": [{"name": "x", "seconds": -1}]},
        {"limits": [{"name": "x"}] * 21},
        {"limits": "x"},
    ],
)
async def test_a_body_that_holds_no_limits_is_refused_and_changes_nothing(stage: Stage, body: object) -> None:
    await stage.show(SOCKET_FAILURE)
    assert await tell(stage, body) == 400
    assert (await stage.json("/api/v1/report"))["limits"] == []


async def test_limits_are_taken_from_this_machine_only(stage: Stage) -> None:
    await stage.show(SOCKET_FAILURE)
    assert await tell(stage, LIMITS, **FORWARDED) == 403
    assert await tell(stage, LIMITS, Origin="http://elsewhere.example") == 403
    assert await tell(stage, LIMITS, path="/api/v1/limits?target=nobody") == 404
    async with stage.client.put("/api/v1/limits", data="limits") as answer:
        assert answer.status == 415
    async with stage.client.put(
        "/api/v1/limits", data=b"x" * 9000, headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 413
