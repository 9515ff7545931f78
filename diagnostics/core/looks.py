"""More than one look at a path: how often it failed, and how; a path is not a moment.

Values, and what they add up to. What one look is made of stands in ``core.look``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.model import Value

MOSTLY_BROKEN: Final = 0.9
"""Share of failed looks above which a path counts as broken, not as flaky. A pool that tries three times gets through a
path that fails four times out of five on every second start; where nine of ten fail it does on one start in four, and
one good look among many must not turn an outage into a warning."""

LOST_SYNS: Final = 2
"""Looks that needed a second SYN from which on a path is flaky although each got through. One lost packet is chance;
networks inside a cloud lose fewer than one in a thousand, so two among twenty are not (below 0.02 %)."""

WINDOW: Final = 20
"""Looks that a watch adds up: ten minutes at the default interval. A path that fails every sixth time shows that more
than once in so many with four chances of five, and one that was mended is steady again after ten minutes."""

WATCHED_CHANGES: Final = 3
"""Changes between good and bad from which on a watched path comes and goes. One is a break or a recovery, two are an
incident that began and ended, or one bad run: that is what incidents and damping are for. Three are the second time."""

REPEATED_CHANGES: Final = 1
"""The same for looks that were asked for in a row: seconds apart, one that differs from the others says enough."""


class Constancy(StrEnum):
    """What several looks come to."""

    STEADY = "steady"
    """As good each time."""
    FLAKY = "flaky"
    """It comes and goes."""
    BROKEN = "broken"
    """It fails each time, or nearly so, or since it broke."""
    UNKNOWN = "unknown"
    """No look could tell."""


class StageSeconds(Value, frozen=True, kw_only=True):
    """One stage of one look."""

    check: CheckId
    seconds: float
    failed: bool = False


class Look(Value, frozen=True, kw_only=True):
    """What of one run counts when it is added to others."""

    works: bool | None
    """None where the run could not tell."""
    exit_code: int
    causes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    """The codes of what failed, in the order of the path."""
    stages: tuple[StageSeconds, ...] = ()
    syns: int = 1
    """How often the connection had to be asked for until it stood; 1 where nobody could tell."""

    @property
    def failed(self) -> bool:
        """The path was not there."""
        return self.works is False


class StageTimes(Value, frozen=True, kw_only=True):
    """One stage over all runs that reached it, also those that it ended."""

    check: CheckId
    runs: int
    failed: int
    median_seconds: float
    worst_seconds: float


class Seen(Value, frozen=True, kw_only=True):
    """A cause or a finding, and in how many runs it was seen."""

    code: str
    runs: int


class Looks(Value, frozen=True, kw_only=True):
    """Several runs of one target, added up."""

    constancy: Constancy
    runs: int
    failed: int
    unknown: int = 0
    """Runs that could not tell."""
    second_syn: int = 0
    """Runs whose connection was there only after its first packet had been sent again."""
    exit_code: int = 0
    """Of ``check --repeat``: that of the cause seen most often, of two the one seen first; 0 where none failed."""
    causes: tuple[Seen, ...] = ()
    """The most frequent first. Runs that failed in different ways count for each of theirs."""
    findings: tuple[Seen, ...] = ()
    stages: tuple[StageTimes, ...] = ()
    """In the order of the path."""

    @property
    def flaky(self) -> bool:
        """The path comes and goes."""
        return self.constancy is Constancy.FLAKY


def summed(looks: Sequence[Look], changes: int = REPEATED_CHANGES) -> Looks:
    """The looks, the oldest first, as one value. ``changes``: from how many turns on it comes and goes."""
    failures = [look for look in looks if look.failed]
    return Looks(
        constancy=constancy(looks, changes),
        runs=len(looks),
        failed=len(failures),
        unknown=sum(look.works is None for look in looks),
        second_syn=sum(look.syns > 1 for look in looks),
        exit_code=looks[telling(looks)].exit_code if looks else 0,
        causes=_counted(look.causes for look in failures),
        findings=_counted(look.findings for look in failures),
        stages=tuple(_times(looks)),
    )


def constancy(looks: Sequence[Look], changes: int = REPEATED_CHANGES) -> Constancy:
    """The rule: broken where nine of ten failed, flaky where good and bad took turns, else what was seen last."""
    known = [look for look in looks if look.works is not None]
    if not known:
        return Constancy.UNKNOWN
    if sum(look.failed for look in known) / len(known) > MOSTLY_BROKEN:
        return Constancy.BROKEN
    turns = sum(before.failed != after.failed for before, after in pairwise(known))
    if turns >= changes or sum(look.syns > 1 for look in known) >= LOST_SYNS:
        return Constancy.FLAKY
    return Constancy.BROKEN if known[-1].failed else Constancy.STEADY


def telling(looks: Sequence[Look]) -> int:
    """Which look stands for all: the first with the cause seen most often, else the last that worked, else the last."""
    failures = [look for look in looks if look.failed]
    if not failures:
        return max((i for i, look in enumerate(looks) if look.works), default=len(looks) - 1)
    often = Counter(_first_cause(look) for look in failures)
    most = max(often.values())
    return next(i for i, look in enumerate(looks) if look.failed and often[_first_cause(look)] == most)


def _first_cause(look: Look) -> str:
    """What sets the exit code of a run; a run without a cause is told by what failed."""
    return next(iter((*look.causes, *look.findings)), "")


def _counted(each_run: Iterable[tuple[str, ...]]) -> tuple[Seen, ...]:
    """In how many runs each code was seen; in one run it counts once."""
    counter = Counter(code for codes in each_run for code in dict.fromkeys(codes))
    return tuple(Seen(code=code, runs=runs) for code, runs in counter.most_common())


def _times(looks: Sequence[Look]) -> Iterator[StageTimes]:
    for check in RUNGS:
        reached = [stage for look in looks for stage in look.stages if stage.check is check]
        if reached:
            seconds = [stage.seconds for stage in reached]
            yield StageTimes(
                check=check,
                runs=len(reached),
                failed=sum(stage.failed for stage in reached),
                median_seconds=_median(seconds),
                worst_seconds=max(seconds),
            )


def _median(numbers: Sequence[float]) -> float:
    """Of an even number the mean of the middle two. Python's own module for it takes longer to load than a look."""
    ordered, middle = sorted(numbers), len(numbers) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
