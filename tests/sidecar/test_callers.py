"""Who counts as being on this machine."""

from unittest.mock import Mock

import pytest
from aiohttp import HttpVersion, HttpVersion10, HttpVersion11
from aiohttp.test_utils import make_mocked_request

from diagnostics.surfaces.sidecar.callers import is_from_elsewhere, is_local, may_be_called


def called_by(peer: str, version: HttpVersion = HttpVersion11, **headers: str) -> bool:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name: (peer, 50000) if name == "peername" else None
    return is_local(make_mocked_request("GET", "/", headers=headers, version=version, transport=transport))


@pytest.mark.parametrize(
    "peer, host, local",
    [
        ("127.0.0.1", "127.0.0.1:18307", True),
        ("127.0.0.1", "localhost", True),
        ("127.8.8.8", "127.8.8.8", True),
        ("::1", "[::1]:18307", True),
        ("10.1.2.3", "127.0.0.1", False),
        ("169.254.8.1", "localhost", False),
        ("127.0.0.1", "10.1.2.3", False),
        ("127.0.0.1", "api-x7f.a.run.app", False),
        ("127.0.0.1", "", False),
        ("", "localhost", False),
        ("::ffff:10.1.2.3", "localhost", False),
    ],
)
def test_both_ends_of_the_connection_have_to_be_loopback(peer: str, host: str, local: bool) -> None:
    assert called_by(peer, Host=host) is local


PROXIES = (
    "Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto Via X-Cloud-Trace-Context X-Real-IP CF-Connecting-IP "
    "True-Client-IP X-Client-IP X-Envoy-External-Address X-Request-ID X-Amzn-Trace-Id traceparent CDN-Loop "
    "X-Serverless-Authorization Fly-Client-IP X-Azure-FDID X-Some-New-Thing"
)
DIRECT = {
    "curl": "User-Agent Accept",
    "a browser": "Connection Cache-Control sec-ch-ua sec-ch-ua-mobile User-Agent Upgrade-Insecure-Requests Accept "
    "Sec-Fetch-Site Sec-Fetch-Mode Sec-Fetch-Dest Accept-Encoding Accept-Language Cookie Referer DNT Priority",
    "an event source": "Accept Cache-Control Last-Event-ID Pragma",
    "Prometheus": "User-Agent Accept Accept-Encoding X-Prometheus-Scrape-Timeout-Seconds Authorization",
    "a probe of Kubernetes": "User-Agent Accept Connection",
    "a library that posts": "User-Agent Accept Accept-Encoding Connection Content-Length Content-Type",
}


@pytest.mark.parametrize("headers", DIRECT.values(), ids=DIRECT)
def test_what_clients_send_for_themselves_is_no_mark_of_a_proxy(headers: str) -> None:
    assert called_by("127.0.0.1", HttpVersion11, Host="localhost", **dict.fromkeys(headers.split(), "x"))


def test_who_speaks_http_1_0_is_a_proxy() -> None:
    """As nginx does unless it is told otherwise, and then it adds no header."""
    assert not called_by("127.0.0.1", HttpVersion10, Host="127.0.0.1")


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "", "http://evil.example"])
def test_an_origin_that_is_not_ours_is_from_elsewhere(origin: str) -> None:
    assert is_from_elsewhere(make_mocked_request("POST", "/", headers={"Host": "localhost", "Origin": origin}))


@pytest.mark.parametrize("header", PROXIES.split())
def test_a_proxy_on_loopback_speaks_for_somebody_else(header: str) -> None:
    assert not called_by("127.0.0.1", HttpVersion11, Host="localhost", **{header: "x"})


def test_without_a_name_nobody_is_local() -> None:
    assert not called_by("127.0.0.1")


@pytest.mark.parametrize("host", ["evil.example", "run.app", "xrun.app", "a.run.app.evil.example", ""])
def test_a_suffix_is_no_more_than_what_is_below_it(host: str) -> None:
    assert not may_be_called(host, (".run.app",))


def test_a_request_without_any_sign_of_a_browser_comes_from_nobodys_page() -> None:
    assert not is_from_elsewhere(make_mocked_request("POST", "/", headers={"Host": "localhost"}))
