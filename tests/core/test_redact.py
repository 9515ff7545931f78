"""Foreign text never shows a secret, a piece of one, or what a mask would give away."""

import base64
import codecs
import contextlib
import html
import json
import pickle
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from typing import SupportsIndex
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diagnostics.core.model import Secret
from diagnostics.core.redact import MASK, SHOWN, WITHHELD, Redactor

CUTS = ":/?#@%&="
Encode = Callable[[str], str]
ENCODINGS: tuple[Encode, ...] = (
    str,
    lambda s: quote(s, safe="", errors="surrogatepass"),
    lambda s: quote(s, errors="surrogatepass"),
    lambda s: quote_plus(s, errors="surrogatepass"),
    lambda s: "".join(f"%{byte:02X}" for byte in s.encode("utf-8", "surrogatepass")),
    lambda s: repr(s)[1:-1],
    lambda s: ascii(s)[1:-1],
    lambda s: repr(s.encode("utf-8", "surrogatepass")),
    json.dumps,
    lambda s: json.dumps(s, ensure_ascii=False),
    str.upper,
)
awkward = st.text(
    st.one_of(st.sampled_from(CUTS + " \n\t'\"\\%+aZ09\x00\x1b"), st.characters()), min_size=6, max_size=24
)


def redactor(secret: str, *settings: str) -> Redactor:
    return Redactor((Secret(secret),), settings)


def pieces(secret: str) -> set[str]:
    """Independent of the implementation: all parts between two cuts."""
    cuts = [-1, *(i for i, c in enumerate(secret) if c in CUTS or c.isspace()), len(secret)]
    parts = {secret[a + 1 : b] for n, a in enumerate(cuts) for b in cuts[n + 1 :]}
    return {part for part in parts if len(part) >= 3}


@given(secret=awkward, before=st.text(max_size=30), after=st.text(max_size=30), encode=st.sampled_from(ENCODINGS))
@example(secret="ab:cd@ef", before='host "', after='"', encode=str)
@example(secret="pa\x07ss\x1bword1", before="", after="", encode=str)
@example(secret="a\\\\b\\c123", before="", after="", encode=str)
def test_no_piece_of_a_secret_is_shown_in_any_encoding(secret: str, before: str, after: str, encode: Encode) -> None:
    shown = redactor(secret).clean(before + encode(secret) + after)
    if shown != WITHHELD:
        rest = shown.replace(MASK, "\0").lower()
        assert not [piece for piece in pieces(secret) if piece.lower() in rest]


@given(secret=awkward, encode=st.sampled_from(ENCODINGS))
def test_each_piece_alone_is_hidden_too(secret: str, encode: Encode) -> None:
    for piece in pieces(secret):
        assert redactor(secret).clean(f"<{encode(piece)}>") in {
            f"<{MASK}>",
            WITHHELD,
            f'<"{MASK}">',
            f"<b'{MASK}'>",
            f'<b"{MASK}">',
        }


@given(
    secret=st.text(min_size=1, max_size=5),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    encode=st.sampled_from(ENCODINGS[:5]),
)
def test_a_short_secret_drops_the_text_that_holds_it(secret: str, before: str, after: str, encode: Encode) -> None:
    assert redactor(secret).clean(before + encode(secret) + after) == WITHHELD


@pytest.mark.parametrize(
    "secret, setting",
    [("orders-1", "orders-1"), ("orders-1", "orders-1-prod"), ("x9:orders-1", "orders-1"), ("ORDERS-1", "orders-1")],
)
def test_a_secret_that_stands_in_another_setting_drops_the_text(secret: str, setting: str) -> None:
    assert redactor(secret, setting).clean('database "orders-1" does not exist') == WITHHELD


def test_a_word_or_number_is_not_masked_but_dropped() -> None:
    """A mask in a known sentence is a riddle that everybody solves."""
    assert redactor("password").clean('password authentication failed for user "api"') == WITHHELD
    assert redactor("abc/5432").clean("connection to port 5432 refused") == WITHHELD


def test_text_without_a_secret_stays_as_it_is() -> None:
    text = 'FATAL: password authentication failed for user "api" (28P01)'
    assert redactor("Tr0ub4dor&3", "api").clean(text) == text


def test_a_name_that_the_server_cut_short_is_masked() -> None:
    token = "ya29.A0" + "x9" * 100
    assert redactor(token).clean(f'role "{token[:63]}" does not exist') == f'role "{MASK}" does not exist'


def test_pieces_of_two_secrets_that_overlap_are_both_hidden() -> None:
    both = Redactor((Secret("abc123def"), Secret("3defgh456")))
    assert both.clean("<abc123defgh456>") == f"<{MASK}>"


def test_a_percent_encoded_secret_is_hidden_when_it_comes_back_decoded() -> None:
    assert redactor("p%40ss-w0rd").clean("<p@ss-w0rd>") == f"<{MASK}>"


def test_also_adds_and_keeps() -> None:
    first = redactor("s3cret-one")
    both = first.also(Secret("s3cret-two"))
    assert both.clean("s3cret-one s3cret-two") == f"{MASK} {MASK}"
    assert first.clean("s3cret-two") == "s3cret-two"


def in_lines(encoded: str) -> str:
    return "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))


def spelled(data: bytes, before: str, between: str) -> str:
    return between.join(f"{before}{byte:02x}" for byte in data)


BINARY: dict[str, Callable[[bytes], str]] = {
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64 for URLs": lambda data: base64.urlsafe_b64encode(data).decode(),
    "base64 without padding": lambda data: base64.b64encode(data).decode().rstrip("="),
    "base64 in lines": lambda data: in_lines(base64.b64encode(data).decode()),
    "base32": lambda data: base64.b32encode(data).decode(),
    "hex": bytes.hex,
    "hex in capitals": lambda data: data.hex().upper(),
    "hex with colons": lambda data: data.hex(":"),
    "hex with spaces": lambda data: data.hex(" "),
    "hex with 0x": lambda data: spelled(data, "0x", ", "),
    "hex as of C": lambda data: spelled(data, "\\x", ""),
    "hex as of JSON": lambda data: spelled(data, "\\u00", ""),
    "quoted-printable": lambda data: spelled(data, "=", ""),
    "percent": lambda data: spelled(data, "%", ""),
}
sendable = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=6, max_size=40)
NO_FORM = st.text(st.sampled_from(" .:;,!<>()"), max_size=8)
"""What may stand around an encoding without being part of it."""


@pytest.mark.parametrize("form", BINARY)
@given(secret=sendable, before=st.binary(max_size=80), after=st.binary(max_size=20), around=NO_FORM)
def test_an_encoded_secret_is_hidden_wherever_it_begins(
    form: str, secret: str, before: bytes, after: bytes, around: str
) -> None:
    encoded = BINARY[form](before + secret.encode() + after)
    shown = redactor(secret).clean(f"said {around}{encoded}{around} twice")
    assert shown == WITHHELD or MASK in shown
    rest = shown.replace(MASK, " ")
    assert not any(secret.encode() in decoded for decoded in everything_in(rest))


def everything_in(text: str) -> Iterator[bytes]:
    """What the longest words of a text decode to, by whoever does not know where the encoding begins."""
    for word in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        for start in range(8):
            for decode in (base64.b64decode, base64.urlsafe_b64decode, base64.b32decode, bytes.fromhex):
                for end in range(len(word), max(start, len(word) - 8), -1):
                    with contextlib.suppress(ValueError):
                        yield decode(word[start:end] + "==")
                        break


visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=24)
READ_OTHERWISE: dict[str, tuple[Encode, Encode]] = {
    "entities": (lambda s: "".join(f"&#{ord(c)};" for c in s), html.unescape),
    "entities in hex": (lambda s: "".join(f"&#x{ord(c):x};" for c in s), html.unescape),
    "entities by name": (html.escape, html.unescape),
    "percent twice": (lambda s: quote(quote(s, safe=""), safe=""), lambda s: unquote(unquote(s))),
    "full width": (lambda s: "".join(chr(ord(c) + 0xFEE0) for c in s), lambda s: unicodedata.normalize("NFKC", s)),
    "backwards": (lambda s: s[::-1], lambda s: s[::-1]),
    "ROT13": (lambda s: codecs.encode(s, "rot13"), lambda s: codecs.encode(s, "rot13")),
    "spelled": ("-".join, lambda s: s[::2] + " " + s[1::2]),
    "spelled with commas": (", ".join, lambda s: " ".join(s[start::3] for start in range(3))),
}


@pytest.mark.parametrize("form", READ_OTHERWISE)
@given(secret=visible, before=st.text(max_size=9), after=st.text(max_size=9))
def test_a_secret_that_is_read_in_another_way_is_hidden(form: str, secret: str, before: str, after: str) -> None:
    write, read = READ_OTHERWISE[form]
    shown = redactor(secret).clean(f"{before}{write(secret)}{after}")
    assert secret.lower() not in read(shown).lower()


@pytest.mark.parametrize("form", BINARY)
def test_a_long_secret_is_known_by_its_beginning(form: str) -> None:
    token = "ya29.A0" + "x9_-" * 300
    encoded = BINARY[form](b"bearer " + token.encode())
    shown = redactor(token).clean(f"<{encoded[:200]}")
    # The sign that announces a byte may be left of one that was cut off.
    assert shown == WITHHELD or shown.rstrip("\\ux") == f"<{MASK}"


@given(st.text(st.sampled_from(string.ascii_letters + " .:'\"()0123456789"), max_size=200))
def test_what_servers_say_is_seldom_an_encoding_of_a_secret(text: str) -> None:
    assert redactor("Tr0ub4dor&3").clean(text) == text


def test_of_a_long_text_only_the_beginning_is_worked_on() -> None:
    """60 MB, as a driver brought them once: whatever is done to each character of them takes half a minute."""
    counted = Counting("x" * 60_000_000)
    counted.taken = 0
    assert len(redactor("s3cret-one").clean(counted)) == SHOWN
    assert counted.taken < 10_000


class Counting(str):
    """A text that knows how much of it was taken."""

    __slots__ = ("taken",)
    taken: int

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        self.taken += len(found)
        return found

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all of it")


@given(st.text(max_size=3000))
def test_text_is_bounded_printable_and_on_one_line(text: str) -> None:
    shown = redactor("s3cret-one").clean(text)
    assert len(shown) <= SHOWN
    assert shown.isprintable()


def test_terminal_escapes_do_nothing() -> None:
    assert redactor("s3cret-one").clean("a\x1b[31mred\r\nb\u202ec\x9b") == "a?[31mred  b?c?"


def test_a_secret_across_the_end_of_the_window_is_not_shown_in_part() -> None:
    """Masks shorten the text; a piece that starts inside the window is found although it ends outside."""
    text = "s3cret-one" * 1000
    assert "cret" not in redactor("s3cret-one").clean(text)


def test_a_private_key_of_many_lines_is_cheap_and_hidden() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "\n".join("Ab/9" * 16 for _ in range(26)) + "\n-----END PRIVATE KEY-----\n"
    shown = redactor(key).clean("could not load " + key[30:300])
    assert "Ab/9" not in shown


def test_an_empty_secret_is_none() -> None:
    assert redactor("").clean("anything") == "anything"


def test_a_redactor_shows_nothing_of_itself() -> None:
    subject = redactor("s3cret-one")
    subject.clean("x")
    assert "s3cret" not in repr(subject)
    with pytest.raises(TypeError):
        pickle.dumps(subject)
