"""One line of the result."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from benchmarks.measure import Comparison


class Verdict(StrEnum):
    """Whether the goal was met in this run."""

    MET = "met"
    MISSED = "missed"
    """Slower or larger than it should be, in this run on this machine."""
    WRONG = "wrong"
    """Not what it should say or do; no machine explains that."""
    SHOWN = "shown"
    """There is no goal: the peer does another job."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured against what, what came out, and what should."""

    name: str
    what: str
    against: str
    goal: str
    result: str
    spread: str
    """Where half of the rounds lie, or empty where nothing varies."""
    detail: str
    """The absolute values, and how often."""
    verdict: Verdict


def verdict(met: bool) -> Verdict:  # noqa: FBT001 - the outcome of a comparison
    """As a word."""
    return Verdict.MET if met else Verdict.MISSED


def exit_code(rows: Iterable[Row], *, quick: bool) -> int:
    """1 where something is wrong, and where a goal is missed, unless so few rounds say nothing about goals."""
    bad = {Verdict.WRONG} if quick else {Verdict.WRONG, Verdict.MISSED}
    return int(any(row.verdict in bad for row in rows))


def ratio_row(name: str, what: str, against: str, goal: float, comparison: Comparison) -> Row:
    """A row whose result is a ratio of times."""
    low, high = comparison.spread
    return Row(
        name=name,
        what=what,
        against=against,
        goal=f"≤ {goal:g} x",
        result=f"{comparison.ratio:.2f} x",
        spread=f"{low:.2f}-{high:.2f} x",
        detail=f"{_median(comparison.ours)} against {_median(comparison.peer)}, {len(comparison.ours)} rounds",
        # As it is shown: a third digit is noise.
        verdict=verdict(round(comparison.ratio, 2) <= goal),
    )


def _median(values: tuple[float, ...]) -> str:
    middle = sorted(values)[len(values) // 2]
    return f"{middle * 1000:.3g} ms" if middle < 1 else f"{middle:.2f} s"
