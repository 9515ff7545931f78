"""Every JSON that the lab's APIs answer is what Google's own discovery documents describe.

The documents ship in google-api-python-client. They say nothing about errors: those are held against google.rpc's
messages.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import pytest
import requests
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]
from google.rpc import code_pb2, error_details_pb2, status_pb2  # type: ignore[import-untyped]
from msgspec.structs import replace

from diagnostics.lab.admin_api import EphemeralCertRequest
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.google import Google
from diagnostics.lab.network import Attachment, Authorized, Network
from diagnostics.lab.revisions import CONNECTOR
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import Scope
from diagnostics.lab.world import InstanceState, IpType, ServerCaMode, SslMode, Workload, World

Json = Mapping[str, Any]

DOCUMENTS = (
    "sqladmin.v1",
    "sqladmin.v1beta4",
    "cloudresourcemanager.v1",
    "cloudresourcemanager.v3",
    "run.v2",
    "vpcaccess.v1",
)

VISIBLE = World(run_viewer=True, network=Network(vpc=Attachment.CONNECTOR))
"""A world in which the caller may read everything."""

WORLDS = {
    "default": VISIBLE,
    "cas": replace(VISIBLE, server_ca_mode=ServerCaMode.CAS, ssl_mode=SslMode.CLIENT_CERTIFICATE),
    "private": replace(
        VISIBLE, ip_types=(IpType.PRIVATE,), ssl_mode=SslMode.ENCRYPTED_ONLY, connector_enforcement="REQUIRED"
    ),
    "psc": replace(VISIBLE, ip_types=(IpType.PSC,)),
    "job": replace(VISIBLE, workload=Workload.JOB, cpu_throttled=True),
    "suspended": replace(VISIBLE, state=InstanceState.SUSPENDED),
    "maintenance": replace(VISIBLE, state=InstanceState.MAINTENANCE),
    "authorized": replace(VISIBLE, network=Network(vpc=Attachment.CONNECTOR, authorized_networks=Authorized.NAT)),
}

ABSENT = {Workload.SERVICE: "/jobs/", Workload.JOB: "/services/"}
"""Part of the path of what a service or a job is not."""

DOWN = {InstanceState.SUSPENDED: ("/users", "/databases"), InstanceState.MAINTENANCE: ("/users", "/databases")}
"""What an instance answers only while it runs."""

PUBLIC_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)

BODIES = {
    "generateEphemeralCert": {"public_key": PUBLIC_KEY},
    "testIamPermissions": {"permissions": ["cloudsql.instances.get", "cloudsql.instances.delete"]},
}


# --- the documents ----------------------------------------------------------------------------------------------------


@cache
def document(name: str) -> Json:
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    parsed: Json = json.loads((folder / f"{name}.json").read_text())
    return parsed


def methods(part: Json) -> Iterator[Json]:
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from methods(resource)


def shape(path: str) -> str:
    """A path without the names of its parameters, which differ between a document and the lab."""
    return re.sub(r"\{[^}]*\}", "{}", path.lstrip("/"))


@cache
def described() -> dict[tuple[str, str], tuple[str, Json]]:
    """Document and method by HTTP method and path."""
    return {
        (method["httpMethod"], shape(method.get("flatPath", method["path"]))): (name, method)
        for name in DOCUMENTS
        for method in methods(document(name))
    }


# --- a strict validator -----------------------------------------------------------------------------------------------

INT64 = re.compile(r"-?[0-9]+")
DURATION = re.compile(r"[0-9]+(\.[0-9]+)?s")


class Mismatch(AssertionError):
    """A value is not what the document says."""


def expect(condition: object, where: str, problem: str) -> None:
    if not condition:
        raise Mismatch(f"{where}: {problem}")


def check(value: object, schema: Json, schemas: Json, where: str) -> None:
    """Hold ``value`` against ``schema``: no unknown field, no wrong type, no unknown enum value, int64 as a string."""
    if "$ref" in schema:
        check(value, schemas[schema["$ref"]], schemas, where)
        return
    match schema["type"]:
        case "object":
            check_object(value, schema, schemas, where)
        case "array":
            expect(isinstance(value, list), where, "not an array")
            assert isinstance(value, list)
            for index, item in enumerate(value):
                check(item, schema["items"], schemas, f"{where}[{index}]")
        case "string":
            check_string(value, schema, where)
        case "boolean":
            expect(isinstance(value, bool), where, "not a boolean")
        case "integer" | "number":
            expect(isinstance(value, int | float) and not isinstance(value, bool), where, "not a number")
        case other:
            raise Mismatch(f"{where}: the validator does not know type {other}")


def check_object(value: object, schema: Json, schemas: Json, where: str) -> None:
    expect(isinstance(value, dict), where, "not an object")
    assert isinstance(value, dict)
    properties = schema.get("properties", {})
    for name, item in value.items():
        described_as = properties.get(name, schema.get("additionalProperties"))
        if described_as is None:
            raise Mismatch(f"{where}: unknown field {name}")
        check(item, described_as, schemas, f"{where}.{name}")


def check_string(value: object, schema: Json, where: str) -> None:
    expect(isinstance(value, str), where, "not a string")
    text = str(value)
    if "enum" in schema:
        expect(text in schema["enum"], where, f"{text} is not in the enum")
    match schema.get("format"):
        case "int64":
            expect(INT64.fullmatch(text), where, "not an int64 in a string")
        case "google-datetime":
            expect(datetime.fromisoformat(text).tzinfo, where, "no time zone")
        case "google-duration":
            expect(DURATION.fullmatch(text), where, "not a duration")


SCHEMAS = {
    "Thing": {
        "type": "object",
        "properties": {
            "size": {"type": "string", "format": "int64"},
            "when": {"type": "string", "format": "google-datetime"},
            "kind": {"type": "string", "enum": ["A", "B"]},
            "on": {"type": "boolean"},
            "count": {"type": "integer", "format": "int32"},
            "parts": {"type": "array", "items": {"$ref": "Thing"}},
        },
    }
}


def test_validator_takes_what_fits() -> None:
    good = {"size": "7", "when": "2026-01-01T00:00:00Z", "kind": "A", "on": True, "count": 1, "parts": [{"kind": "B"}]}
    check(good, {"$ref": "Thing"}, SCHEMAS, "thing")


@pytest.mark.parametrize(
    "value",
    [
        {"other": 1},
        {"size": 7},
        {"size": "seven"},
        {"when": "2026-01-01T00:00:00"},
        {"kind": "C"},
        {"on": "true"},
        {"count": True},
        {"count": "1"},
        {"parts": {}},
        {"parts": [{"other": 1}]},
        [],
    ],
)
def test_validator_refuses_what_does_not_fit(value: object) -> None:
    with pytest.raises(Mismatch):
        check(value, {"$ref": "Thing"}, SCHEMAS, "thing")


# --- the lab against the documents ------------------------------------------------------------------------------------


def fill(path: str, world: World) -> str:
    values = {
        "project": world.project,
        "instance": world.instance,
        "location": world.region,
        "dns_name": world.dns_name + ".",
        "service": world.service,
        "revision": world.revision,
        "job": world.job,
        "connector": CONNECTOR,
    }
    return re.sub(r"\{(\w+)\}", lambda parameter: values[parameter[1]], path)


def call(google: Google, route: web.RouteDef, world: World) -> requests.Response:
    """Call one route with a token that may do everything, and the body that it takes."""
    token = google.tokens.issue([Scope.CLOUD_PLATFORM])
    body = next((body for name, body in BODIES.items() if route.path.endswith(name)), None)
    return requests.request(
        route.method,
        google.api_endpoint + fill(route.path, world),
        json=body,
        headers={"Authorization": f"Bearer {token.value}"},
        timeout=5,
    )


def check_success(route: web.RouteDef, response: requests.Response) -> None:
    name, method = described()[route.method, shape(route.path)]
    check(response.json(), method["response"], document(name)["schemas"], method["id"])


def check_error(response: requests.Response) -> None:
    """The envelope of legacy and new fields around a google.rpc.Status whose details are known messages."""
    [(envelope, error)] = response.json().items()
    assert envelope == "error"
    assert error["code"] == response.status_code
    assert set(error) <= {"code", "message", "errors", "status", "details"}
    for legacy in error["errors"]:
        assert {"message", "domain", "reason"} <= set(legacy) <= {
            "message", "domain", "reason", "location", "locationType",
        }  # fmt: skip
    if "status" in error:
        assert error["status"] in code_pb2.Code.keys()  # noqa: SIM118 - not a mapping
    assert error_details_pb2.ErrorInfo  # registers the messages that details may hold
    rpc = {name: error[name] for name in ("message", "details") if name in error}
    ParseDict(rpc, status_pb2.Status())


@pytest.fixture(params=list(WORLDS.values()), ids=list(WORLDS))
def world(request: pytest.FixtureRequest) -> World:
    chosen: World = request.param
    return chosen


def test_every_path_is_one_of_googles(google: Google) -> None:
    unknown = [route.path for route in google.api_routes if (route.method, shape(route.path)) not in described()]
    assert unknown == []


def test_every_answer_is_what_the_document_says(google: Google, world: World) -> None:
    for route in google.api_routes:
        response = call(google, route, world)
        if ABSENT[world.workload] in route.path:
            assert response.status_code == 404
            check_error(response)
        elif route.path.endswith(DOWN.get(world.state, ())):
            assert response.status_code == 400
            check_error(response)
        else:
            assert response.status_code == 200
            check_success(route, response)


ANSWERED = [fault.name for fault in FAULTS if fault.name not in {"api-drop", "all-traffic-without-nat"}]
"""Under the two others nothing answers."""


@pytest.mark.parametrize("fault", ANSWERED)
@pytest.mark.parametrize("world", [VISIBLE], ids=[""])
def test_every_answer_under_a_fault_is_what_google_would_say(
    google: Google, switchboard: Switchboard, world: World, fault: str
) -> None:
    """A success still fits the document, an error fits google.rpc; only the captive page is not Google's."""
    switchboard.on(fault)
    for route in google.api_routes:
        response = call(google, route, world)
        if response.headers["Content-Type"].startswith("text/html"):
            assert fault == "api-html"
        elif response.status_code == 200:
            check_success(route, response)
        else:
            check_error(response)


def test_what_a_caller_may_not_see_is_denied_and_not_missing(
    google: Google, switchboard: Switchboard, world: World
) -> None:
    """403 names the permission, whether the resource is there or not."""
    switchboard.replace((), replace(world, run_viewer=False))
    for route in google.api_routes:
        if "/locations/" in route.path and "/dns/" not in route.path:
            response = call(google, route, world)
            check_error(response)
            [info] = response.json()["error"]["details"]
            assert (response.status_code, info["reason"]) == (403, "IAM_PERMISSION_DENIED")
            assert info["metadata"]["permission"].endswith(".get")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}])
def test_errors_without_a_good_token_are_what_google_would_say(google: Google, headers: dict[str, str]) -> None:
    for route in google.api_routes:
        url = google.api_endpoint + fill(route.path, World())
        check_error(requests.request(route.method, url, headers=headers, timeout=5))


@pytest.mark.parametrize("name", ["sqladmin.v1", "sqladmin.v1beta4"])
def test_the_certificate_request_has_the_fields_of_the_document(name: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(EphemeralCertRequest)}
    assert fields == set(document(name)["schemas"]["GenerateEphemeralCertRequest"]["properties"])
