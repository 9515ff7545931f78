"""What the JSON API answers beside the report itself. Changes are additive only."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from diagnostics.core.looks import Looks
from diagnostics.core.model import Value
from diagnostics.core.report import AppLimit
from diagnostics.monitor import Incident, RunSummary, State, TargetWatch
from diagnostics.surfaces.sidecar.names import neutral_name, renamed_summary
from diagnostics.surfaces.sidecar.withhold import withheld_incident


class TargetView(Value, frozen=True, kw_only=True):
    """One target: what is said of it, its last run, and what is remembered."""

    name: str
    state: State | None
    """None before the first report."""
    changes: int
    """Of the state, since the agent started."""
    last_success_at: datetime | None
    running: bool
    """Whether a cycle goes on or is due."""
    pause_seconds: float
    """Planned between the end of one cycle and the begin of the next."""
    limit_seconds: float
    """That a run may take at most."""
    last_run: RunSummary | None
    runs: tuple[RunSummary, ...]
    """The newest first: the last ones, those that failed longer, the first of each incident as long as the incident."""
    incidents: tuple[Incident, ...]
    """The newest first."""
    looks: Looks | None = None
    """What the last runs come to together; ``flaky`` is said here, whatever the state of the moment."""


class Reports(Value, frozen=True, kw_only=True):
    """Every target, in the order of the settings."""

    withheld: bool
    """Whether hosts, users, addresses and messages are left out."""
    targets: tuple[TargetView, ...]


class Accepted(Value, frozen=True, kw_only=True):
    """The run that was asked for goes on; its report is the last one when it has ended."""

    target: str
    running: bool = True


MOST_LIMITS = 20
"""A start-up has a dozen."""
_LIMIT_NAME = "^[A-Za-z/][A-Za-z0-9_ ./-]{0,39}$"
"""What may be shown wherever a report is: a name, and nothing that could hold a secret."""

LimitName = Annotated[str, Meta(pattern=_LIMIT_NAME)]
Seconds = Annotated[float, Meta(ge=0, le=86400)]


class Limit(Value, frozen=True, kw_only=True):
    """One of the app's own limits. Seconds, a day at most."""

    name: LimitName
    seconds: Seconds | None = None
    elapsed: Seconds | None = None
    fired: bool = False
    source: Annotated[str, Meta(pattern=_LIMIT_NAME)] | None = None


class Limits(Value, frozen=True, kw_only=True):
    """Those of one start-up."""

    limits: Annotated[tuple[Limit, ...], Meta(max_length=MOST_LIMITS)]


def app_limits(given: Limits) -> tuple[AppLimit, ...]:
    """As a report has them."""
    return tuple(
        AppLimit(name=each.name, seconds=each.seconds, elapsed=each.elapsed, fired=each.fired, source=each.source or "")
        for each in given.limits
    )


def target_view(target: TargetWatch) -> TargetView:
    """Everything that lists show of a target."""
    watch = target.watch
    return TargetView(
        name=target.name,
        state=watch.state,
        changes=target.tally.changes,
        last_success_at=watch.last_success_at,
        running=target.turn.busy,
        pause_seconds=target.turn.pause,
        limit_seconds=target.limit,
        last_run=watch.summary,
        runs=target.history.runs,
        incidents=target.history.incidents,
        looks=watch.looks,
    )


def withheld_view(target: TargetWatch) -> TargetView:
    """The same for a caller from elsewhere."""
    view, name = target_view(target), neutral_name(target)
    return replace(
        view,
        name=name,
        last_run=renamed_summary(view.last_run, name) if view.last_run else None,
        runs=tuple(renamed_summary(run, name) for run in view.runs),
        incidents=tuple(withheld_incident(incident, name) for incident in view.incidents),
    )
