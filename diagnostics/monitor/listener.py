"""Who wants to hear of runs and changes: the log, the event stream."""

from typing import Protocol

from diagnostics.monitor.target import StateChange, TargetWatch


class Listener(Protocol):
    """Told of what happens, in the event loop; must not wait."""

    def reported(self, target: TargetWatch) -> None:
        """A run ended, and its report is the last one."""

    def changed(self, target: TargetWatch, change: StateChange) -> None:
        """A target is said to be in another state."""

    def gone(self, target: TargetWatch) -> None:
        """A target is no longer watched."""

    def crashed(self, name: str, error: Exception) -> None:
        """A run ended through a fault of ours. Show the type only: the text may hold what must not be shown."""
