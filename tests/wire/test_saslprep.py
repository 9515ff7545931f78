"""SASLprep with PostgreSQL's two departures. `test_real_postgres` asks the server whether it agrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire.saslprep import prepare

# The first five are RFC 4013's own examples, except that PostgreSQL takes ASCII and prohibited passwords as they are.
PREPARED = [
    ("I\u00adX", "IX"),
    ("user", "user"),
    ("\u00aa", "a"),
    ("\u2168", "IX"),
    ("\u0627\u0031", "\u0627\u0031"),
    ("a\u00a0b", "a b"),
    ("a\u200bb\u3000c", "a b c"),
    ("p\u0061\u0308ss", "p\u00e4ss"),
    ("\ufb01", "fi"),
    ("\u0627\u0628", "\u0627\u0628"),
    ("\u0627a\u0628", "\u0627a\u0628"),
]
RAW = {
    "ASCII control": "a\x07b",
    "beyond ASCII with a control": "\u00e9\x07",
    "private use": "\u00aa\ue000",
    "not a character": "\u00aa\ufdd0",
    "inappropriate for plain text": "\u00aa\ufffd",
    "ideographic description": "\u00aa\u2ff0",
    "deprecated direction mark": "\u00aa\u200e",
    "tag": "\u00aa\U000e0001",
    "unassigned in Unicode 3.2": "\u00aa\u0221",
    "right-to-left not at both ends": "\u0627\u00b2",
    "right-to-left beside left-to-right": "\u0627a\u00aa\u0628",
    "nothing left": "\u00ad",
}


@pytest.mark.parametrize("password,expected", PREPARED)
def test_a_password_is_prepared(password: str, expected: str) -> None:
    assert prepare(password.encode()) == expected.encode()


@pytest.mark.parametrize("password", RAW.values(), ids=RAW.keys())
def test_a_prohibited_password_is_taken_raw(password: str) -> None:
    assert prepare(password.encode()) == password.encode()


@pytest.mark.parametrize("password", [b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80"])
def test_what_is_not_utf8_is_taken_raw(password: bytes) -> None:
    assert prepare(password) == password


@given(st.binary(max_size=40))
def test_every_password_has_a_form(password: bytes) -> None:
    assert isinstance(prepare(password), bytes)


@given(st.binary(max_size=20).filter(bytes.isascii))
def test_ascii_is_never_changed(password: bytes) -> None:
    assert prepare(password) == password
