"""The header ``Retry-After`` (RFC 9110, section 10.2.3): seconds, or a date."""

from datetime import UTC, datetime

_MOST_DIGITS = 9
"""Thirty years: what is longer says nothing, and costs something to read."""

_LONGEST_DATE = 64
"""Characters: twice those of a date as it should be."""


def seconds_of(text: str, now: datetime) -> float | None:
    """Seconds from ``now`` on, 0 for a date that is over; None where the text is neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) <= _MOST_DIGITS else None
    # It takes as long to load as two checks, and few answers hold a date.
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text[:_LONGEST_DATE])
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
