"""The loop that runs a stage over a transport, when the transport fails."""

from collections.abc import Awaitable, Callable

import pytest

from diagnostics.wire import Refused, Session, Startup, drive
from tests.wire import serverside


class Gone(Exception):
    """What this transport raises when the peer is gone."""


async def broken_send(data: bytes) -> None:
    raise Gone


def saying(*chunks: bytes) -> Callable[[], Awaitable[bytes]]:
    rest = iter(chunks)

    async def receive() -> bytes:
        return next(rest, b"")

    return receive


async def test_what_the_peer_said_before_it_went_is_read_although_the_write_failed() -> None:
    """A server that is full says so and closes, perhaps before we have written our first byte."""
    answer = serverside.error("53300", "FATAL", "too many")
    stage = Session().startup(Startup(user="api"))
    outcome = await drive(stage, broken_send, saying(answer[:9], answer[9:]), Gone)
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "53300"


async def test_a_write_that_failed_is_raised_when_the_peer_said_nothing() -> None:
    with pytest.raises(Gone):
        await drive(Session().startup(Startup(user="api")), broken_send, saying(), Gone)


async def test_after_a_failed_write_nothing_more_is_written() -> None:
    session = Session()
    stage = session.startup(Startup(user="api"))
    assert await drive(stage, swallow, saying(serverside.sasl("SCRAM-SHA-256"))) is not None
    challenge = serverside.auth(11, b"r=abc1,s=YQ==,i=1")
    with pytest.raises(Gone):
        await drive(session.authenticate(password="x", nonce="abc"), broken_send, saying(challenge), Gone)


async def test_another_failure_of_the_transport_is_not_held_back() -> None:
    with pytest.raises(Gone):
        await drive(Session().startup(Startup(user="api")), broken_send, saying(serverside.OK))


async def swallow(data: bytes) -> None:
    """A write that arrives."""
