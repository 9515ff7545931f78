"""SCRAM: the RFC's exchange, an independent server, and servers that cheat."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire import ProtocolError, ProtocolErrorKind, Stage, server_end_point
from diagnostics.wire.scram import MAX_ITERATIONS, Mechanism, ScramClient, choose
from tests.wire.scram_server import ScramServer

NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
HASH = hashlib.sha256(b"certificate").digest()


def client(
    password: bytes = b"pencil",
    *,
    nonce: str = NONCE,
    mechanism: Mechanism = Mechanism.SCRAM_SHA_256,
    end_point: bytes | None = None,
    user: str = "",
) -> ScramClient:
    return ScramClient(password=password, nonce=nonce, mechanism=mechanism, end_point=end_point, user=user)


def failure(server_first: bytes) -> ProtocolErrorKind:
    exchange = client()
    exchange.first()
    with pytest.raises(ProtocolError) as caught:
        exchange.final(server_first)
    assert caught.value.stage is Stage.AUTH
    assert caught.value.__context__ is None
    return caught.value.kind


def test_the_exchange_of_rfc_7677() -> None:
    exchange = client(user="user")
    assert exchange.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.final(SERVER_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    exchange.verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_a_user_name_is_escaped_as_rfc_5802_says() -> None:
    assert client(user="a=b,c").first() == b"n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO"


@pytest.mark.parametrize(
    "offered,end_point,chosen",
    [
        (("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), HASH, Mechanism.SCRAM_SHA_256_PLUS),
        (("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"), HASH, Mechanism.SCRAM_SHA_256_PLUS),
        (("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), None, Mechanism.SCRAM_SHA_256),
        (("SCRAM-SHA-256",), HASH, Mechanism.SCRAM_SHA_256),
        (("SCRAM-SHA-256",), None, Mechanism.SCRAM_SHA_256),
        (("SCRAM-SHA-256-PLUS",), None, None),
        (("OAUTHBEARER",), HASH, None),
        ((), HASH, None),
    ],
)
def test_channel_binding_is_chosen_when_both_sides_can(
    offered: tuple[str, ...], end_point: bytes | None, chosen: Mechanism | None
) -> None:
    assert choose(offered, end_point) is chosen


@pytest.mark.parametrize(
    "mechanism,end_point,header,bound",
    [
        (Mechanism.SCRAM_SHA_256, None, b"n,,", b"n,,"),
        (Mechanism.SCRAM_SHA_256, HASH, b"y,,", b"y,,"),
        (Mechanism.SCRAM_SHA_256_PLUS, HASH, b"p=tls-server-end-point,,", b"p=tls-server-end-point,," + HASH),
    ],
    ids=["n", "y", "p"],
)
def test_the_flag_says_what_the_client_can_and_is_repeated_under_the_proof(
    mechanism: Mechanism, end_point: bytes | None, header: bytes, bound: bytes
) -> None:
    exchange = client(mechanism=mechanism, end_point=end_point)
    server = ScramServer(b"pencil")
    assert exchange.first().startswith(header + b"n=,r=")
    final = exchange.final(server.challenge(exchange.first()))
    assert server.channel_binding(final) == bound
    exchange.verify(server.outcome(final))


def test_channel_binding_without_its_data_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="channel binding"):
        client(mechanism=Mechanism.SCRAM_SHA_256_PLUS)


@pytest.mark.parametrize("nonce", ["", "a,b", "a\nb", "\x7f", "é"])
def test_a_nonce_that_cannot_be_sent_is_our_mistake(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        client(nonce=nonce)


@given(st.binary(max_size=20).filter(bytes.isascii), st.binary(min_size=1, max_size=20), st.integers(1, 20))
def test_an_independent_server_is_satisfied(password: bytes, salt: bytes, iterations: int) -> None:
    server = ScramServer(password, salt=salt, iterations=iterations)
    exchange = client(password)
    exchange.verify(server.outcome(exchange.final(server.challenge(exchange.first()))))


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    server, impostor = ScramServer(b"pencil"), ScramServer(b"guess")
    exchange = client()
    final = exchange.final(server.challenge(exchange.first()))
    impostor.client_first, impostor.server_first = server.client_first, server.server_first
    with pytest.raises(AssertionError):
        impostor.outcome(final)
    with pytest.raises(ProtocolError) as caught:
        exchange.verify(b"v=" + base64.b64encode(bytes(32)))
    assert caught.value.kind is ProtocolErrorKind.SCRAM_SIGNATURE


@pytest.mark.parametrize("signature", [b"v=", b"v=" + base64.b64encode(b"short")])
def test_a_signature_of_another_size_is_not_the_servers(signature: bytes) -> None:
    exchange = client()
    exchange.final(SERVER_FIRST)
    with pytest.raises(ProtocolError) as caught:
        exchange.verify(signature)
    assert caught.value.kind is ProtocolErrorKind.SCRAM_SIGNATURE


@pytest.mark.parametrize("signature", [b"v=", b"v=" + base64.b64encode(bytes(32))])
def test_before_the_proof_no_signature_is_good(signature: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        client().verify(signature)
    assert caught.value.kind is ProtocolErrorKind.SCRAM_SIGNATURE


@pytest.mark.parametrize(
    "final,kind",
    [
        (b"e=invalid-proof", ProtocolErrorKind.SCRAM_REFUSED),
        (b"", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"x=1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"v=!!!", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"v=YQ==,x=1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"v=\xff\xff", ProtocolErrorKind.SCRAM_MALFORMED),
    ],
)
def test_an_outcome_that_is_none(final: bytes, kind: ProtocolErrorKind) -> None:
    exchange = client()
    exchange.final(SERVER_FIRST)
    with pytest.raises(ProtocolError) as caught:
        exchange.verify(final)
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    "first,kind",
    [
        (b"", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"s=YQ==,r=rOprNGfwEbeRWgbNEkqO1,i=1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=1,m=x", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"m=x,r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=???,i=1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=-1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i= 1", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=\xc2\xb2", ProtocolErrorKind.SCRAM_MALFORMED),
        (b"r=other,s=YQ==,i=1", ProtocolErrorKind.SCRAM_NONCE),
        (b"r=,s=YQ==,i=1", ProtocolErrorKind.SCRAM_NONCE),
        (b"r=rOprNGfwEbeRWgbNEkqO,s=YQ==,i=1", ProtocolErrorKind.SCRAM_NONCE),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=0", ProtocolErrorKind.SCRAM_ITERATIONS),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=%d" % (MAX_ITERATIONS + 1), ProtocolErrorKind.SCRAM_ITERATIONS),
        (b"r=rOprNGfwEbeRWgbNEkqO1,s=YQ==,i=" + b"9" * 10_000, ProtocolErrorKind.SCRAM_ITERATIONS),
    ],
)
def test_a_challenge_that_is_not_followed(first: bytes, kind: ProtocolErrorKind) -> None:
    assert failure(first) is kind


@given(st.binary(max_size=80))
def test_a_garbage_challenge_raises_nothing_but_protocol_error(first: bytes) -> None:
    with pytest.raises(ProtocolError):
        client().final(first)


@given(st.binary(max_size=80))
def test_a_garbage_outcome_raises_nothing_but_protocol_error(final: bytes) -> None:
    with pytest.raises(ProtocolError):
        client().verify(final)


def test_the_client_does_not_show_its_password() -> None:
    assert "pencil" not in repr(client())


@pytest.mark.parametrize(
    "name,expected",
    [("sha256", "sha256"), ("sha384", "sha384"), ("sha512", "sha512"), ("md5", "sha256"), ("SHA1", "sha256")],
)
def test_end_point_data_uses_the_hash_of_the_signature_unless_it_is_broken(name: str, expected: str) -> None:
    """RFC 5929 section 4.1."""
    assert server_end_point(b"certificate", name) == hashlib.new(expected, b"certificate").digest()
