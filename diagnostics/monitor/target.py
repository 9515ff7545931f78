"""What is known of one target between two runs, and when its next cycle is due."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from diagnostics.check import Env, Vault
from diagnostics.core.codes import CheckId
from diagnostics.core.look import look_of
from diagnostics.core.looks import WATCHED_CHANGES, WINDOW, Look, Looks, summed
from diagnostics.core.model import Damping, Options, Target, Value
from diagnostics.core.outcome import CheckResult
from diagnostics.core.report import AppLimit, Report
from diagnostics.core.stance import Stance, stance_of
from diagnostics.monitor.history import History, Sizes
from diagnostics.monitor.incident import Incident
from diagnostics.monitor.schedule import LIVES, WIDE_EVERY, Breadth, Kept
from diagnostics.monitor.state import Damper, State, proven
from diagnostics.monitor.summary import RunSummary
from diagnostics.monitor.tally import Counts, Tally
from diagnostics.monitor.turn import Turn

FIRST_LIMIT = 9.3
"""Seconds for the first run of a target and what it waited for its turn. With what loading takes, a verdict is there
ten seconds after the start, whatever is silent; what that run did not get to is unknown until the one that follows it
at once."""


class Watch(Value, frozen=True, kw_only=True):
    """What every surface of the sidecar shows of a target: the last report, and since when it says what it says."""

    report: Report | None = None
    summary: RunSummary | None = None
    reported_at: float = 0.0
    """Monotonic seconds."""
    state: State | None = None
    last_success_at: datetime | None = None
    incident: Incident | None = None
    """The one that lasts."""
    unbroken_in_a_row: int = 0
    """Runs up to the last one that proved the path, or at least did not find it broken."""
    most_in_a_row: int = 0
    looks: Looks | None = None
    """What the last runs come to together."""

    @property
    def flaky(self) -> bool:
        """The path comes and goes, whatever the last run said."""
        return self.looks is not None and self.looks.flaky

    @property
    def since(self) -> datetime | None:
        """Since when the target is in its state."""
        return self.state.since if self.state else None


class StateChange(Value, frozen=True, kw_only=True):
    """A target is said to be in another state, or to come and go, or to have stopped that."""

    before: State | None
    after: State
    report: Report
    """The run that made it so."""
    incident: Incident | None
    """The one that lasts now."""
    ended: Incident | None = None
    """The one that ended with this change."""
    looks: Looks | None = None
    """What the last runs come to together, where that is flaky or was before this run."""


class TargetWatch:
    """One target: takes its runs and keeps what the next one may use."""

    def __init__(self, name: str, turn: Turn, damping: Damping, sizes: Sizes, alias: str = "default") -> None:
        self.name = name
        self.alias = alias
        """A name that tells nothing of it."""
        self.turn = turn
        self.watch = Watch()
        self.history = History(sizes)
        self.counts = Counts()
        self.limits: tuple[AppLimit, ...] = ()
        """The app's own, where a start-up of it failed and told them."""
        self.kept: dict[CheckId, Kept] = {}
        self.limit = Options().timeout
        """Seconds that a run may take."""
        self.first_limit = FIRST_LIMIT
        """Seconds that the first run may take."""
        self._wide_at = float("-inf")
        self._vault: Vault | None = None
        self._of: tuple[Target | None, Options] | None = None
        self._damper = Damper(damping)
        self._looks: deque[Look] = deque(maxlen=WINDOW)

    @property
    def tally(self) -> Tally:
        """Counts so far."""
        return self.counts.tally

    @property
    def broken(self) -> bool:
        """Whether the last run did not prove the path."""
        return self.watch.report is not None and not proven(self.watch.report)

    def breadth(self, now: float) -> Breadth:
        """How much the next cycle evaluates."""
        holds = self.watch.report is not None and not self.broken
        return Breadth.NARROW if holds and now - self._wide_at < WIDE_EVERY else Breadth.WIDE

    def settle_into(self, env: Env) -> None:
        """Hand what earlier runs obtained to this one; forget all of it where the target or the options are others."""
        target, self.limit = env.resolution.target, env.options.timeout
        now_of = (_without_secrets(target), env.options)
        if now_of != self._of:
            self.kept, self._vault, self._of = {}, None, now_of
            self._looks.clear()
        if self._vault is not None:
            env.vault.adopt(self._vault)
        self._vault = env.vault

    def keep(self, results: Iterable[CheckResult], now: float, spread: float) -> None:
        """What a run that ended ``now`` found; ``spread`` makes lives differ, so that a fleet does not ask together."""
        for result in results:
            self.kept[result.check] = Kept(result=result, at=now, life=LIVES.get(result.check, 0.0) * spread)

    def take(self, report: Report, breadth: Breadth, now: float) -> StateChange | None:
        """A run ended; the change where the target is in another state after it."""
        before = self._damper.state
        changed = self._damper.changed_by(report)
        state, lasted, was_flaky = self._damper.state, self.history.incident, self.watch.flaky
        self.counts.take(report)
        self.counts.changes += changed and before is not None
        summary = self.history.take(report, breadth, well=state is not None and state.proven)
        if breadth is Breadth.WIDE:
            self._wide_at = now
        self._show(report, summary, now)
        turned = was_flaky != self.watch.flaky
        if not (changed or turned) or state is None:
            return None
        ended = self.history.incidents[0] if lasted and not self.history.incident else None
        return StateChange(
            before=before,
            after=state,
            report=report,
            incident=self.history.incident,
            ended=ended,
            looks=self.watch.looks if was_flaky or self.watch.flaky else None,
        )

    def _show(self, report: Report, summary: RunSummary, now: float) -> None:
        good = proven(report)
        self._looks.append(look_of(report))
        row = 0 if stance_of(report) is Stance.BROKEN else self.watch.unbroken_in_a_row + 1
        self.watch = Watch(
            report=report,
            summary=summary,
            reported_at=now,
            state=self._damper.state,
            last_success_at=report.started_at if good else self.watch.last_success_at,
            incident=self.history.incident,
            unbroken_in_a_row=row,
            most_in_a_row=max(row, self.watch.most_in_a_row),
            looks=summed(self._looks, WATCHED_CHANGES),
        )


def _without_secrets(target: Target | None) -> Target | None:
    """Secrets are not compared; and what earlier runs learned of an API does not depend on the app's password."""
    return replace(target, password=None, url=None) if target else None
