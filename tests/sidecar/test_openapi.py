"""The OpenAPI document: valid, complete, and kept by a running server whatever it is asked."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from diagnostics import __version__
from diagnostics.core.report import Report
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.surfaces.sidecar.openapi import document
from diagnostics.surfaces.sidecar.operations import OPERATIONS, Media, Operation, Shape
from tests.sidecar.process import in_lab
from tests.sidecar.stage import Stage
from tests.surfaces.reports import HEALTHY, REPORTS, SOCKET_FAILURE

DOCUMENT = document(__version__)

TOO_SOON: list[CheckFunction] = [positive_data_acceptance]
"""A run that is asked for too soon is refused with 429, however well it is asked for."""


def schema_of(path: str, method: str, status: int, media: str) -> dict[str, object]:
    """The schema of one answer, with what it refers to."""
    answer = DOCUMENT["paths"][path][method.lower()]["responses"][str(status)]
    return {**answer["content"][media]["schema"], "components": DOCUMENT["components"]}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
async def test_what_is_answered_is_what_is_described(stage: Stage, report: Report) -> None:
    await stage.show(HEALTHY, report)
    for operation in OPERATIONS:
        if operation.method == "GET" and operation.name != "events":
            async with stage.client.get(operation.path.replace("{run_id}", "run-1")) as answer:
                described = {each.status: each for each in operation.answers}[answer.status]
                assert answer.content_type == described.media.partition(";")[0]
                if described.shape is not Shape.NONE:
                    media = described.media.value
                    body = await answer.json(content_type=media)
                    jsonschema.validate(body, schema_of(operation.path, operation.method, answer.status, media))


@pytest.mark.parametrize("path", ["/api/v1/report?target=x", "/gate?target=x", "/api/v1/reports/x"])
async def test_an_answer_that_is_none_is_described_too(stage: Stage, path: str) -> None:
    await stage.show(SOCKET_FAILURE)
    operation = next(each for each in OPERATIONS if each.path.partition("{")[0] in path.partition("?")[0])
    body = await stage.json(path)
    jsonschema.validate(body, schema_of(operation.path, "get", 404, Media.PROBLEM))


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    found = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found.add(str(value["$ref"]).rpartition("/")[2])
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(DOCUMENT)
    assert found <= set(schemas)
    assert {"Report", "Reports", "Health", "Problem"} <= found


def test_no_parameter_is_an_address() -> None:
    """Nothing that a caller sends is connected to: only names of configured targets, ids of runs and seconds."""
    assert {parameter.name for operation in OPERATIONS for parameter in operation.parameters} == {
        "target",
        "run_id",
        "work",
        "wait",
    }


def test_no_path_ends_in_z() -> None:
    assert [operation.path for operation in OPERATIONS if operation.path.endswith("z")] == []


@pytest.fixture(scope="module")
def running(shared_lab: Lab) -> Iterator[BaseSchema]:
    """The document as a running sidecar serves it, when its answers are the good ones."""
    shared_lab.switchboard.replace(())
    with in_lab(shared_lab, shared_lab.arrange(route=Route.DIRECT), "1") as served:
        served.until("/gate")
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/api/v1/openapi.json")


BOUNDED = [operation for operation in OPERATIONS if operation.name != "events"]
"""Those whose answers end; test_events reads the one that does not."""


ASKED = [(operation, GenerationMode.POSITIVE) for operation in BOUNDED]
ASKED += [
    (operation, GenerationMode.NEGATIVE)
    for operation in BOUNDED
    if any(parameter.most is not None for parameter in operation.parameters)
]
"""Any text may be the name of a target or the id of a run; only a number can be wrong."""


@pytest.mark.parametrize("operation, mode", ASKED, ids=[f"{each.name}-{mode.value}" for each, mode in ASKED])
def test_whatever_is_asked_is_answered_as_described(
    running: BaseSchema, operation: Operation, mode: GenerationMode
) -> None:
    described = running[operation.path][operation.method]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=described.as_strategy(generation_mode=mode))
    def holds(case: Case[Any]) -> None:
        case.call_and_validate(excluded_checks=TOO_SOON if operation.name == "run" else [], timeout=40)

    holds()
