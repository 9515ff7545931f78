"""Who answers when it is not PostgreSQL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire import Peer, backend, identify
from tests.wire import serverside
from tests.wire.strategies import FIRST_MESSAGES

MYSQL_8 = b"\x5b\0\0\0\x0a8.0.36-google\0\x1f\0\0\0"
MYSQL_REFUSAL = b"\x45\0\0\0\xff\x6a\x04Host '10.0.0.1' is not allowed to connect to this MySQL server"

BANNERS = [
    (b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain", Peer.HTTP),
    (b"HTTP/1.0 400 Bad request\r\n", Peer.HTTP),
    (b"<html>\r\n<head><title>400 Bad Request</title>", Peer.HTTP),
    (b"<!DOCTYPE html>", Peer.HTTP),
    (b"\0\0\x12\x04\0\0\0\0\0\0\3\0\0\0\x64", Peer.HTTP),
    (b"\0\0\0\x04\0\0\0\0\0", Peer.HTTP),
    (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Peer.SSH),
    (MYSQL_8, Peer.MYSQL),
    (MYSQL_REFUSAL, Peer.MYSQL),
    (b"\x17\0\0\0\xff\x10\x04Too many connections", Peer.MYSQL),
    (b"\x15\x03\x01\0\x02\x02\x46", Peer.TLS),
    (b"\x15\x03\x03\0\x02\x02\x0a", Peer.TLS),
    (b"220 mail.example.com ESMTP\r\n", Peer.GREETING_220),
    (b"220-FTP server ready\r\n", Peer.GREETING_220),
    (b"-ERR unknown command\r\n", Peer.REDIS),
    (b"-DENIED Redis is running in protected mode", Peer.REDIS),
    (b"-NOAUTH Authentication required.\r\n", Peer.REDIS),
    (b"ERROR\r\n", Peer.MEMCACHED),
    (b"", Peer.UNKNOWN),
    (b"hello", Peer.UNKNOWN),
    (b"\xff\xfe\xfd", Peer.UNKNOWN),
    (b"Ecould not fork new process", Peer.UNKNOWN),
]


@pytest.mark.parametrize("first,peer", BANNERS)
def test_first_bytes_name_the_service(first: bytes, peer: Peer) -> None:
    assert identify(first) is peer


@given(FIRST_MESSAGES, st.integers(1, 40))
def test_no_beginning_of_postgresql_is_taken_for_another_service(message: backend.Message, size: int) -> None:
    """MySQL's length byte runs through all letters that open a PostgreSQL answer, so this is not self-evident."""
    assert identify(serverside.build(message)[:size]) is Peer.UNKNOWN


@given(st.sampled_from([b"E", b"R", b"v", b"N", b"S"]), st.integers(200, 300))
def test_an_error_as_long_as_a_mysql_refusal_is_still_postgresql(kind: bytes, size: int) -> None:
    body = b"SFATAL\0VFATAL\0C28000\0M" + b"x" * size + b"\0\0"
    assert identify(serverside.frame(kind, body)) is Peer.UNKNOWN


@pytest.mark.parametrize("length", range(0x20, 0x100))
def test_a_mysql_greeting_of_any_length_is_mysql(length: int) -> None:
    """Including those whose length is the letter of a PostgreSQL message."""
    assert identify(bytes([length]) + MYSQL_8[1:]) is Peer.MYSQL


@given(st.binary(max_size=40))
def test_any_bytes_have_a_name(first: bytes) -> None:
    assert identify(first) in Peer
