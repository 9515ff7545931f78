"""Seconds as people read them."""

from collections.abc import Iterable

Interval = tuple[float, float]
"""Begin and end in seconds."""

SHOWN_FROM = 0.00005
"""Below that a time would read 0.0 ms; nothing that talks to anybody is that quick."""
TENTHS_BELOW, MILLISECONDS_BELOW, SECONDS_BELOW = 0.0095, 0.9995, 59.95
"""Where the next coarser form begins: each bound is what would round up to 10 ms, 1000 ms and 60.0 s."""


def duration(seconds: float) -> str:
    """``0.2 ms``, ``12 ms``, ``8.0 s``, ``3 min 20 s``; empty for what took no time worth a word."""
    if seconds < SHOWN_FROM:
        return ""
    if seconds < TENTHS_BELOW:
        return f"{seconds * 1000:.1f} ms"
    if seconds < MILLISECONDS_BELOW:
        return f"{seconds * 1000:.0f} ms"
    if seconds < SECONDS_BELOW:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time without counting any moment twice, in order."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def length(intervals: Iterable[Interval]) -> float:
    """Seconds in all."""
    return sum(end - begin for begin, end in intervals)
