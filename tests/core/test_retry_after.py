"""``Retry-After`` as servers write it, and as they should not."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.retry_after import seconds_of

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("0", 0.0),
        ("600", 600.0),
        (" 120 ", 120.0),
        ("Mon, 30 Nov 2026 12:10:00 GMT", 600.0),
        ("Mon, 30 Nov 2026 13:10:00 +0100", 600.0),
        ("Monday, 30-Nov-26 12:00:30 GMT", 30.0),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5000, None),
        ("Mon, 30 Nov 99999 12:00:00 GMT", None),
    ],
)
def test_it_is_read_as_seconds_from_now(text: str, seconds: float | None) -> None:
    assert seconds_of(text, NOW) == seconds


@given(st.integers(0, 10**8), st.integers(-14, 14))
def test_a_date_and_its_seconds_are_the_same(ahead: int, hours: int) -> None:
    date = (NOW + timedelta(seconds=ahead)).astimezone(timezone(timedelta(hours=hours)))
    assert seconds_of(format_datetime(date), NOW) == seconds_of(str(ahead), NOW)


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert (seconds_of(text, NOW) or 0.0) >= 0.0
