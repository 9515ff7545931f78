"""What is said of a target, and when it is said to have changed.

The last report is always shown as it is. What a log line, an alert or a person waiting at a gate should hear of is a
change that stays: a state counts as changed when N of the last M runs said so. The first run is believed at once.
"""

from collections import deque
from datetime import datetime

from diagnostics.core.exit_codes import HEALTHY, WARNED
from diagnostics.core.model import Damping, Status, Value
from diagnostics.core.report import Report


class State(Value, frozen=True, kw_only=True):
    """Status and causes in their order, and since when."""

    status: Status
    causes: tuple[str, ...]
    since: datetime
    """Start of the first of the runs that said so."""
    proven: bool
    """Whether the path is proven as deep as it was asked to be."""

    def same_as(self, other: "State") -> bool:
        """Whether the two say the same, whenever that began."""
        return (self.status, self.causes) == (other.status, other.causes)


def proven(report: Report) -> bool:
    """Whether the run proved the path as deep as it was asked to, be it with warnings."""
    return report.exit_code in (HEALTHY, WARNED)


def state_of(report: Report) -> State:
    """What one run says."""
    causes = tuple(diagnosis.cause for diagnosis in report.diagnoses)
    return State(status=report.status, causes=causes, since=report.started_at, proven=proven(report))


class Damper:
    """Listens to every run and changes its mind only when enough of them agree."""

    def __init__(self, damping: Damping) -> None:
        self._need = damping.need
        self._said: deque[State] = deque(maxlen=damping.of)
        self.state: State | None = None

    def changed_by(self, report: Report) -> bool:
        """Whether this run made the state another one."""
        said = state_of(report)
        self._said.append(said)
        if self.state is not None and self.state.same_as(said):
            return False
        alike = [each for each in self._said if each.same_as(said)]
        if self.state is not None and len(alike) < self._need:
            return False
        self.state = alike[0]
        return True
