"""The sidecar's paths over a real socket, and its metrics as a Prometheus client reads them."""

import pytest
from aiohttp import web
from msgspec.structs import replace

from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause
from diagnostics.core.facts import IdentityToken, TlsHandshake
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode
from diagnostics.runner import needed_by_any
from tests.sidecar.scripted import ORDERS, ScriptedSource
from tests.sidecar.stage import Stage
from tests.surfaces.reports import HEALTHY, HOSTILE, REPORTS, SOCKET_FAILURE, WARNINGS

FORBIDDEN = {"project_id", "location", "cluster", "namespace", "job", "instance", "instanceId"}
FORBIDDEN |= {"service_name", "revision_name", "configuration_name"}
"""Labels that Google's collector for Cloud Run sets itself."""

SERIES = 130
"""The budget of one target."""


async def test_before_the_rest_is_loaded_it_is_up_and_not_ready(stage: Stage) -> None:
    assert [await stage.status(path) for path in ("/startup", "/live", "/ready", "/gate")] == [200, 200, 503, 503]
    assert [await stage.status(path) for path in ("/health", "/metrics", "/api/v1/report")] == [200, 200, 503]
    assert await stage.json("/api/v1/reports") == {"withheld": False, "targets": []}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
async def test_liveness_and_readiness_never_depend_on_the_database(stage: Stage, report: Report) -> None:
    await stage.show(report)
    assert [await stage.status(path) for path in ("/startup", "/live", "/ready")] == [200, 200, 200]


@pytest.mark.parametrize(
    "report, status, word", [(HEALTHY, 200, "pass"), (WARNINGS, 200, "warn"), (SOCKET_FAILURE, 503, "fail")]
)
async def test_health_speaks_the_words_of_the_draft(stage: Stage, report: Report, status: int, word: str) -> None:
    await stage.show(report)
    async with stage.client.get("/health") as answer:
        body = await answer.json(content_type="application/health+json")
    assert (answer.status, body["status"]) == (status, word)


async def test_the_report_is_the_last_one_with_its_age_and_since_when(stage: Stage) -> None:
    await stage.show(HEALTHY, SOCKET_FAILURE)
    async with stage.client.get("/api/v1/report") as answer:
        shown = decode(await answer.read())
    assert "Age" in answer.headers
    assert (shown.run_id, shown.changes, shown.withheld) == ("run-3", 1, False)
    assert shown.last_success_at == HEALTHY.started_at.replace(second=HEALTHY.started_at.second + 1)


async def test_the_cause_is_a_label_while_it_holds_and_gone_when_it_does_not(stage: Stage) -> None:
    watched = await stage.show(SOCKET_FAILURE)
    first = SOCKET_FAILURE.diagnoses[0]
    causes = {
        dict(labels)["cause"]: value
        for (name, labels), value in (await stage.metrics()).items()
        if name == "cloudsqldiag_diagnosis_info"
    }
    assert causes == {first.cause: 1.0}
    watched.source.script(ORDERS, HEALTHY)
    await watched.cycles()
    after = [dict(labels)["cause"] for name, labels in await stage.metrics() if name == "cloudsqldiag_diagnosis_info"]
    assert after == ["none"]


async def test_up_is_one_only_while_the_path_is_proven(stage: Stage) -> None:
    up = ("cloudsqldiag_up", frozenset({("target", "orders")}))
    watched = await stage.show(HEALTHY)
    assert (await stage.metrics())[up] == 1.0
    watched.source.script(ORDERS, SOCKET_FAILURE)
    await watched.cycles()
    assert (await stage.metrics())[up] == 0.0


async def test_counters_begin_at_zero_for_every_check_that_can_fail(stage: Stage) -> None:
    source = ScriptedSource(checks=CHECKS)
    source.going.clear()
    await stage.watch(source)
    metrics = await stage.metrics()
    begun = {
        dict(labels)["check"]: value
        for (name, labels), value in metrics.items()
        if name.endswith("check_failures_total")
    }
    assert begun == dict.fromkeys(needed_by_any(CHECKS), 0.0)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
async def test_series_stay_in_budget_and_labels_are_ours(stage: Stage, report: Report) -> None:
    await stage.show(report)
    series = [key for key in await stage.metrics() if key[0].startswith("cloudsqldiag_")]
    assert len(series) <= SERIES
    assert not {name for _, labels in series for name, _ in labels} & FORBIDDEN


async def test_series_stay_in_budget_when_everything_is_evaluated_and_much_has_happened(stage: Stage) -> None:
    """More than any run can come to: all checks at once, three causes, and ten more in the past."""
    every = tuple(replace(HEALTHY.checks[0], id=check.id, status=Status.FAIL) for check in CHECKS)
    first = SOCKET_FAILURE.diagnoses[0]
    past = [replace(SOCKET_FAILURE, diagnoses=(replace(first, cause=cause),)) for cause in tuple(Cause)[:10]]
    now = tuple(replace(first, cause=cause) for cause in tuple(Cause)[10:13])
    facts = (entry.facts for entry in HEALTHY.checks if isinstance(entry.facts, TlsHandshake | IdentityToken))
    told = tuple(replace(entry, facts=fact) for entry, fact in zip(every, facts, strict=False))
    await stage.show(HEALTHY, *past, replace(SOCKET_FAILURE, diagnoses=now, checks=(*told, *every[len(told) :])))
    series = [key for key in await stage.metrics() if key[0].startswith("cloudsqldiag_")]
    assert len([name for name, _ in series if name.endswith("check_duration_seconds")]) == len(CHECKS) + 1
    assert len([name for name, _ in series if name.endswith("diagnosis_info")]) == 3
    assert SERIES // 2 < len(series) <= SERIES


async def test_series_of_a_target_that_is_gone_are_gone(stage: Stage) -> None:
    source = ScriptedSource("a", "b", checks=CHECKS)
    watched = await stage.watch(source)
    source.names = ("b",)
    await watched.cycles()
    targets = {dict(labels).get("target") for _, labels in await stage.metrics()}
    assert targets == {"b", None}


async def test_no_value_of_the_outside_becomes_a_label(stage: Stage) -> None:
    """Hosts, users and messages are no labels: hostile ones would be series, and secrets of a kind."""
    await stage.show(
        replace(HOSTILE, target=replace(HOSTILE.target, route="socket", login="password", dialect="other"))
    )
    values = {value for _, labels in await stage.metrics() for _, value in labels}
    assert not [value for value in values if "\x1b" in value or "<" in value or HOSTILE.target.host in value]


async def test_a_handler_that_fails_is_our_fault_and_says_nothing_of_what_it_held(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(_request: web.Request) -> web.Response:
        raise ValueError("hunter2-made-up")

    stage.sidecar.rooms.handlers["report"] = failing
    async with stage.client.get("/api/v1/report") as answer:
        told = await answer.text()
    assert (answer.status, answer.content_type) == (500, "application/problem+json")
    [line] = stage.said
    assert "ValueError at" in line
    assert "hunter2" not in told + line + caplog.text


async def test_there_is_nothing_else(stage: Stage) -> None:
    assert [await stage.status(path) for path in ("/healthz", "/livez", "/config", "/api/v1/../secrets")] == [404] * 4
