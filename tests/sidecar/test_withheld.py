"""What callers from elsewhere are not told."""

from typing import Any

import msgspec
import pytest

from diagnostics.core.report import Report
from diagnostics.core.serialize import decode, encode
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.withhold import withheld
from tests.sidecar.scripted import ORDERS, ScriptedSource
from tests.sidecar.stage import FORWARDED, Stage, staged
from tests.surfaces.reports import HEALTHY, REPORTS, SOCKET_FAILURE

MARK = "m4rk3r"

CLOSED = {
    *("run_id", "started_at", "mode", "status", "as_of", "since", "last_success_at", "until", "reason", "version"),
    *("id", "group", "check", "code", "explains", "cause", "layer", "confidence", "skip_reason", "blocked_by"),
    *("requires", "after", "name", "route", "login", "dialect", "sslmode", "kind", "service", "revision", "because"),
}
"""Fields that hold a member of a closed set, a time, the target's short name, or the deployment that is asked."""

OURS = {("checks", "title"), ("alternatives", "title"), ("alternatives", "settled_by"), ("excluded", "what")}
OURS |= {("unknown", "what"), ("diagnoses", "untested")}
"""Sentences that the catalogue writes without any name in them."""

DROPPED_WHOLE = {"facts", "settings", "trials", "egress"}


def marked(value: Any, key: str = "", parent: str = "") -> Any:
    """The same report with a mark in place of every text that could come from the outside."""
    if isinstance(value, dict):
        parts = value.items()
        return {name: each if name in DROPPED_WHOLE else marked(each, name, key or parent) for name, each in parts}
    if isinstance(value, list):
        return [marked(each, key, parent) for each in value]
    if not isinstance(value, str) or not value or key in CLOSED or (parent, key) in OURS:
        return value
    return f"{MARK} {value}"


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_no_text_that_could_come_from_the_outside_is_left(report: Report) -> None:
    document = marked(msgspec.to_builtins(report))
    assert any(MARK in text for text in strings(document))
    shown = withheld(msgspec.convert(document, Report), ORDERS)
    assert MARK.encode() not in encode(shown)
    assert all(entry.facts is None for entry in shown.checks)
    assert (shown.target.settings, shown.trials, shown.withheld) == ((), (), True)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_what_was_found_and_what_it_means_is_left(report: Report) -> None:
    shown = withheld(report, ORDERS)
    assert [(d.cause, d.confidence) for d in shown.diagnoses] == [(d.cause, d.confidence) for d in report.diagnoses]
    assert [(c.id, c.status, c.code) for c in shown.checks] == [(c.id, c.status, c.code) for c in report.checks]
    assert (shown.status, shown.exit_code, shown.counts) == (report.status, report.exit_code, report.counts)
    assert decode(encode(shown)) == shown


def test_remedies_are_left_without_names() -> None:
    (diagnosis, *_) = withheld(SOCKET_FAILURE, ORDERS).diagnoses
    assert diagnosis.remedies
    assert "acme-prod" not in str(diagnosis.remedies)


@pytest.mark.parametrize("fault", ["silent-drop", "wrong-password", "nxdomain", "unknown-database"])
def test_nothing_of_the_targets_values_is_left_of_a_real_run(lab: Lab, fault: str) -> None:
    environment = lab.arrange(fault, route=Route.DIRECT)
    report = decode(lab.run("cloudsql-diag", "check", "-o", "json", environment=environment).stdout.encode())
    values = [report.target.host, report.target.instance, report.platform.project, report.platform.service_account]
    assert all(values)
    shown = encode(withheld(report, ORDERS)).decode()
    assert [value for value in (*values, f'"{report.agent.hostname}"') if value in shown] == []


PATHS = ("/api/v1/report", "/api/v1/reports/run-1")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [FORWARDED, {"Host": "10.1.2.3:18307"}, {"Forwarded": "for=192.0.2.60"}, {"Via": "1.1 google"}],
    ids=lambda headers: next(iter(headers)),
)
async def test_callers_that_are_not_on_loopback_get_it_withheld(
    stage: Stage, path: str, headers: dict[str, str]
) -> None:
    await stage.show(SOCKET_FAILURE)
    shown = await stage.json(path, **headers)
    assert (shown["withheld"], shown["target"]["host"], shown["agent"]["hostname"]) == (True, "", "")


@pytest.mark.parametrize("path", PATHS)
async def test_callers_on_loopback_see_everything(stage: Stage, path: str) -> None:
    await stage.show(SOCKET_FAILURE)
    shown = await stage.json(path)
    assert (shown["withheld"], shown["target"]["host"]) == (False, SOCKET_FAILURE.target.host)


async def test_the_settings_may_expose_it_to_everybody() -> None:
    async with staged(Access(expose_details=True)) as stage:
        await stage.show(SOCKET_FAILURE)
        assert not (await stage.json("/api/v1/report", **FORWARDED))["withheld"]


async def test_incidents_tell_causes_only(stage: Stage) -> None:
    moved = msgspec.structs.replace(SOCKET_FAILURE, target=msgspec.structs.replace(SOCKET_FAILURE.target, settings=()))
    source = ScriptedSource()
    source.script(ORDERS, HEALTHY, moved)
    watched = await stage.watch(source)
    await watched.cycles()
    for headers, kinds in (({}, ["settings", "cause"]), (FORWARDED, ["cause"])):
        (target,) = (await stage.json("/api/v1/reports", **headers))["targets"]
        assert [each["what"] for each in target["incidents"][0]["differences"]] == kinds
