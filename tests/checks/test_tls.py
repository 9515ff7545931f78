"""Row 9, second rung: TLS as the app's route and sslmode take it."""

import pytest
from msgspec.structs import replace

from diagnostics.checks import tls
from diagnostics.checks.tls import tls_handshake
from diagnostics.climb import Climb
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import PostgresStartup, TlsHandshake
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, SkipReason, Target, TlsMode
from diagnostics.core.observed import PeerCertificate, Reach, ServerError
from diagnostics.core.outcome import Outcome, passed, skipped, warned
from diagnostics.ports import StreamEnd, StreamFailed, TlsFailure, TlsRequest
from tests.checks.server import LEAF, SSL_REQUEST, Server, breaks, refuses, shakes, untrusted
from tests.checks.stage import (
    CONNECTOR,
    DIRECT,
    PRIVATE_IP,
    PSC_NAME,
    SETTINGS,
    SOCKET,
    Climbed,
    climb_connector,
    climb_direct,
    climb_socket,
    env,
    facts,
    fails,
)
from tests.fakes import Peer, Said
from tests.wire import serverside

TLS = CheckId.TLS_HANDSHAKE
SECURE = ("TLSv1.3", "TLS_AES_256_GCM_SHA384")

FAILURES = {
    TlsFailure.CLOSED: "closed",
    TlsFailure.RESET: "reset",
    TlsFailure.FLOOD: "flood",
    TlsFailure.MALFORMED: "malformed_answer",
    TlsFailure.NOT_TLS: "peer_not_tls",
    TlsFailure.EXPIRED: "certificate_expired",
    TlsFailure.NOT_YET_VALID: "certificate_not_yet_valid",
    TlsFailure.UNKNOWN_AUTHORITY: "unknown_authority",
    TlsFailure.NAME_MISMATCH: "name_mismatch",
    TlsFailure.PROTOCOL_VERSION: "protocol_version",
    TlsFailure.ALERT: "alert",
    TlsFailure.LOCAL_FILES: "local_files",
}
OF_CERTIFICATES = (
    TlsFailure.EXPIRED,
    TlsFailure.NOT_YET_VALID,
    TlsFailure.UNKNOWN_AUTHORITY,
    TlsFailure.NAME_MISMATCH,
)


def insisting(mode: TlsMode, **more: str) -> Target:
    return replace(DIRECT, tls=mode, **more)


def secured(mode: TlsMode, verified: str = "", certificate: PeerCertificate | None = LEAF) -> TlsHandshake:
    version, cipher = SECURE
    return TlsHandshake(mode=mode, version=version, cipher=cipher, verified=verified, certificate=certificate)


async def handshake(peer: Peer | list[Peer], target: Target = DIRECT) -> Outcome:
    return (await climb_direct(peer, target, TLS)).last


# --- where there is none ----------------------------------------------------------------------------------------------


async def test_drivers_do_not_ask_for_tls_on_a_socket() -> None:
    peer = Server().peer()
    climbed = await climb_socket(peer, replace(SOCKET, tls=TlsMode.REQUIRE), TLS)
    assert climbed.last == skipped(SkipReason.NOT_APPLICABLE)
    assert peer.heard == []


async def test_sslmode_disable_asks_for_nothing() -> None:
    peer = Server().peer()
    assert await handshake(peer, insisting(TlsMode.DISABLE)) == skipped(SkipReason.NOT_APPLICABLE)
    assert peer.heard == []


async def test_the_connector_shakes_hands_whatever_sslmode_says() -> None:
    """It takes no sslmode, and its port speaks nothing but TLS."""
    climbed = await climb_connector(Peer(tls=shakes()), replace(CONNECTOR, tls=TlsMode.DISABLE), to=TLS)
    assert climbed.last == passed(secured(TlsMode.VERIFY_FULL, "instance_ca"))


# --- direct: what sslmode asks for ------------------------------------------------------------------------------------

OPTIONAL = (TlsMode.ALLOW, TlsMode.PREFER)
MANDATORY = (TlsMode.REQUIRE, TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL)


@pytest.mark.parametrize(
    "mode, root_cert, trust",
    [
        (TlsMode.ALLOW, "", ""),
        (TlsMode.ALLOW, "/certs/ca.pem", ""),
        (TlsMode.PREFER, "", ""),
        (TlsMode.PREFER, "/certs/ca.pem", ""),
        (TlsMode.REQUIRE, "", ""),
        (TlsMode.REQUIRE, "/certs/ca.pem", "root_cert"),
        (TlsMode.REQUIRE, "system", "system"),
        (TlsMode.VERIFY_CA, "", "system"),
        (TlsMode.VERIFY_CA, "/certs/ca.pem", "root_cert"),
        (TlsMode.VERIFY_FULL, "", "system"),
        (TlsMode.VERIFY_FULL, "/certs/ca.pem", "root_cert"),
        (TlsMode.VERIFY_FULL, "system", "system"),
    ],
)
async def test_sslmode_and_root_certificate_say_what_is_verified(mode: TlsMode, root_cert: str, trust: str) -> None:
    """Libpq's table: ``require`` with a root certificate verifies like ``verify-ca``."""
    peer = Server(tls=(b"S",)).peer(shakes())
    outcome = await handshake(peer, insisting(mode, root_cert=root_cert))
    assert outcome == passed(secured(mode, trust))
    assert peer.requests == [
        TlsRequest(
            server_name="db.internal",
            verify_chain=trust != "",
            verify_name=mode is TlsMode.VERIFY_FULL,
            ca_file="" if root_cert == "system" else root_cert,
        )
    ]
    assert peer.heard == [SSL_REQUEST]


@pytest.mark.parametrize(
    "mode, name", [(TlsMode.REQUIRE, ""), (TlsMode.VERIFY_CA, ""), (TlsMode.VERIFY_FULL, PRIVATE_IP)]
)
async def test_an_address_is_no_server_name_but_may_be_verified(mode: TlsMode, name: str) -> None:
    peer = Server(tls=(b"S",)).peer(shakes())
    await handshake(peer, insisting(mode, host=PRIVATE_IP))
    assert [request.server_name for request in peer.requests] == [name]


async def test_the_apps_own_client_certificate_is_shown() -> None:
    peer = Server(tls=(b"S",)).peer(shakes())
    await handshake(peer, insisting(TlsMode.REQUIRE, client_cert="/certs/client.pem", client_key="/certs/client.key"))
    (request,) = peer.requests
    assert (request.certificate_file, request.key_file) == ("/certs/client.pem", "/certs/client.key")


# --- direct: the answer to SSLRequest ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", OPTIONAL)
async def test_a_server_without_tls_is_taken_where_tls_is_not_insisted_on(mode: TlsMode) -> None:
    assert await handshake(Server(tls=(b"N",)).peer(), insisting(mode)) == passed(TlsHandshake(mode=mode))


@pytest.mark.parametrize("mode", MANDATORY)
async def test_a_server_without_tls_fails_who_insists(mode: TlsMode) -> None:
    outcome = await handshake(Server(tls=(b"N",)).peer(), insisting(mode))
    assert outcome == fails(Code.TLS_HANDSHAKE_NOT_OFFERED, mode, fact=TlsHandshake(mode=mode))


@pytest.mark.parametrize(
    "said, code, about",
    [
        ((b"",), Code.TLS_HANDSHAKE_CLOSED, ""),
        ((StreamFailed(StreamEnd.CLOSED),), Code.TLS_HANDSHAKE_CLOSED, ""),
        ((StreamFailed(StreamEnd.RESET),), Code.TLS_HANDSHAKE_RESET, ""),
    ],
    ids=["end", "closed", "reset"],
)
async def test_an_answer_that_is_neither_yes_nor_no(said: tuple[Said, ...], code: Code, about: str) -> None:
    outcome = await handshake(Server(tls=said).peer())
    assert outcome == fails(code, about, fact=TlsHandshake(mode=TlsMode.PREFER))


@pytest.mark.parametrize(
    "said, sqlstate, message",
    [(refuses("53300"), "53300", "no"), (serverside.frame(b"E", b"Mfork failed\0\0"), "", "fork failed")],
    ids=["error", "error without code"],
)
async def test_an_error_in_place_of_yes_or_no_is_kept_in_its_words(said: Said, sqlstate: str, message: str) -> None:
    outcome = await handshake(Server(tls=(said,)).peer())
    error = ServerError(severity="FATAL" if sqlstate else "UNKNOWN", sqlstate=sqlstate, message=message)
    fact = TlsHandshake(mode=TlsMode.PREFER, error=error)
    assert outcome == fails(Code.TLS_HANDSHAKE_SERVER_ERROR, sqlstate, fact=fact)


@pytest.mark.parametrize(
    "said, peer",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "ssh"),
        (b"\x4a\0\0\0\x0a8.0.36\0", "mysql"),
        (b"\x15\x03\x01\0\x02\x02\x28", "tls"),
        (b"\x00\xff\x00\xff\x00\xff", "unknown"),
        (b"NICK required\r\n", "unknown"),
        (b"S and then more", "unknown"),
        (serverside.OK, "unknown"),
    ],
    ids=["http", "ssh", "mysql", "tls", "garbage", "begins like no", "begins like yes", "a message too early"],
)
async def test_another_service_is_not_postgres(said: bytes, peer: str) -> None:
    """Whatever it says: nothing that a peer sends is an error of ours. What has no name is not named."""
    outcome = await handshake(Server(tls=(said,)).peer())
    fact = TlsHandshake(mode=TlsMode.PREFER, peer=peer)
    assert outcome == fails(Code.TLS_HANDSHAKE_NOT_POSTGRES, "" if peer == "unknown" else peer, fact=fact)


# --- direct: the handshake --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure, slug", FAILURES.items())
async def test_a_broken_handshake_fails_with_its_reason(failure: TlsFailure, slug: str) -> None:
    shown = PeerCertificate(common_name="somebody.example")
    peer = Server(tls=(b"S",)).peer(breaks(failure, certificate=shown))
    outcome = await handshake(peer, insisting(TlsMode.VERIFY_FULL))
    fact = TlsHandshake(mode=TlsMode.VERIFY_FULL, certificate=shown)
    assert outcome == fails(Code(f"tls.handshake.{slug}"), "somebody.example", fact=fact)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "alert, code",
    [
        ("certificate_required", Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED),
        ("unknown_ca", Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED),
        ("handshake_failure", Code.TLS_HANDSHAKE_ALERT),
    ],
)
async def test_an_alert_may_speak_of_our_certificate(alert: str, code: Code) -> None:
    peer = Server(tls=(b"S",)).peer(breaks(TlsFailure.ALERT, alert))
    outcome = await handshake(peer, insisting(TlsMode.REQUIRE))
    assert outcome == fails(code, alert, fact=TlsHandshake(mode=TlsMode.REQUIRE, alert=alert))


@pytest.mark.parametrize("failure", OF_CERTIFICATES)
async def test_a_certificate_that_is_not_trusted_is_read_all_the_same(failure: TlsFailure) -> None:
    """A second handshake without verification, only to read it; nothing else is sent there."""
    peer = Server(tls=(b"S",)).peer(untrusted(failure))
    target = insisting(TlsMode.VERIFY_FULL, client_cert="/certs/client.pem", client_key="/certs/client.key")
    climbed = await climb_direct(peer, target, TLS)
    fact = TlsHandshake(mode=TlsMode.VERIFY_FULL, certificate=LEAF)
    assert climbed.last == fails(Code(f"tls.handshake.{FAILURES[failure]}"), "acme-prod:orders", fact=fact)
    first, second = peer.requests
    assert second == replace(first, verify_chain=False, verify_name=False)
    assert peer.heard == [SSL_REQUEST, SSL_REQUEST]
    assert len(peer.farewells) == 2


@pytest.mark.parametrize(
    "second",
    [
        Peer(reach=Reach.REFUSED),
        Server(tls=(StreamFailed(StreamEnd.RESET),)).peer(),
        Server(tls=(b"S and more",)).peer(),
        Server(tls=(b"S",)).peer(breaks(TlsFailure.RESET)),
    ],
    ids=["refused", "reset", "not the protocol", "broken"],
)
async def test_the_second_look_may_fail_without_a_word(second: Peer) -> None:
    first = Server(tls=(b"S",)).peer(breaks(TlsFailure.UNKNOWN_AUTHORITY))
    outcome = await handshake([first, second], insisting(TlsMode.VERIFY_CA))
    expected = TlsHandshake(mode=TlsMode.VERIFY_CA)
    assert outcome == fails(Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY, fact=expected)


async def test_the_second_look_may_hang_without_costing_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "SECOND_LOOK", 0.01)
    first = Server(tls=(b"S",)).peer(breaks(TlsFailure.UNKNOWN_AUTHORITY))
    second = Server(tls=()).peer()
    outcome = await handshake([first, second], insisting(TlsMode.VERIFY_CA))
    assert outcome == fails(Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY, fact=TlsHandshake(mode=TlsMode.VERIFY_CA))
    assert second.farewells == [b""]


@pytest.mark.parametrize("failure", [TlsFailure.RESET, TlsFailure.PROTOCOL_VERSION, TlsFailure.LOCAL_FILES])
@pytest.mark.parametrize("mode", OPTIONAL)
async def test_where_tls_is_not_insisted_on_the_climb_goes_on_in_plain(mode: TlsMode, failure: TlsFailure) -> None:
    """As drivers do, on a new connection."""
    server = Server(tls=(b"S",))
    peer = server.peer(breaks(failure))
    climbed = await climb_direct(peer, insisting(mode), CheckId.POSTGRES_STARTUP)
    finding = Finding(code=Code(f"tls.handshake.{FAILURES[failure]}"))
    assert climbed.outcomes[TLS] == warned(TlsHandshake(mode=mode), finding)
    assert climbed.last == passed(PostgresStartup(auth_request="none"))
    assert len(peer.farewells) == 2
    assert len(server.startups) == 1


async def test_a_second_connection_that_is_refused_leaves_the_failure() -> None:
    first = Server(tls=(b"S",)).peer(breaks(TlsFailure.RESET))
    outcome = await handshake([first, Peer(reach=Reach.REFUSED)])
    assert outcome == fails(Code.TLS_HANDSHAKE_RESET, fact=TlsHandshake(mode=TlsMode.PREFER))


# --- connector --------------------------------------------------------------------------------------------------------


async def mutual(certificate: PeerCertificate | None, **changes: object) -> Climbed:
    settings = replace(SETTINGS, **changes)
    return await climb_connector(Peer(tls=shakes(certificate)), settings=settings, to=TLS)


async def test_the_connector_shows_its_certificate_from_the_first_byte() -> None:
    peer = Peer(tls=shakes())
    climbed = await climb_connector(peer, to=TLS)
    assert climbed.last == passed(secured(TlsMode.VERIFY_FULL, "instance_ca"))
    (request,) = peer.requests
    assert request.key is not None
    assert request.key.reveal() == "the client key"
    assert replace(request, key=None) == TlsRequest(
        verify_chain=True,
        ca_pem="the instance's CA",
        certificate_pem="the ephemeral certificate",
        minimum_tls13=True,
    )
    assert peer.heard == []


async def test_private_service_connect_is_asked_for_by_name() -> None:
    peer = Peer(tls=shakes())
    settings = replace(SETTINGS, psc_enabled=True, dns_names=("orders.example", PSC_NAME))
    await climb_connector(peer, settings=settings, to=TLS)
    assert peer.requests[0].server_name == PSC_NAME


NAMES = ("orders.example", PSC_NAME)


@pytest.mark.parametrize(
    "certificate",
    [
        PeerCertificate(common_name="acme-prod:orders"),
        PeerCertificate(common_name="acme-prod:orders", names=("other.example",)),
        PeerCertificate(names=(f"{PSC_NAME.upper()}.",)),
        PeerCertificate(common_name="cloudsql", names=("x.example", "orders.example")),
    ],
    ids=["common name", "common name beside another SAN", "SAN in another spelling", "one SAN of several"],
)
async def test_a_certificate_of_the_instance_is_its_by_name_or_common_name(certificate: PeerCertificate) -> None:
    """Newer instances by a DNS name, older ones by ``project:instance``; Google's connectors take either."""
    climbed = await mutual(certificate, dns_names=NAMES, psc_enabled=True)
    assert climbed.last == passed(secured(TlsMode.VERIFY_FULL, "instance_ca", certificate))


@pytest.mark.parametrize(
    "certificate, about",
    [
        (PeerCertificate(common_name="acme-prod:reports"), "acme-prod:reports"),
        (PeerCertificate(common_name="orders"), "orders"),
        (PeerCertificate(names=("a.example", "b.example")), "a.example, b.example"),
        (PeerCertificate(common_name="acme-prod:reports", names=("a.example",)), "acme-prod:reports"),
        (None, ""),
    ],
    ids=["another instance", "without project", "other names", "both", "unreadable"],
)
async def test_a_certificate_of_somebody_else_is_a_mismatch(certificate: PeerCertificate | None, about: str) -> None:
    climbed = await mutual(certificate, dns_names=NAMES, psc_enabled=True)
    fact = secured(TlsMode.VERIFY_FULL, "instance_ca", certificate)
    assert climbed.last == fails(Code.TLS_HANDSHAKE_NAME_MISMATCH, about, "acme-prod:orders", fact)


@pytest.mark.parametrize("failure", OF_CERTIFICATES)
async def test_the_certificate_of_another_ca_is_read_without_ssl_request(failure: TlsFailure) -> None:
    """On this port TLS is first. The second look keeps our certificate, without it there would be no handshake."""
    peer = Peer(tls=untrusted(failure))
    climbed = await climb_connector(peer, to=TLS)
    fact = TlsHandshake(mode=TlsMode.VERIFY_FULL, certificate=LEAF)
    assert climbed.last == fails(Code(f"tls.handshake.{FAILURES[failure]}"), "acme-prod:orders", fact=fact)
    first, second = peer.requests
    assert second == replace(first, verify_chain=False, ca_pem="")
    assert peer.heard == []


async def test_a_broken_handshake_never_ends_in_plain_there() -> None:
    peer = Peer(tls=breaks(TlsFailure.RESET))
    climbed = await climb_connector(peer, replace(CONNECTOR, tls=TlsMode.PREFER), to=TLS)
    assert climbed.last == fails(Code.TLS_HANDSHAKE_RESET, fact=TlsHandshake(mode=TlsMode.VERIFY_FULL))
    assert len(peer.requests) == 1


async def test_without_settings_or_certificate_the_rung_is_not_for_running() -> None:
    """The runner never gets here: both are required on this route. If it did, that would be a bug of ours."""
    around = env(CONNECTOR)
    with pytest.raises(LookupError):
        await tls_handshake.evaluate(Climb(around.network), around, facts(tls_handshake, around, SETTINGS))
