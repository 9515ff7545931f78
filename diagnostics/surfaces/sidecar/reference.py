"""The reference of the HTTP surface, from the table of operations and the bodies: what ``make docs`` writes."""

from collections.abc import Iterable
from typing import Any

from msgspec.json import schema_components

from diagnostics.surfaces.sidecar.events import GoneEvent, StateEvent
from diagnostics.surfaces.sidecar.operations import OPERATIONS, Answer, Operation, Parameter
from diagnostics.surfaces.sidecar.problem import Problem
from diagnostics.surfaces.sidecar.views import Accepted, Limits, Reports

_INTRO = """# HTTP of the sidecar

What `cloudsql-diag serve` answers, on port 18307 unless said otherwise. `GET /api/v1/openapi.json` is the same as an
OpenAPI 3.1 document with every schema; [report.schema.json](report.schema.json) describes the report.

Nothing that a caller sends is ever connected to: `target` is the name of a target of the settings. Answers show the
last report; only `POST /api/v1/run` makes a new one. An answer that is none is `application/problem+json` with
`detail` and a `hint`.

Callers that are not on loopback, and those that a proxy speaks for, get reports without hosts, users, addresses and
messages (`withheld` is true in them) unless `--expose-details` is given. A request whose `Host` is neither an address
nor localhost nor one of `--allowed-hosts` is answered with 421, but for probes: a platform must not restart anything
because it calls us by a name that we do not know."""

_BODIES = """## Bodies

Fields of everything but the report. Times are RFC 3339 in UTC, durations seconds; `what` of a difference says which
one it is. New fields may come, none goes. `event: report` carries a RunSummary, `event: state` a StateEvent,
`event: gone` a GoneEvent."""


def reference() -> str:
    """The whole page, Markdown."""
    bodies = schema_components((Reports, StateEvent, GoneEvent, Accepted, Limits, Problem))[1]
    parts = [_INTRO, *map(_operation, OPERATIONS), _BODIES, *(_body(name, body) for name, body in bodies.items())]
    return "\n\n".join([*parts, "This page is made by `make docs`.\n"])


def _operation(operation: Operation) -> str:
    rows = [*map(_parameter, operation.parameters), *map(_answer, operation.answers)]
    head = f"## `{operation.method} {operation.path}`\n\n{operation.meaning}\n\n"
    return head + _table(("", "means", "body"), rows)


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    limit = "" if parameter.most is None else f" 0 to {parameter.most:g}."
    name = f"`{{{parameter.name}}}`" if parameter.in_path else f"`?{parameter.name}=`"
    return name, f"{parameter.meaning}{limit}", ""


def _answer(answer: Answer) -> tuple[str, ...]:
    shape = f"{answer.shape}, " if answer.shape else ""
    return str(answer.status), answer.meaning, f"{shape}`{answer.media}`"


def _body(name: str, body: dict[str, Any]) -> str:
    head = f"### {name}\n\n{body['description']}\n\n"
    if "enum" in body:
        return head + _type(body)
    return head + _table(("field", "type"), ((f"`{field}`", _type(kind)) for field, kind in body["properties"].items()))


def _type(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    if "anyOf" in kind:
        return " or ".join(dict.fromkeys(map(_type, kind["anyOf"])))
    if kind.get("type") == "array":
        return f"list of {_type(kind['items'])}"
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    return str(kind.get("format") or kind["type"])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
