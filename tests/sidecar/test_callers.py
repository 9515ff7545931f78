"""Who counts as being on this machine."""

from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from diagnostics.surfaces.sidecar.callers import is_from_elsewhere, is_local, may_be_called


def called_by(peer: str, **headers: str) -> bool:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name: (peer, 50000) if name == "peername" else None
    return is_local(make_mocked_request("GET", "/", headers=headers, transport=transport))


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


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via", "X-Cloud-Trace-Context"])
def test_a_proxy_on_loopback_speaks_for_somebody_else(header: str) -> None:
    assert not called_by("127.0.0.1", Host="localhost", **{header: "x"})


def test_without_a_name_nobody_is_local() -> None:
    assert not called_by("127.0.0.1")


@pytest.mark.parametrize("host", ["evil.example", "run.app", "xrun.app", "a.run.app.evil.example", ""])
def test_a_suffix_is_no_more_than_what_is_below_it(host: str) -> None:
    assert not may_be_called(host, (".run.app",))


def test_a_request_without_any_sign_of_a_browser_comes_from_nobodys_page() -> None:
    assert not is_from_elsewhere(make_mocked_request("POST", "/", headers={"Host": "localhost"}))
