"""Google's discovery documents as strict JSON schemas: a field that an API does not know is an error.

Cloud Run ignores some unknown fields without a word, so a manifest with a typo deploys and does something else.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema

from tests.deploy.manifests import Json

NOT_SUPPORTED = "not supported"
"""How the documents of Cloud Run begin or end the description of a field that Knative has and Cloud Run refuses."""

_KEPT = ("type", "enum", "description")


@cache
def document(name: str) -> Json:
    """One of those that google-api-python-client ships."""
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    parsed: Json = json.loads((folder / f"{name}.json").read_text())
    return parsed


@cache
def validator(api: str, schema: str) -> jsonschema.Draft202012Validator:
    """For values of one schema of an API."""
    schemas = document(api)["schemas"]
    definitions = {name: _strict(each) for name, each in schemas.items()}
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": definitions})


def _strict(schema: Json) -> Json:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    strict: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    if strict.get("type") == "any":
        del strict["type"]
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    if schema.get("type") == "object":
        properties = {name: _property(each) for name, each in schema.get("properties", {}).items()}
        further = schema.get("additionalProperties")
        strict["properties"] = properties
        strict["additionalProperties"] = _strict(further) if further else False
    return strict


def _property(schema: Json) -> Any:
    """False, which nothing satisfies, for a field that is described as refused or as written by the platform only."""
    text = schema.get("description", "").lower()
    refused = text.startswith(NOT_SUPPORTED) or schema.get("readOnly", False)
    return False if refused else _strict(schema)
