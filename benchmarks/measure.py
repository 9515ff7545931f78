"""Two things measured side by side, and what their ratio is."""

import statistics
import time
from collections.abc import Callable, Sequence

import msgspec

Work = Callable[[], float]
"""Does the work once and returns its seconds."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of both, round by round: a round is one of each, one directly after the other."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """One a round: what slowed the machine down in a round slowed both."""
        return tuple(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles: half of the rounds lie between them."""
        return quartiles(self.ratios)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """Between these two lies the middle half."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def interleaved(rounds: int, works: Sequence[Work]) -> tuple[tuple[float, ...], ...]:
    """Each work's seconds, after one round that is thrown away: it fills the caches for all of them alike.

    The order within a round alternates, so that none always runs in the wake of another.
    """
    seconds: list[list[float]] = [[] for _ in works]
    for number in range(rounds + 1):
        order = range(len(works)) if number % 2 else reversed(range(len(works)))
        for index in order:
            taken = works[index]()
            if number:
                seconds[index].append(taken)
    return tuple(tuple(each) for each in seconds)


def compared(rounds: int, ours: Work, peer: Work) -> Comparison:
    """Ours against one peer."""
    first, second = interleaved(rounds, (ours, peer))
    return Comparison(ours=first, peer=second)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
