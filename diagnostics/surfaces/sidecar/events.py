"""Server-sent events: one after every run, one when the state of a target changes.

What a client missed while its connection was broken is sent again as far as it is remembered; otherwise it gets the
states that hold now, as a new client does. Nobody is waited for: a client that does not read is cut off and may come
again.
"""

import asyncio
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

import msgspec

from diagnostics.core.model import Value
from diagnostics.monitor import Incident, Monitor, State, StateChange, TargetWatch
from diagnostics.surfaces.sidecar.names import neutral_name, renamed_summary
from diagnostics.surfaces.sidecar.withhold import withheld_incident

CLIENTS = 16
"""Streams at once: some people and a few dashboards. Each is a connection that stays."""

REMEMBERED = 256
"""Events that a client may have missed: two hours of one target at the default interval, at some 400 bytes each."""

BEHIND = 64
"""Events that may wait for one client before it counts as gone."""

HEARTBEAT = 15.0
"""Seconds between two comments on a silent stream: proxies cut connections that are silent for 30 or 60."""

RETRY = 3000
"""Milliseconds after which a browser comes again."""

_NUMBER = re.compile("[0-9]{1,15}")
"""Of an event: more than would happen in the age of the universe."""


class Kind(StrEnum):
    """Names of events."""

    REPORT = "report"
    STATE = "state"
    GONE = "gone"


class StateEvent(Value, frozen=True, kw_only=True):
    """What is said of a target from now on; ``state`` is None before its first report."""

    target: str
    before: State | None = None
    state: State | None
    changes: int
    run_id: str | None
    incident: Incident | None


class GoneEvent(Value, frozen=True, kw_only=True):
    """A target that is no longer watched."""

    target: str


class _Names(NamedTuple):
    real: str
    neutral: str


class Event(Value, frozen=True, kw_only=True):
    """One event. ``shown`` is for callers on loopback, ``withheld`` for others."""

    number: int
    kind: Kind
    names: _Names
    shown: bytes
    withheld: bytes

    def is_of(self, target: str | None, *, details: bool) -> bool:
        """Whether it is of the target that a caller names so; None names all."""
        return target is None or target == (self.names.real if details else self.names.neutral)


class Events:
    """Listens to the monitor and tells every client."""

    def __init__(self) -> None:
        self._start = secrets.token_hex(4)
        """Ids of an earlier process mean nothing here."""
        self._number = 0
        self._past: deque[Event] = deque(maxlen=REMEMBERED)
        self._clients: set[asyncio.Queue[Event | None]] = set()

    @property
    def clients(self) -> int:
        """Streams that are open, as far as is known: that one was closed shows when it is written to."""
        return len(self._clients)

    @property
    def full(self) -> bool:
        """Whether no further client can be told."""
        return self.clients >= CLIENTS

    def reported(self, target: TargetWatch) -> None:
        """Part of Listener."""
        if target.watch.summary is not None:
            neutral = neutral_name(target)
            hidden = msgspec.json.encode(renamed_summary(target.watch.summary, neutral))
            self._tell(Kind.REPORT, _Names(target.name, neutral), msgspec.json.encode(target.watch.summary), hidden)

    def changed(self, target: TargetWatch, change: StateChange) -> None:
        """Part of Listener."""
        neutral = neutral_name(target)
        self._tell(Kind.STATE, _Names(target.name, neutral), *_both(_state_of(target, change.before), neutral))

    def gone(self, target: TargetWatch) -> None:
        """Part of Listener."""
        names = _Names(target.name, neutral_name(target))
        shown, hidden = (msgspec.json.encode(GoneEvent(target=name)) for name in names)
        self._tell(Kind.GONE, names, shown, hidden)

    def crashed(self, name: str, error: Exception) -> None:
        """Part of Listener: nothing that a client could use."""

    def close(self) -> None:
        """End every stream."""
        for queue in tuple(self._clients):
            _end(queue)

    @contextmanager
    def client(self) -> Iterator["asyncio.Queue[Event | None]"]:
        """What happens from now on; None is the end."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(BEHIND)
        self._clients.add(queue)
        try:
            yield queue
        finally:
            self._clients.discard(queue)

    def missed(self, last: str, monitor: Monitor | None) -> Iterator[Event]:
        """What came after the event with this id; the states that hold now where that is not known."""
        start, _, number = last.partition("-")
        known = start == self._start and _NUMBER.fullmatch(number) is not None
        oldest = self._past[0].number if self._past else self._number + 1
        if known and oldest <= int(number) + 1 <= self._number + 1:
            yield from (event for event in self._past if event.number > int(number))
            return
        for target in monitor.targets if monitor else ():
            names = _Names(target.name, neutral_name(target))
            shown, withheld = _both(_state_of(target), names.neutral)
            yield Event(number=self._number, kind=Kind.STATE, names=names, shown=shown, withheld=withheld)

    def text(self, event: Event, *, details: bool) -> bytes:
        """The event on the wire."""
        data = event.shown if details else event.withheld
        return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
            self._start.encode(),
            event.number,
            event.kind.value.encode(),
            data,
        )

    def _tell(self, kind: Kind, names: _Names, shown: bytes, withheld: bytes) -> None:
        self._number += 1
        event = Event(number=self._number, kind=kind, names=names, shown=shown, withheld=withheld)
        self._past.append(event)
        for queue in tuple(self._clients):
            if queue.full():
                _end(queue)
            else:
                queue.put_nowait(event)


async def until_silent(queue: "asyncio.Queue[Event | None]") -> AsyncIterator[Event | None]:
    """Events as they come; None where the stream was silent for a heartbeat. Ends when the client is cut off."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                event = await queue.get()
        except TimeoutError:
            yield None
            continue
        if event is None:
            return
        yield event


def _end(queue: "asyncio.Queue[Event | None]") -> None:
    """Whatever waits is dropped: the client comes again, and asks for what it missed."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _state_of(target: TargetWatch, before: State | None = None) -> StateEvent:
    watch = target.watch
    return StateEvent(
        target=target.name,
        before=before,
        state=watch.state,
        changes=target.tally.changes,
        run_id=watch.summary.run_id if watch.summary else None,
        incident=watch.incident,
    )


def _both(event: StateEvent, neutral: str) -> tuple[bytes, bytes]:
    """The event for callers on loopback, and for others, who know the target by a neutral name."""
    incident = withheld_incident(event.incident, neutral) if event.incident else None
    hidden = msgspec.structs.replace(event, target=neutral, incident=incident)
    return msgspec.json.encode(event), msgspec.json.encode(hidden)
