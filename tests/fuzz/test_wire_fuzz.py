"""Hostile and broken servers, at every stage, cut into any chunks: an outcome or a ProtocolError, in bounds, silent."""

from collections.abc import Callable, Iterator

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.wire import (
    Answered,
    AuthRequested,
    Closed,
    Exchange,
    Foreign,
    ProtocolError,
    Ready,
    Refused,
    Session,
    Startup,
    TlsAccepted,
    TlsDeclined,
    Trusted,
    Unanswered,
)
from diagnostics.wire.protocol import LIMITS
from tests.wire import serverside
from tests.wire.scram_server import ScramServer
from tests.wire.strategies import MESSAGES, chunked
from tests.wire.transport import replay

# Enough to reach every decoder and state with every kind of damage, in a few seconds; more with `make fuzz`.
FUZZ = settings(max_examples=max(400, settings().max_examples))

PASSWORD = "correct horse battery"
NONCE = "clientnonce"
API = Startup(user="api", database="orders")
GREETING = serverside.OK + serverside.parameter("server_version", "15.4") + serverside.key_data(7) + serverside.READY
OUTCOMES = (
    Answered,
    AuthRequested,
    Closed,
    Foreign,
    Ready,
    Refused,
    TlsAccepted,
    TlsDeclined,
    Trusted,
    Unanswered,
)


def tls() -> Exchange[msgspec.Struct]:
    return Session().request_tls()


def startup() -> Exchange[msgspec.Struct]:
    return Session().startup(API)


def asked(request: bytes) -> Callable[[], Exchange[msgspec.Struct]]:
    def authenticate() -> Exchange[msgspec.Struct]:
        session = Session()
        replay(session.startup(API), request)
        return session.authenticate(password=PASSWORD, nonce=NONCE, end_point=b"hash")

    return authenticate


def query() -> Exchange[msgspec.Struct]:
    session = Session()
    replay(session.startup(API), GREETING)
    replay(session.authenticate(password=None, nonce=NONCE))
    return session.query("SELECT 1")


STAGES = st.sampled_from(
    [
        tls,
        startup,
        asked(serverside.OK),
        asked(serverside.CLEARTEXT),
        asked(serverside.MD5),
        asked(serverside.sasl("SCRAM-SHA-256")),
        asked(serverside.sasl("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")),
        query,
    ]
)


def honest_answers() -> Iterator[bytes]:
    """What a server says in each stage, to be damaged."""
    server = ScramServer(PASSWORD.encode(), iterations=1)
    challenge = server.challenge(b"n,,n=,r=" + NONCE.encode())
    yield b"S"
    yield serverside.sasl("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")
    yield serverside.error("53300")
    yield GREETING
    yield serverside.auth(11, challenge) + serverside.auth(12, b"v=" + b"A" * 43 + b"=") + GREETING
    yield serverside.ONE_ROW
    yield serverside.error("22012", "ERROR") + serverside.READY
    yield b"Ecould not fork new process\n\0"
    yield b"HTTP/1.1 400 Bad Request\r\n\r\n"
    yield b"\x5b\0\0\0\x0a8.0.36-google\0"


HONEST = tuple(honest_answers())


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An honest answer with some bytes overwritten, cut out or put in."""
    data = bytearray(draw(st.sampled_from(HONEST)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=5))
    return bytes(data)


SPEECH = st.one_of(
    st.binary(max_size=200),
    damaged(),
    st.lists(MESSAGES, max_size=8).map(lambda messages: b"".join(map(serverside.build, messages))),
    st.tuples(st.sampled_from(b"REvNSKZTDCIAGHW"), st.binary(max_size=100)).map(
        lambda parts: serverside.frame(bytes([parts[0]]), parts[1])
    ),
)


def hear(stage: Exchange[msgspec.Struct], chunks: list[bytes]) -> msgspec.Struct | ProtocolError:
    try:
        return replay(stage, *chunks)
    except ProtocolError as error:
        return error


@FUZZ
@given(STAGES, SPEECH, st.data())
def test_any_speech_ends_in_an_outcome_or_a_protocol_error(
    stage: Callable[[], Exchange[msgspec.Struct]], speech: bytes, data: st.DataObject
) -> None:
    result = hear(stage(), data.draw(chunked(speech)))
    assert isinstance(result, (*OUTCOMES, ProtocolError))
    assert PASSWORD not in repr(result)
    if isinstance(result, ProtocolError):
        assert (str(result), result.__context__) == (f"{result.kind} in {result.stage}", None)
    else:
        assert PASSWORD.encode() not in msgspec.json.encode(result)


@FUZZ
@given(st.sampled_from([startup, asked(serverside.CLEARTEXT), query]), SPEECH, st.data())
def test_chunking_changes_no_end_that_is_postgresql(
    stage: Callable[[], Exchange[msgspec.Struct]], speech: bytes, data: st.DataObject
) -> None:
    """A foreign service may stay unnamed if its first bytes come one by one; PostgreSQL never reads differently."""
    whole = hear(stage(), [speech] if speech else [])
    pieces = hear(stage(), data.draw(chunked(speech)))
    if isinstance(whole, Foreign) or isinstance(pieces, Foreign):
        assert isinstance(whole, Foreign | Closed)
        assert isinstance(pieces, Foreign | Closed)
    elif isinstance(whole, ProtocolError):
        assert isinstance(pieces, ProtocolError)
        assert (whole.kind, whole.stage) == (pieces.kind, pieces.stage)
    else:
        assert type(whole) is type(pieces)
        assert isinstance(whole, Closed) or whole == pieces


@FUZZ
@given(STAGES, st.sampled_from([b"N" * 5000, serverside.notice("x" * 4000), serverside.row(b"x" * 4000), b"\0" * 5000]))
def test_an_endless_speech_ends_within_the_allowance(
    stage: Callable[[], Exchange[msgspec.Struct]], chunk: bytes
) -> None:
    """However long a peer talks, one stage hears only so much; nothing of ours grows with it."""
    heard = 0

    def speak() -> Iterator[bytes]:
        nonlocal heard
        while True:
            heard += len(chunk)
            yield chunk

    exchange = stage()
    talk = speak()
    limit = max(limits.stage for limits in LIMITS.values())
    try:
        next(exchange)
        while heard <= 2 * limit:
            exchange.send(next(talk))
    except (ProtocolError, StopIteration):
        pass
    assert heard <= limit + len(chunk)
