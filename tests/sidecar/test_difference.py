"""What is different between two runs."""

from msgspec.structs import replace

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import (
    AdminConnectSettings,
    DnsTarget,
    Fact,
    IdentityAccount,
    PostgresAuth,
    TcpConnect,
    TlsHandshake,
)
from diagnostics.core.model import IpType, Login, Route, TlsMode
from diagnostics.core.observed import (
    AddressClass,
    ApiCall,
    ApiResult,
    Attempt,
    InstanceAddress,
    PeerCertificate,
    Reach,
)
from diagnostics.core.report import Report, Setting
from diagnostics.monitor.difference import (
    AddressDifference,
    CauseDifference,
    CertificateDifference,
    IdentityDifference,
    ServerDifference,
    SettingsDifference,
    differences,
)
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE, entry

SAME = replace(HEALTHY, checks=())


def knowing(*facts: Fact) -> Report:
    return replace(SAME, checks=tuple(entry(CheckId(fact.CHECK), facts=fact) for fact in facts))


def names(*addresses: str) -> DnsTarget:
    return DnsTarget(host="db", addresses=addresses)


def dialled(*addresses: str) -> TcpConnect:
    attempts = (
        Attempt(address=each, port=5432, address_class=AddressClass.LOOPBACK, reach=Reach.OPEN, seconds=0.0)
        for each in addresses
    )
    return TcpConnect(route=Route.DIRECT, attempts=tuple(attempts))


def settings(*addresses: str) -> AdminConnectSettings:
    call = ApiCall(method="GET", url="https://x", result=ApiResult.ANSWER)
    named = tuple(InstanceAddress(ip_type=IpType.PUBLIC, address=each) for each in addresses)
    return AdminConnectSettings(call=call, addresses=named)


def certificate(sha256: str) -> TlsHandshake:
    return TlsHandshake(mode=TlsMode.REQUIRE, certificate=PeerCertificate(sha256=sha256))


def test_two_runs_that_say_the_same_have_no_difference() -> None:
    assert differences(HEALTHY, HEALTHY) == ()


def test_another_address() -> None:
    assert differences(knowing(names("192.0.2.1")), knowing(names("192.0.2.2"))) == (
        AddressDifference(before=("192.0.2.1",), after=("192.0.2.2",)),
    )


def test_the_same_addresses_in_another_order_are_the_same() -> None:
    assert differences(knowing(names("192.0.2.1", "192.0.2.2")), knowing(names("192.0.2.2", "192.0.2.1"))) == ()


def test_what_only_one_run_knows_is_no_difference() -> None:
    good = knowing(names("192.0.2.1"), settings("198.51.100.1"), certificate("aa"), IdentityAccount(email="a@x"))
    assert differences(good, knowing()) == ()
    assert differences(good, knowing(names(), TlsHandshake(mode=TlsMode.REQUIRE), IdentityAccount())) == ()


def test_addresses_of_two_sources_are_not_compared_with_each_other() -> None:
    """A name that no longer resolves is not an instance that moved."""
    before = knowing(names("192.0.2.1"), settings("198.51.100.1"))
    assert differences(before, knowing(names(), settings("198.51.100.1"))) == ()
    assert differences(before, knowing(names(), settings("198.51.100.2"))) == (
        AddressDifference(before=("198.51.100.1",), after=("198.51.100.2",)),
    )


def test_where_no_name_is_looked_up_it_is_what_was_dialled() -> None:
    assert differences(knowing(dialled("/a")), knowing(dialled("/b"))) == (
        AddressDifference(before=("/a",), after=("/b",)),
    )


def test_another_certificate() -> None:
    (found,) = differences(knowing(certificate("aa")), knowing(certificate("bb")))
    assert isinstance(found, CertificateDifference)
    assert (found.before, found.after) == ("aa", "bb")


def test_another_identity() -> None:
    before, after = knowing(IdentityAccount(email="a@x")), knowing(IdentityAccount(email="b@x"))
    assert differences(before, after) == (IdentityDifference(before="a@x", after="b@x"),)


def test_another_server() -> None:
    before, after = (
        knowing(PostgresAuth(user="api", login=Login.PASSWORD, server_version=version)) for version in ("15.4", "15.5")
    )
    assert differences(before, after) == (ServerDifference(before="15.4", after="15.5"),)


def test_other_settings_by_name_and_never_by_value() -> None:
    host, gone = Setting(name="host", value="a", source="X"), Setting(name="user", value="u", source="Y")
    before = replace(SAME, target=replace(SAME.target, settings=(host, gone)))
    after = replace(SAME, target=replace(SAME.target, settings=(replace(host, value="b"),)))
    assert differences(before, after) == (SettingsDifference(names=("host", "user")),)


def test_the_cause_comes_last() -> None:
    found = differences(SAME, SOCKET_FAILURE)
    assert found[-1] == CauseDifference(before=(), after=(SOCKET_FAILURE.diagnoses[0].cause,))
