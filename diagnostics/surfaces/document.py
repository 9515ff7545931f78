"""``-o json`` and ``-o jsonl``: the report itself, and the JSON Schema of it."""

import msgspec

from diagnostics.core.model import Value
from diagnostics.core.report import CheckEntry, Report
from diagnostics.core.serialize import schema
from diagnostics.surfaces.visible import json_visible


class CheckLine(Value, frozen=True, kw_only=True):
    """One line of ``jsonl`` before the report: a check that is done. The entry is the one of the report."""

    target: str
    check: CheckEntry


def json_document(report: Report) -> str:
    """One indented document with a line end."""
    return json_page(report)


def json_page(value: object) -> str:
    """Any value of ours, indented like the report."""
    return json_visible(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()) + "\n"


def json_line(value: Value) -> str:
    """One value on one line."""
    return json_visible(msgspec.json.encode(value).decode()) + "\n"


def check_line(target: str, entry: CheckEntry) -> str:
    """The line of one check."""
    return json_line(CheckLine(target=target, check=entry))


def jsonl(report: Report) -> str:
    """A line a check, the report last."""
    return "".join(check_line(report.target.name, entry) for entry in report.checks) + json_line(report)


def schema_document() -> str:
    """The schema as indented JSON with a line end."""
    return json_page(schema())
