"""Whether, when and how often to try again after a failure. It decides and never sleeps."""

import random
from collections.abc import Callable
from typing import NamedTuple

from diagnostics.startup.judging import Judgement, judge
from diagnostics.startup.retry import Budget
from diagnostics.startup.table import Verdict

FEW = 5
"""Tries where the failure asks to be left alone for a while: a server that is full, an API over its quota."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds. The pause doubles from the first to the longest, and each is drawn at random up to it (full jitter), so that
instances that start together do not knock together."""
SHARE = 0.5
"""Of a pause that the failure asks for, so much more is drawn at random on top of it."""


class Retry(NamedTuple):
    """One try that failed and will be made again."""

    attempt: int
    """From 1."""
    judgement: Judgement
    pause: float
    """Seconds until the next."""
    elapsed: float
    """Seconds since the first."""


class Plan:
    """How often, how long and after which pause; it decides and never sleeps."""

    def __init__(self, budget: Budget, now: Callable[[], float], rand: random.Random | None) -> None:
        self.total, self._attempts, self._began = budget
        self._now = now
        self._rand = rand or random.Random()  # noqa: S311 - a pause is no secret
        self.made: list[Retry] = []

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return self._now() - self._began

    def next(self, exc: BaseException) -> Retry | None:
        """What to do after a failure: the pause, or None where another try is of no use or over the budget."""
        found = judge(exc)
        attempt = len(self.made) + 1
        pause = self._pause(found, attempt)
        if not self._worth(found, attempt) or self.elapsed + pause >= self.total:
            return None
        self.made.append(Retry(attempt, found, pause, self.elapsed))
        return self.made[-1]

    def note(self, exc: BaseException) -> None:
        """Write the history below the exception, which is otherwise the driver's own."""
        if self.made:
            tried = "; ".join(f"{each.elapsed:.1f} s: {each.judgement.reason}" for each in self.made)
            tries = f"{len(self.made) + 1} tries in {self.elapsed:.1f} s"
            exc.add_note(f"cloudsql-diag: {tries}. Before this one, {tried}")

    def _worth(self, found: Judgement, attempt: int) -> bool:
        if found.verdict is Verdict.UNKNOWN:
            # Once more: a second failure of the same kind is an answer.
            return not any(each.judgement.verdict is Verdict.UNKNOWN for each in self.made)
        late = found.within is not None and self.elapsed > found.within
        allowed = min(FEW, self._attempts) if found.wait else self._attempts
        return found.verdict is Verdict.NOT_YET and attempt < allowed and not late

    def _pause(self, found: Judgement, attempt: int) -> float:
        if found.wait:
            return min(LONGEST_PAUSE, found.wait * 2.0 ** (attempt - 1)) * (1 + SHARE * self._rand.random())
        return self._rand.uniform(0.0, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt))
