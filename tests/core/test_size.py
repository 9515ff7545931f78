"""However much others write, a report has a size; what is left out of it is counted."""

import msgspec
import pytest

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminConnectSettings, DnsTarget, TlsHandshake
from diagnostics.core.foreign import CUT, LONGEST_NAME, bounded, name, names, shortened
from diagnostics.core.google_api import ConnectSettingsBody, ErrorBody, InstanceBody, TokenBody, decoded
from diagnostics.core.model import TlsMode
from diagnostics.core.observed import DnsAnswer, DnsResult, PeerCertificate
from diagnostics.core.report import Report
from diagnostics.core.serialize import decode, encode
from diagnostics.core.size import LARGEST, sized
from tests.checks.stage import GOOD_CALL
from tests.surfaces.reports import SOCKET_FAILURE, entry


def holding(*facts: object) -> Report:
    checks = tuple(entry(check, facts=fact) for check, fact in zip(CheckId, facts, strict=False))
    return msgspec.structs.replace(SOCKET_FAILURE, checks=checks)


def test_a_report_of_the_usual_size_is_left_alone() -> None:
    assert sized(SOCKET_FAILURE) is SOCKET_FAILURE


def test_what_was_cut_is_counted() -> None:
    certificate = PeerCertificate(common_name=name("x" * 1000), names=names(f"{n}.example" for n in range(1000)))
    answer = DnsAnswer(server="system", name="db", result=DnsResult.ANSWER, seconds=0.1, left_out=68)
    report = holding(
        TlsHandshake(mode=TlsMode.REQUIRE, certificate=certificate), DnsTarget(host="db", answers=(answer,))
    )
    assert sized(report).cut == 3


@pytest.mark.parametrize("facts", [1, 30])
def test_a_report_that_is_too_large_is_made_to_fit_and_says_so(facts: int) -> None:
    large = AdminConnectSettings(call=GOOD_CALL, server_ca_pem="x" * LARGEST)
    report = sized(holding(*[large] * facts))
    assert len(encode(report)) <= LARGEST
    assert report.cut >= 1
    assert decode(encode(report)) == report


def test_a_report_of_short_texts_without_end_loses_its_largest_facts() -> None:
    many = DnsTarget(host="db", addresses=tuple(f"10.0.{n // 256}.{n % 256}" for n in range(30_000)))
    report = sized(holding(DnsTarget(host="db"), many))
    assert len(encode(report)) <= LARGEST
    assert [check.facts is None for check in report.checks] == [False, True]
    assert report.cut == 1


def test_names_are_cut_with_a_mark_and_drive_no_terminal() -> None:
    assert name("db.example") == "db.example"
    assert name("a\x1b[2J\nb") == "a?[2J?b"
    assert (len(name("x" * 300)), name("x" * 300)[-1]) == (LONGEST_NAME, CUT)
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == f"ab{CUT}"


def test_an_answer_is_kept_in_bounds() -> None:
    body = {
        "state": "R" * 300,
        "settings": {"ipConfiguration": {"authorizedNetworks": [{"value": "10.0.0.0/8"}] * 5000}},
    }
    found = decoded(msgspec.json.encode(body), InstanceBody)
    assert found is not None
    assert len(found.state) == LONGEST_NAME
    assert len(found.settings.ip_configuration.authorized_networks) == 100


@pytest.mark.parametrize(
    "body, shape",
    [
        (b'{"x":' + b"[" * 100_000, TokenBody),
        (b'{"access_token": "t", "expires_in": 9223372036854775807}', TokenBody),
        (b'{"access_token": "t", "expires_in": -99999999999999}', TokenBody),
        (b'{"access_token": "t\\r\\nX: y"}', TokenBody),
        (b'{"access_token": ""}', TokenBody),
        (b'{"region": "r", "databaseVersion": "P", "serverCaCert": {"cert": "\xc3\xa9"}}', ConnectSettingsBody),
        (b'{"error": {"code": "four"}}', ErrorBody),
        (b"\xff", ErrorBody),
    ],
    ids=range(8),
)
def test_what_cannot_be_meant_is_another_answer_than_the_hoped_for(body: bytes, shape: type[msgspec.Struct]) -> None:
    assert decoded(body, shape) is None


def test_a_number_that_counts_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="counts nothing"):
        bounded((2**60,))
