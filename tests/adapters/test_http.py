"""HTTP calls against real listeners: answers, and each way to get none."""

import gzip
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from diagnostics.adapters.http import LazyHttp, proxy_of
from diagnostics.adapters.http_client import LARGEST_BODY
from diagnostics.adapters.resolver import SystemResolver
from diagnostics.core.model import Secret
from diagnostics.core.observed import ApiResult, DnsAnswer, DnsResult
from diagnostics.ports import Endpoint, HttpAnswer, HttpCall, HttpFailed
from tests.adapters import listeners
from tests.adapters.authority import server_authority

LIMIT = 5.0
SHORT = 0.2
BEARER = "ya29.very-secret-token"


def http(environ: Mapping[str, str] | None = None) -> LazyHttp:
    return LazyHttp(SystemResolver(), environ or {}, "cloudsql-diag/test")


def call(
    url: str, limit: float = LIMIT, method: str = "GET", body: Secret | None = None, *, direct: bool = False
) -> HttpCall:
    return HttpCall(
        method=method, url=url, bearer=Secret(BEARER), body=body, connect_limit=limit, limit=limit, direct=direct
    )


async def result_of(client: LazyHttp, wanted: HttpCall) -> ApiResult:
    with pytest.raises(HttpFailed) as failed:
        await client.request(wanted)
    assert failed.value.__context__ is None, "aiohttp's exception holds the request and its bearer"
    return failed.value.result


class Recorder:
    """An HTTP server that answers everything alike and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.requests: list[bytes] = []
        self._answer = answer

    def __call__(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        head, _, body = head.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(4096)
        self.requests.append(head + b"\r\n\r\n" + body)
        connection.sendall(self._answer)


def answering(status: str = "200 OK", headers: str = "", body: bytes = b"") -> Recorder:
    return Recorder(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)


def url_of(endpoint: Endpoint, path: str = "/", scheme: str = "http") -> str:
    return f"{scheme}://{endpoint.label}{path}"


async def test_an_answer_has_status_headers_in_lower_case_and_body() -> None:
    server = answering("403 Forbidden", "Metadata-Flavor: Google\r\n", b'{"error": 1}')
    with listeners.listening(server) as endpoint:
        answer = await http().request(call(url_of(endpoint, "/v1?a=b")))
    assert (answer.status, answer.body, answer.headers["metadata-flavor"]) == (403, b'{"error": 1}', "Google")
    assert server.requests[0].startswith(b"GET /v1?a=b HTTP/1.1\r\n")
    assert b"Authorization: Bearer " + BEARER.encode() in server.requests[0]
    assert b"User-Agent: cloudsql-diag/test" in server.requests[0]


async def test_a_body_is_sent_as_json() -> None:
    server = answering()
    with listeners.listening(server) as endpoint:
        await http().request(call(url_of(endpoint), method="POST", body=Secret('{"k": 1}')))
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"k": 1}')


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    """The bearer must not go where somebody else points."""
    server = answering("302 Found", "Location: /elsewhere\r\n")
    with listeners.listening(server) as endpoint:
        assert (await http().request(call(url_of(endpoint)))).status == 302
    assert len(server.requests) == 1


async def test_each_call_has_a_connection_of_its_own() -> None:
    server = answering()
    with listeners.listening(server) as endpoint:
        client = http()
        for _ in range(2):
            await client.request(call(url_of(endpoint)))
    assert len(server.requests) == 2


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_body_is_bounded(*, compressed: bool) -> None:
    body = b"x" * (LARGEST_BODY + 5000)
    server = (
        answering(headers="Content-Encoding: gzip\r\n", body=gzip.compress(body))
        if compressed
        else answering(body=body)
    )
    with listeners.listening(server) as endpoint:
        assert len((await http().request(call(url_of(endpoint)))).body) == LARGEST_BODY


@pytest.mark.parametrize("host", ["sqladmin.example", "10.0.0.1:80", "127.0.0.1.example", "user@127.0.0.1"])
async def test_a_token_goes_to_nobody_else_in_plain_text(host: str) -> None:
    asked: list[str] = []

    class Nobody(SystemResolver):
        async def lookup(self, host: str, port: int, limit: float) -> DnsAnswer:
            asked.append(host)
            raise AssertionError

    client = LazyHttp(Nobody(), {}, "test")
    assert await result_of(client, call(f"http://{host}/")) is ApiResult.UNREACHABLE
    assert asked == []


async def test_each_way_to_get_no_answer_is_told_apart(tmp_path: Path) -> None:
    with listeners.refused() as endpoint:
        assert await result_of(http(), call(url_of(endpoint))) is ApiResult.REFUSED
    with listeners.deaf() as endpoint:
        assert await result_of(http(), call(url_of(endpoint), SHORT)) is ApiResult.SILENT
    with listeners.listening(listeners.read_until_end) as endpoint:
        assert await result_of(http(), call(url_of(endpoint), SHORT)) is ApiResult.SILENT
    with listeners.listening(listeners.close_after_first) as endpoint:
        assert await result_of(http(), call(url_of(endpoint))) is ApiResult.CLOSED
    with listeners.listening(listeners.reset_after_first) as endpoint:
        assert await result_of(http(), call(url_of(endpoint))) is ApiResult.CLOSED
    with listeners.listening(listeners.saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")) as endpoint:
        assert await result_of(http(), call(url_of(endpoint))) is ApiResult.UNEXPECTED_ANSWER
    with listeners.listening(listeners.saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")) as endpoint:
        assert await result_of(http(), call(url_of(endpoint))) is ApiResult.CLOSED
    unroutable = Endpoint(address="fe80::1", port=80)
    assert await result_of(http(), call(url_of(unroutable), SHORT)) is ApiResult.UNREACHABLE


async def test_a_silent_connection_is_left_at_its_own_limit() -> None:
    with listeners.deaf() as endpoint:
        wanted = HttpCall(url=url_of(endpoint), connect_limit=SHORT, limit=30.0)
        assert await result_of(http(), wanted) is ApiResult.SILENT


class NoSuchName:
    """A resolver that knows nothing."""

    async def lookup(self, host: str, port: int, limit: float) -> DnsAnswer:
        return DnsAnswer(server="system", name=host, result=DnsResult.NXDOMAIN, seconds=0.0)

    def nameservers(self) -> tuple[str, ...]:
        return ()

    async def ask(self, server: str, name: str, limit: float) -> DnsAnswer:
        return await self.lookup(name, 0, limit)


@pytest.mark.parametrize("url", ["http://nonesuch.example/", "http:///", "nonsense"])
async def test_a_name_without_address_is_unresolved(url: str) -> None:
    plain = HttpCall(url=url, connect_limit=LIMIT, limit=LIMIT)
    assert await result_of(LazyHttp(NoSuchName(), {}, "x"), plain) is ApiResult.UNRESOLVED


async def test_names_are_resolved_by_our_resolver() -> None:
    server = answering()
    with listeners.listening(server) as endpoint:
        assert (await http().request(call(f"http://localhost:{endpoint.port}/"))).status == 200


async def test_an_untrusted_certificate_or_plaintext_is_a_failure_of_tls(tmp_path: Path) -> None:
    identity = server_authority().issue("x", "127.0.0.1")
    with listeners.listening(listeners.tls(identity, tmp_path)) as endpoint:
        assert await result_of(http(), call(url_of(endpoint, scheme="https"))) is ApiResult.TLS_FAILED
    with listeners.listening(listeners.saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as endpoint:
        assert await result_of(http(), call(url_of(endpoint, scheme="https"))) is ApiResult.TLS_FAILED
    with listeners.listening(listeners.close_after_first) as endpoint:
        assert await result_of(http(), call(url_of(endpoint, scheme="https"))) is ApiResult.CLOSED


TRUSTING = """
import asyncio, sys
from tests.adapters.test_http import call, http
print(asyncio.run(http().request(call(sys.argv[1]))).status)
"""


def test_ssl_cert_file_is_trusted(tmp_path: Path) -> None:
    """OpenSSL reads the variable when a process builds its first context, so a process of its own asks."""
    root = tmp_path / "root.pem"
    root.write_text(server_authority().pem)
    server = listeners.tls(server_authority().issue("x", "127.0.0.1"), tmp_path, answering())
    with listeners.listening(server) as endpoint:
        child = subprocess.run(
            [sys.executable, "-c", TRUSTING, url_of(endpoint, scheme="https")],
            env={**os.environ, "SSL_CERT_FILE": str(root)},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert child.stdout == "200\n", child.stderr


async def test_a_proxy_of_the_environment_is_used_unless_the_call_is_direct() -> None:
    proxy, server = answering(body=b"proxy"), answering(body=b"server")
    with listeners.listening(proxy) as via, listeners.listening(server) as endpoint:
        client = http({"HTTP_PROXY": url_of(via)})
        through = await client.request(call(url_of(endpoint)))
        past: HttpAnswer = await client.request(call(url_of(endpoint), direct=True))
    assert (through.body, past.body) == (b"proxy", b"server")


async def test_a_proxy_that_is_no_url_leads_nowhere() -> None:
    with listeners.listening(answering()) as endpoint:
        result = await result_of(http({"http_proxy": "http://127.0.0.1:bad"}), call(url_of(endpoint)))
    assert result is ApiResult.UNRESOLVED


async def test_a_proxy_that_refuses_to_connect_leads_nowhere() -> None:
    with listeners.listening(answering("403 Forbidden")) as via:
        client = http({"https_proxy": url_of(via)})
        assert await result_of(client, call("https://sqladmin.example/")) is ApiResult.UNREACHABLE


@pytest.mark.parametrize(
    "environ, expected",
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"https_proxy": "http://q:1", "HTTPS_PROXY": "http://p:1"}, "http://q:1"),
        ({"HTTP_PROXY": "http://p:1"}, ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "localhost, googleapis.com"}, ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".googleapis.com"}, ""),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "apis.com,metadata"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "sqladmin.googleapis.com:443"}, ""),
    ],
)
def test_the_proxy_is_the_one_of_the_scheme_with_exceptions(environ: dict[str, str], expected: str) -> None:
    assert proxy_of("https://sqladmin.googleapis.com:443/v1", environ) == expected


async def test_the_bearer_is_in_no_log_and_no_exception(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listeners.listening(listeners.reset_after_first) as endpoint:
        with pytest.raises(HttpFailed) as failed:
            await http().request(call(url_of(endpoint)))
        assert BEARER not in repr(failed.value)
    assert BEARER not in caplog.text
