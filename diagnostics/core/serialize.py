"""The report as JSON, and the schema that describes it."""

from typing import Any

import msgspec

from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.report import SCHEMA_VERSION, Report

SCHEMA_ID = f"urn:cloudsql-diag:report:{SCHEMA_VERSION}"
"""A name, not an address: nothing has to be fetched to validate."""


class NotAReport(Exception):
    """A text that is no report of ours; the message says where it differs and repeats nothing of it."""


def encode(report: Report) -> bytes:
    """One JSON document on one line."""
    return msgspec.json.encode(report)


def decode(document: bytes) -> Report:
    """Read a report back; NotAReport. Fields we do not know are left out: a newer version may have written them."""
    try:
        return msgspec.json.decode(document, type=Report)
    except UNREADABLE as error:
        raise NotAReport(_where(error)) from None


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the report. Unknown fields are allowed: changes are additive."""
    described = msgspec.json.schema(Report)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "cloudsql-diag report",
    }
    return head | described


def _where(error: Exception) -> str:
    """Only the place: msgspec's sentence may repeat a value, and the document may be anything."""
    _, _, place = str(error).rpartition(" - at ")
    return f"differs at {place}" if place and isinstance(error, msgspec.ValidationError) else "not valid JSON"
