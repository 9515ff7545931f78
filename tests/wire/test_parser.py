"""From bytes to messages: vectors, any chunking, and everything that is not a message."""

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire import ProtocolError, ProtocolErrorKind, Severity, Stage, TransactionStatus, backend
from diagnostics.wire.parser import Parser
from diagnostics.wire.protocol import LIMITS
from tests.wire import serverside
from tests.wire.strategies import FIRST_MESSAGES, MESSAGES, chunked


def parse(data: bytes, stage: Stage = Stage.QUERY) -> list[backend.Message]:
    return parse_chunks([data], stage)


def parse_chunks(chunks: list[bytes], stage: Stage = Stage.QUERY) -> list[backend.Message]:
    parser = Parser(stage)
    messages = []
    for chunk in chunks:
        parser.feed(chunk)
        while (message := parser.next()) is not None:
            messages.append(message)
    return messages


def failure(data: bytes, stage: Stage) -> ProtocolErrorKind:
    with pytest.raises(ProtocolError) as caught:
        parse(data, stage)
    assert caught.value.stage is stage
    return caught.value.kind


def protocol_error(chunks: list[bytes], stage: Stage) -> ProtocolError | None:
    try:
        parse_chunks(chunks, stage)
    except ProtocolError as error:
        return error
    return None


VECTORS = [
    ("5200000008 00000000", backend.AuthenticationOk()),
    ("5200000008 00000003", backend.AuthenticationCleartext()),
    ("520000000c 00000005 01020304", backend.AuthenticationMd5(salt=b"\x01\x02\x03\x04")),
    (
        "5200000017 0000000a 534352414d2d5348412d32353600 00",
        backend.AuthenticationSasl(mechanisms=("SCRAM-SHA-256",)),
    ),
    ("520000000a 0000000b 723d", backend.SaslContinue(data=b"r=")),
    ("520000000a 0000000c 763d", backend.SaslFinal(data=b"v=")),
    ("5200000008 00000002", backend.UnsupportedAuth(number=2)),
    ("5200000008 00000007", backend.UnsupportedAuth(number=7)),
    ("520000000c 00000008 01020304", backend.UnsupportedAuth(number=8)),
    ("5200000008 00000009", backend.UnsupportedAuth(number=9)),
    ("5300000008 6100 6200", backend.ParameterStatus(name="a", value="b")),
    ("4b0000000c 00000019 01020304", backend.BackendKeyData(process_id=25)),
    ("5a00000005 49", backend.ReadyForQuery(status=TransactionStatus.IDLE)),
    ("430000000d 53454c454354203100", backend.CommandComplete(tag="SELECT 1")),
    ("4900000004", backend.EmptyQuery()),
    ("440000000f 0002 ffffffff 0000000131", backend.DataRow(values=(None, b"1"))),
    ("760000000e 00030000 00000001 6100", backend.NegotiateProtocolVersion(newest=0x30000, unrecognized=("a",))),
    ("4100000004", backend.Unknown(kind="A")),
]


@pytest.mark.parametrize("data,message", VECTORS)
def test_byte_vectors(data: str, message: backend.Message) -> None:
    assert parse(bytes.fromhex(data)) == [message]


def test_an_error_with_all_its_fields() -> None:
    data = (
        b"SFATALE\0VFATAL\0C42P01\0Mno such table\0Dmore\0Hhelp\0P15\0p3\0qSELECT 1\0WPL/pgSQL\0spublic\0torders\0cid\0"
        b"dint\0norders_pk\0Fparse.c\0L12\0Rparse\0\0"
    )
    assert parse(serverside.frame(b"E", data)) == [
        backend.ErrorResponse(
            severity=Severity.FATAL,
            severity_text="FATALE",
            sqlstate="42P01",
            message="no such table",
            detail="more",
            hint="help",
            position=15,
            internal_position=3,
            internal_query="SELECT 1",
            where="PL/pgSQL",
            schema="public",
            table="orders",
            column="id",
            data_type="int",
            constraint="orders_pk",
            file="parse.c",
            line=12,
            routine="parse",
        )
    ]


def test_severity_without_the_untranslated_field_is_read_from_the_translated_one() -> None:
    """Servers before 9.6 and some poolers send only the localized severity."""
    errors = parse(serverside.frame(b"E", b"SFATAL\0C28000\0Mno\0\0") + serverside.frame(b"E", b"SFATALE\0Mno\0\0"))
    assert [error.severity for error in errors if isinstance(error, backend.ErrorResponse)] == [
        Severity.FATAL,
        Severity.UNKNOWN,
    ]


def test_an_unknown_error_field_is_passed_over() -> None:
    """The documentation demands it: fields may be added."""
    (error,) = parse(serverside.frame(b"E", b"VERROR\0C22012\0Mno\0Zwhat\0\0"))
    assert isinstance(error, backend.ErrorResponse)
    assert error.sqlstate == "22012"


def test_text_that_is_not_utf8_is_readable_anyway() -> None:
    """Before login the server speaks its own encoding."""
    (error,) = parse(serverside.frame(b"E", b"VFATAL\0C28000\0Mr\xf4le\0\0"))
    assert isinstance(error, backend.ErrorResponse)
    assert error.message == "r\ufffdle"


def test_a_number_field_that_is_no_number_is_left_out() -> None:
    (error,) = parse(serverside.frame(b"E", b"VERROR\0Mno\0Pfour\0L" + b"9" * 5000 + b"\0\0"))
    assert isinstance(error, backend.ErrorResponse)
    assert (error.position, error.line) == (None, None)


def test_the_cancel_key_is_not_kept() -> None:
    """It would let anybody cancel our query, and we have no use for it. Newer servers send up to 256 bytes."""
    (message,) = parse(serverside.key_data(7, b"\xaa" * 32))
    assert message == backend.BackendKeyData(process_id=7)


def test_a_server_that_cannot_fork_answers_in_protocol_2() -> None:
    text = b"Ecould not fork new process for connection: Cannot allocate memory\n\0"
    for stage in (Stage.TLS, Stage.STARTUP):
        (error,) = parse(text, stage)
        assert isinstance(error, backend.ErrorResponse)
        assert error.message == "could not fork new process for connection: Cannot allocate memory"
        assert (error.severity, error.sqlstate) == (Severity.UNKNOWN, None)


def test_after_authentication_began_no_protocol_2_error_is_believed() -> None:
    assert failure(b"Ecould not fork\0", Stage.AUTH) is ProtocolErrorKind.MESSAGE_TOO_LONG


def test_an_endless_protocol_2_error_is_cut_off() -> None:
    assert failure(b"E" + b"a" * 1001, Stage.STARTUP) is ProtocolErrorKind.MESSAGE_TOO_LONG


@given(st.lists(MESSAGES, max_size=6), st.data())
def test_messages_survive_building_and_any_chunking(messages: list[backend.Message], data: st.DataObject) -> None:
    stream = b"".join(serverside.build(message) for message in messages)
    chunks = data.draw(chunked(stream))
    assert parse_chunks(chunks) == messages


@given(FIRST_MESSAGES, st.data())
def test_every_first_message_is_read_at_startup(message: backend.Message, data: st.DataObject) -> None:
    chunks = data.draw(chunked(serverside.build(message)))
    assert parse_chunks(chunks, Stage.STARTUP) == [message]


@given(st.sampled_from(Stage), st.lists(st.binary(max_size=60), max_size=8))
def test_garbage_raises_nothing_but_protocol_error(stage: Stage, chunks: list[bytes]) -> None:
    error = protocol_error(chunks, stage)
    assert error is None or (str(error), error.__context__) == (f"{error.kind} in {stage}", None)


@given(st.sampled_from(Stage), st.sampled_from(b"REvNSKZTDCIA"), st.binary(max_size=60))
def test_a_framed_garbage_body_raises_nothing_but_protocol_error(stage: Stage, kind: int, body: bytes) -> None:
    error = protocol_error([serverside.frame(bytes([kind]), body)], stage)
    assert error is None or error.kind in {ProtocolErrorKind.MALFORMED, ProtocolErrorKind.UNEXPECTED_MESSAGE}


@given(st.lists(MESSAGES, min_size=1, max_size=4), st.data())
def test_a_truncated_stream_is_incomplete_and_no_error(messages: list[backend.Message], data: st.DataObject) -> None:
    stream = b"".join(serverside.build(message) for message in messages)
    cut = data.draw(st.integers(0, len(stream) - 1))
    got = parse(stream[:cut])
    assert got == messages[: len(got)]
    assert len(got) < len(messages)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_length_over_the_limit_fails_at_the_header(stage: Stage) -> None:
    """Not one byte of the body is waited for or held."""
    header = (b"E" if stage is Stage.TLS else b"R") + struct.pack("!I", LIMITS[stage].message + 1)
    assert failure(header, stage) is ProtocolErrorKind.MESSAGE_TOO_LONG


@pytest.mark.parametrize("length", range(4))
def test_a_length_below_its_own_size_fails(length: int) -> None:
    assert failure(b"R" + struct.pack("!I", length), Stage.STARTUP) is ProtocolErrorKind.MESSAGE_TOO_SHORT


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_that_never_ends_is_cut_off(stage: Stage) -> None:
    parser = Parser(stage)
    parser.feed(b"N" * LIMITS[stage].stage)
    with pytest.raises(ProtocolError) as caught:
        parser.feed(b"N")
    assert caught.value.kind is ProtocolErrorKind.STAGE_TOO_LONG


def test_a_new_stage_starts_a_new_allowance() -> None:
    parser = Parser(Stage.AUTH)
    parser.feed(b"N" * LIMITS[Stage.AUTH].stage)
    parser.enter(Stage.QUERY)
    parser.feed(b"N")


def test_what_cannot_open_an_answer_fails_at_its_first_byte() -> None:
    for kind in b"NSZTDHJ\x15\x00\xff":
        assert failure(bytes([kind]), Stage.STARTUP) is ProtocolErrorKind.UNEXPECTED_MESSAGE


def test_a_failed_parser_stays_failed() -> None:
    parser = Parser(Stage.STARTUP)
    parser.feed(b"J")
    for attempt in (parser.next, parser.next, lambda: parser.feed(b"R")):
        with pytest.raises(ProtocolError) as caught:
            attempt()
        assert caught.value.kind is ProtocolErrorKind.UNEXPECTED_MESSAGE


MALFORMED = {
    "authentication without a number": serverside.frame(b"R", b"\0\0"),
    "ok with more": serverside.auth(0, b"x"),
    "md5 with a short salt": serverside.auth(5, b"abc"),
    "md5 with a long salt": serverside.auth(5, b"abcde"),
    "sasl without an end": serverside.auth(10, b"SCRAM-SHA-256\0"),
    "error without an end": serverside.frame(b"E", b"Mno\0"),
    "error with more": serverside.frame(b"E", b"Mno\0\0x"),
    "error field without a NUL": serverside.frame(b"E", b"Mno"),
    "key data without a pid": serverside.frame(b"K", b"\0"),
    "ready in no state": serverside.frame(b"Z", b"X"),
    "ready in a state that is no ASCII": serverside.frame(b"Z", b"\xff"),
    "tag without an end": serverside.frame(b"C", b"SELECT"),
    "empty query with a body": serverside.frame(b"I", b"x"),
    "row with a negative size": serverside.frame(b"D", b"\0\1\xff\xff\xff\xfe"),
    "row that promises more cells": serverside.frame(b"D", b"\xff\xff"),
    "row that promises more bytes": serverside.frame(b"D", b"\0\1\x7f\xff\xff\xffx"),
    "description that promises more columns": serverside.frame(b"T", b"\xff\xff"),
    "negotiation that promises more names": serverside.frame(b"v", b"\0\3\0\0\xff\xff\xff\xff"),
    "parameter without a value": serverside.frame(b"S", b"a\0"),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_of_the_wrong_shape_is_malformed(data: bytes) -> None:
    assert failure(data, Stage.QUERY) is ProtocolErrorKind.MALFORMED


def test_promised_counts_reserve_no_memory() -> None:
    """A count is believed only as far as bytes follow."""
    parser = Parser(Stage.QUERY)
    parser.feed(serverside.frame(b"D", b"\xff\xff" + b"\xff\xff\xff\xff" * 10))
    with pytest.raises(ProtocolError):
        parser.next()
    assert sys.getsizeof(parser) < 1000


@given(MESSAGES)
def test_no_message_shows_the_cancel_key(message: backend.Message) -> None:
    """Messages are values of our own: they print what they hold, so they must not hold it."""
    assert not hasattr(message, "key")
