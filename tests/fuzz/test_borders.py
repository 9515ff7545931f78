"""Anything at all, at every border where foreign data becomes ours: a value, or the border's own error; never a crash.

What is sent is random bytes, what the border expects with something else in one place, and nesting deeper than any
stack. `make fuzz` sends 10,000 of each.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.message
import dns.rdatatype
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.adapters.certificate import read_certificate
from diagnostics.adapters.credentials import VARIABLE, FileCredentials
from diagnostics.adapters.dns_query import Answers, take
from diagnostics.adapters.keys import CachedKeys
from diagnostics.adapters.resolver import SystemResolver
from diagnostics.adapters.served import signature_hash
from diagnostics.adapters.tls import make_context
from diagnostics.check import Check, SecretName
from diagnostics.checks.admin import admin_certificate, admin_connect_settings
from diagnostics.checks.deployment import run_revision, vpc_connector
from diagnostics.checks.identity import identity_account, identity_token, metadata_server
from diagnostics.checks.instance import admin_instance, iam_permissions
from diagnostics.core.facts import IdentityToken, MetadataServer, RunRevision
from diagnostics.core.observed import ApiResult
from diagnostics.core.replay import rediagnose
from diagnostics.core.serialize import NotAReport, decode, encode
from diagnostics.core.size import LARGEST
from diagnostics.ports import CredentialsFailed, HttpAnswer, HttpCall, TlsFailed, TlsRequest
from diagnostics.settings import SettingsError
from tests.adapters.authority import server_authority
from tests.checks.stage import CONNECTOR, GOOD_CALL, env, look
from tests.fakes import FakeClock
from tests.settings.around import load
from tests.surfaces.reports import SOCKET_FAILURE

# google-auth deprecated the one call that takes every kind of file, and offers nothing in its place.
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:google.auth")

Json = Any

DEEP = st.integers(1, 200_000)
numbers = st.sampled_from([2**53, 2**63 - 1, -(2**63), 2**64, 10**30, -1, 0, 1e308, -99999999999999])
scalars = st.none() | st.booleans() | numbers | st.integers() | st.floats() | st.text(max_size=400)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=9
)


def places(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, the whole first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def put(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """The document with something else in one place."""
    if not path:
        return new
    copy: Json = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


def answers(*valid: Json) -> st.SearchStrategy[bytes]:
    """Bodies of all kinds: random, deep, and valid ones with something else in one place, or with more."""

    def spoiled(document: Json) -> st.SearchStrategy[bytes]:
        changed = st.builds(put, st.just(document), st.sampled_from(list(places(document))), anything | deep_text)
        return changed.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass"))

    nested = st.builds(lambda depth, field: b'{"%s":' % field + b"[" * depth + b"]" * depth + b"}", DEEP, fields)
    return st.one_of(st.binary(max_size=600), nested, *map(spoiled, valid))


fields = st.sampled_from([b"x", b"error", b"access_token", b"region", b"settings", b"checks"])
deep_text = st.builds(lambda size, letter: letter * size, st.integers(0, 70_000), st.sampled_from("a\0\né\N{BELL}"))

TOKEN = {"access_token": "ya29.x", "expires_in": 3480, "token_type": "Bearer"}
SETTINGS = {
    "region": "europe-west1",
    "databaseVersion": "POSTGRES_16",
    "serverCaCert": {"cert": server_authority().pem},
    "ipAddresses": [{"type": "PRIMARY", "ipAddress": "34.76.1.2"}],
    "dnsNames": [{"name": "a.b.", "connectionType": "PRIVATE", "dnsScope": "INSTANCE"}],
}
SIGNED = {"ephemeralCert": {"cert": server_authority().issue("x").certificate}}
INSTANCE = {
    "state": "RUNNABLE",
    "settings": {
        "activationPolicy": "ALWAYS",
        "databaseFlags": [{"name": "max_connections", "value": "100"}],
        "ipConfiguration": {"authorizedNetworks": [{"value": "10.0.0.0/8"}], "sslMode": "x"},
    },
    "suspensionReason": ["x"],
}
REVISION = {
    "containers": [{"name": "app", "ports": [{"containerPort": 8080}], "startupProbe": {"periodSeconds": 240}}],
    "volumes": [{"name": "sql", "cloudSqlInstance": {"instances": ["p:r:i"]}}],
    "vpcAccess": {"networkInterfaces": [{"network": "n", "subnetwork": "s"}], "egress": "ALL_TRAFFIC"},
    "scaling": {"maxInstanceCount": 3},
    "annotations": {"run.googleapis.com/x": "y"},
}
VPC = {"name": "c", "state": "READY", "network": "n", "subnet": {"name": "s"}, "minInstances": 2, "maxInstances": 3}
ERROR = {
    "error": {"code": 403, "message": "no", "status": "X", "errors": [{"reason": "r"}], "details": [{"reason": "r"}]}
}


class Saying:
    """An Http that answers everything alike."""

    def __init__(self, body: bytes, status: int) -> None:
        self._answer = HttpAnswer(status=status, headers={"metadata-flavor": "Google"}, body=body)

    async def request(self, call: HttpCall) -> HttpAnswer:
        return self._answer


METADATA = MetadataServer(host="m", by_name=ApiResult.ANSWER, project="acme-prod", region="europe-west1")
DEPLOYED = RunRevision(call=GOOD_CALL, connector="projects/p/locations/r/connectors/c")
CALLS: dict[Check, Json] = {
    metadata_server: "acme-prod",
    identity_account: "api@acme-prod.iam.gserviceaccount.com",
    identity_token: TOKEN,
    admin_connect_settings: SETTINGS,
    admin_certificate: SIGNED,
    admin_instance: INSTANCE,
    iam_permissions: {"permissions": ["cloudsql.instances.connect"]},
    run_revision: REVISION,
    vpc_connector: VPC,
}
BODIES = {check: answers(body, ERROR) for check, body in CALLS.items()}
"""Made once: to make one takes longer than to draw from it."""
TOKENS = {SecretName.ADMIN_TOKEN: "ya29.admin-token", SecretName.PLATFORM_TOKEN: "ya29.read-token"}
KEYS = CachedKeys(FakeClock())


@pytest.mark.parametrize("check", CALLS, ids=lambda check: check.id.value)
@given(data=st.data(), status=st.sampled_from([200, 200, 403, 404, 429, 500, 302]))
def test_whatever_an_api_answers_is_an_outcome_that_a_report_can_hold(
    check: Check, data: st.DataObject, status: int
) -> None:
    body = data.draw(BODIES[check])
    around = env(CONNECTOR, http=Saying(body, status), keys=KEYS, secrets=TOKENS)
    known = [fact for fact in (METADATA, IdentityToken(), DEPLOYED) if fact.CHECK in edges(check)]
    outcome = asyncio.run(look(check, around, *known))
    assert len(msgspec.json.encode(outcome)) < LARGEST


def edges(check: Check) -> set[object]:
    return {edge.check for edge in (*check.requires, *check.after)}


@given(body=answers(json.loads(encode(SOCKET_FAILURE))))
def test_a_saved_report_is_diagnosed_again_or_is_none(body: bytes) -> None:
    try:
        report = decode(body)
    except NotAReport:
        return
    assert len(encode(rediagnose(report))) <= LARGEST


CONFIG = '[options]\ntimeout = 20\n[targets.orders]\nhost = "10.20.0.5"\ndatabase = "orders"\nuser = "api"\n'
toml = st.one_of(
    st.text(max_size=300),
    st.builds(lambda depth, opening: f"x={opening * depth}", DEEP, st.sampled_from(["[", "{a=", "[[", '"""', "a."])),
    st.builds(lambda at, more: CONFIG[:at] + more + CONFIG[at:], st.integers(0, len(CONFIG)), st.text(max_size=60)),
    st.builds(lambda value: CONFIG.replace("20\n", f"{value}\n"), numbers),
)


@given(text=toml)
def test_whatever_a_config_file_says_is_settings_or_a_mistake(text: str) -> None:
    with contextlib.suppress(SettingsError):
        load({"CLOUDSQL_DIAG_CONFIG": "/config.toml"}, files={"/config.toml": text})


QUESTIONS = {kind: dns.message.make_query("db.example", kind) for kind in (dns.rdatatype.A, dns.rdatatype.AAAA)}
ASKED = QUESTIONS[dns.rdatatype.A].to_wire()
record = st.builds(
    lambda kind, of, data: (
        b"\xc0\x0c" + kind.to_bytes(2, "big") + of.to_bytes(2, "big") + bytes(4) + len(data).to_bytes(2, "big") + data
    ),
    st.integers(0, 65535) | st.sampled_from([1, 28, 5, 46, 64]),
    st.sampled_from([1, 3, 4, 254, 255, 0]),
    st.binary(max_size=24),
)
packets = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda rest: ASKED[:2] + rest, st.binary(max_size=200)),
    st.builds(
        lambda records, flags, noise: ASKED[:2] + flags + b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
        + ASKED[12:] + b"".join(records) + noise,
        st.lists(record, max_size=20),
        st.binary(min_size=2, max_size=2),
        st.binary(max_size=8),
    ),
)  # fmt: skip


@given(wire=packets)
def test_whatever_a_name_server_sends_is_an_answer_or_noise(wire: bytes) -> None:
    found: Answers = {}
    take(wire, QUESTIONS, found)
    assert found.keys() <= QUESTIONS.keys()


LEAF = server_authority().issue("acme-prod:orders", "db.example", "127.0.0.1")


def spoiled_bytes(valid: bytes) -> st.SearchStrategy[bytes]:
    return st.builds(
        lambda at, size, more: valid[:at] + more + valid[at + size :],
        st.integers(0, len(valid)),
        st.integers(0, 9),
        st.binary(max_size=9),
    )


@given(der=st.binary(max_size=300) | spoiled_bytes(LEAF.der))
def test_whatever_a_server_shows_is_a_certificate_or_none(der: bytes) -> None:
    try:
        read_certificate(der)
    except ValueError:
        signature_hash(der)
    else:
        signature_hash(der)


pem = st.text(max_size=300) | spoiled_bytes(LEAF.certificate.encode()).map(lambda data: data.decode("utf-8", "replace"))


@given(text=pem)
def test_whatever_stands_for_a_certificate_is_one_or_is_refused(text: str) -> None:
    for read, refused in ((KEYS.certificate, ValueError), (_trusted, TlsFailed)):
        try:
            read(text)
        except refused:
            continue


def _trusted(text: str) -> None:
    make_context(TlsRequest(verify_chain=True, ca_pem=text))


ELSEWHERE = "http://127.0.0.1:1/token"
"""Where no token comes from: nobody listens at port 1."""
FILES: tuple[Json, ...] = (
    {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r", "token_uri": ELSEWHERE},
    {"type": "service_account", "client_email": "a@b", "private_key": "x", "token_uri": ELSEWHERE},
    {
        "type": "external_account",
        "audience": "//iam.googleapis.com/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": ELSEWHERE,
        "credential_source": {"file": "/nonexistent", "format": {"type": "json", "subject_token_field_name": "x"}},
    },
    {"type": "impersonated_service_account", "service_account_impersonation_url": ELSEWHERE, "source_credentials": {}},
    {"type": "gdch_service_account", "format_version": "1", "token_uri": ELSEWHERE},
)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("credentials") / "key.json"


@given(body=answers(*FILES))
def test_whatever_a_credentials_file_holds_is_a_problem_of_credentials(key_file: Path, body: bytes) -> None:
    key_file.write_bytes(body)
    with pytest.raises(CredentialsFailed):
        asyncio.run(FileCredentials({VARIABLE: str(key_file)}).token("scope", 10.0))


@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"nameserver {text}\n".encode()))
def test_whatever_resolv_conf_holds_names_servers_or_none(key_file: Path, data: bytes) -> None:
    conf = key_file.with_suffix(".conf")
    conf.write_bytes(data)
    for server in SystemResolver(conf).nameservers():
        assert server.count(".") or ":" in server
