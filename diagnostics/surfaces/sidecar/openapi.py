"""The OpenAPI 3.1 document, from the table of operations and the schemas of what they answer."""

from functools import cache
from typing import Any

import msgspec

from diagnostics.core.report import Report
from diagnostics.surfaces.sidecar.health import Health
from diagnostics.surfaces.sidecar.operations import OPERATIONS, Answer, Media, Operation, Parameter, Shape
from diagnostics.surfaces.sidecar.problem import Problem
from diagnostics.surfaces.sidecar.views import Accepted, Limits, Reports

_BODIES = {
    Shape.REPORT: Report,
    Shape.REPORTS: Reports,
    Shape.HEALTH: Health,
    Shape.ACCEPTED: Accepted,
    Shape.PROBLEM: Problem,
    Shape.LIMITS: Limits,
}

_REF = "#/components/schemas/{name}"


@cache
def encoded(version: str) -> bytes:
    """The whole document as JSON. It never changes, and making it takes longer than anything else that is asked."""
    return msgspec.json.encode(document(version))


def document(version: str) -> dict[str, Any]:
    """The whole document. Its server is the one that answered."""
    bodies, components = msgspec.json.schema_components(_BODIES.values(), ref_template=_REF)
    schemas = dict(zip(_BODIES, bodies, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": "cloudsql-diag serve", "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(operation: Operation, schemas: dict[Shape, dict[str, Any]]) -> dict[str, Any]:
    content = {Media.JSON.value: {"schema": schemas[operation.body]}} if operation.body else None
    return ({"requestBody": {"required": True, "content": content}} if content else {}) | {
        "operationId": operation.name,
        "summary": operation.meaning.partition(". ")[0].removesuffix("."),
        "description": operation.meaning,
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": {str(answer.status): _answer(answer, schemas) for answer in operation.answers},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    seconds = {"type": "number", "minimum": 0, "maximum": parameter.most}
    return {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.in_path,
        "description": parameter.meaning,
        "schema": {"type": "string"} if parameter.most is None else seconds,
    }


def _answer(answer: Answer, schemas: dict[Shape, dict[str, Any]]) -> dict[str, Any]:
    return {"description": answer.meaning, "content": {_media(answer.media): {"schema": _schema(answer, schemas)}}}


def _media(media: Media) -> str:
    return media.value.partition(";")[0]


def _schema(answer: Answer, schemas: dict[Shape, dict[str, Any]]) -> dict[str, Any]:
    if answer.shape is Shape.DOCUMENT:
        return {"type": "object"}
    return schemas.get(answer.shape, {"type": "string"})
