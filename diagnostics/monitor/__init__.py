"""The sidecar's loop, and what is known between two runs.

In the order a run goes through them: ``loop`` (when, and of which targets), ``turn`` (the clock of one), ``cycle`` (one
run), ``schedule`` (what is due), ``common`` (what one target's run finds for all), ``target`` (what is known of one),
``state`` (when a change counts), ``history`` with ``incident`` and ``difference`` (what is remembered), ``tally`` (what
is counted). ``source`` and ``listener`` are what others hand in.
"""

from diagnostics.monitor.difference import AnyDifference
from diagnostics.monitor.incident import Incident
from diagnostics.monitor.listener import Listener
from diagnostics.monitor.loop import Monitor, Pace
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.source import Reading, Source
from diagnostics.monitor.state import State, proven
from diagnostics.monitor.summary import RunSummary
from diagnostics.monitor.tally import BUCKETS, Tally
from diagnostics.monitor.target import StateChange, TargetWatch, Watch
from diagnostics.monitor.turn import Asked, TooSoon

__all__ = [
    "BUCKETS",
    "AnyDifference",
    "Asked",
    "Breadth",
    "Incident",
    "Listener",
    "Monitor",
    "Pace",
    "Reading",
    "RunSummary",
    "Source",
    "State",
    "StateChange",
    "Tally",
    "TargetWatch",
    "TooSoon",
    "Watch",
    "proven",
]
