"""The one owner of the connection: at most one is open, and closing says goodbye and waits for nothing."""

import pytest

from diagnostics.climb import Climb
from diagnostics.core.observed import Reach
from diagnostics.ports import ConnectFailed, Endpoint, StreamEnd, StreamFailed, TlsFailed, TlsFailure, TlsRequest
from diagnostics.wire import Ready, Refused, Startup, Trusted
from tests.checks.server import Server, breaks, refuses, shakes
from tests.fakes import FakeNetwork, Peer, replies

HERE = Endpoint(address="10.20.0.3", port=5432)
TERMINATE = b"X\0\0\0\x04"


def ladder(*peers: Peer) -> Climb:
    return Climb(FakeNetwork({HERE.label: peers}))


async def test_before_the_first_dial_there_is_nothing() -> None:
    climb = ladder(Peer())
    assert (climb.endpoint, climb.peer, climb.request) == (None, None, None)
    with pytest.raises(LookupError):
        _ = climb.stream
    with pytest.raises(LookupError):
        await climb.redial(1.0)
    climb.close()


async def test_dialling_again_closes_the_connection_before() -> None:
    first, second = Peer(), Peer()
    climb = ladder(first, second)
    await climb.dial(HERE, 1.0)
    await climb.redial(1.0)
    assert (first.farewells, second.farewells) == ([b""], [])
    climb.close()
    climb.close()
    assert second.farewells == [b""]


async def test_a_failed_dial_leaves_no_connection() -> None:
    climb = ladder(Peer(), Peer(reach=Reach.REFUSED))
    await climb.dial(HERE, 1.0)
    with pytest.raises(ConnectFailed):
        await climb.redial(1.0)
    with pytest.raises(LookupError):
        _ = climb.stream
    assert climb.endpoint == HERE


async def test_a_handshake_is_remembered_as_long_as_its_connection() -> None:
    climb = ladder(Peer(tls=shakes()))
    request = TlsRequest(server_name="db.internal")
    await climb.dial(HERE, 1.0)
    peer = await climb.secure(request)
    assert (climb.peer, climb.request) == (peer, request)
    await climb.redial(1.0)
    assert (climb.peer, climb.request) == (None, None)


async def test_a_broken_handshake_is_none() -> None:
    climb = ladder(Peer(tls=breaks(TlsFailure.RESET)))
    await climb.dial(HERE, 1.0)
    with pytest.raises(TlsFailed):
        await climb.secure(TlsRequest())
    assert (climb.peer, climb.request) == (None, None)


async def test_after_login_closing_says_goodbye() -> None:
    """Without it the server logs a connection that was lost."""
    peer = Server().peer()
    climb = ladder(peer)
    await climb.dial(HERE, 1.0)
    startup = Startup(user="api", database="orders", application_name="test")
    assert isinstance(await climb.converse(climb.session.startup(startup)), Trusted)
    assert isinstance(await climb.converse(climb.session.authenticate(password=None, nonce=climb.nonce())), Ready)
    climb.close()
    assert peer.farewells == [TERMINATE]


async def test_each_connection_begins_a_new_conversation() -> None:
    climb = ladder(Server().peer())
    startup = Startup(user="api", database="orders", application_name="test")
    for _ in range(2):
        await climb.dial(HERE, 1.0)
        assert isinstance(await climb.converse(climb.session.startup(startup)), Trusted)


async def test_a_transport_that_breaks_is_told_as_it_is() -> None:
    climb = ladder(Peer(listener=replies(StreamFailed(StreamEnd.RESET))))
    await climb.dial(HERE, 1.0)
    with pytest.raises(StreamFailed):
        await climb.converse(climb.session.request_tls())


async def test_the_last_word_of_a_peer_that_hung_up_is_heard() -> None:
    """Our write fails then, and what the peer said before is still there to be read."""

    def gone(_message: bytes) -> tuple[bytes, ...]:
        raise StreamFailed(StreamEnd.RESET)

    climb = ladder(Peer(listener=gone, greeting=(refuses("53300"), b"")))
    await climb.dial(HERE, 1.0)
    answer = await climb.converse(climb.session.request_tls())
    assert isinstance(answer, Refused)
    assert answer.error.sqlstate == "53300"


def test_randomness_is_fresh() -> None:
    climb = ladder(Peer())
    assert climb.nonce() != climb.nonce()
