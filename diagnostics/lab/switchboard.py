"""What is arranged now. Every part of the lab asks at each request or connection, so a switch acts at once."""

import threading
import time
from collections.abc import Callable, Iterable

from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.fault import Fault, Place
from diagnostics.lab.setup import Setup, find
from diagnostics.lab.world import World


class Switchboard:
    """The world, the app's setup and the faults that are on, asked and switched from any thread."""

    def __init__(self, world: World) -> None:
        """``world`` is the one without a fault."""
        self._lock = threading.RLock()
        self._plain = world
        self._setup = Setup()
        self._on: tuple[Fault, ...] = ()
        self._listeners: list[Callable[[], None]] = []
        self._command_began = time.monotonic()

    def command_begins(self) -> None:
        """What counts from the start of a command counts from now."""
        self._command_began = time.monotonic()

    @property
    def is_ready(self) -> bool:
        """Whether the instance's server has started by now."""
        return time.monotonic() - self._command_began >= self.world.ready_after

    def active(self, name: str) -> bool:
        """Whether this fault is on now."""
        wanted = find(name)
        return any(fault is wanted for fault in self._on)

    def any_active(self, *names: str) -> bool:
        """Whether one of these faults is on now."""
        return any(self.active(name) for name in names)

    def any_at(self, *places: Place) -> bool:
        """Whether a fault that sits at one of these places is on now."""
        return any(fault.place in places for fault in self._on)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is on, in the order it was switched on."""
        return self._on

    @property
    def setup(self) -> Setup:
        """How the app reaches the database."""
        return self._setup

    @property
    def plain_world(self) -> World:
        """The world without its faults."""
        return self._plain

    @property
    def world(self) -> World:
        """The world as the faults that are on make it."""
        world = self._plain
        for fault in self._on:
            world = fault.world(world)
        return world

    def deployment(self, healthy: Deployment, around: Surroundings) -> Deployment:
        """What the app is told while these faults are on."""
        return self.apply([fault.name for fault in self._on], healthy, around)

    @staticmethod
    def apply(names: Iterable[str], healthy: Deployment, around: Surroundings) -> Deployment:
        """What the app would be told if these faults were on."""
        for name in names:
            healthy = find(name).deployment(healthy, around)
        return healthy

    def on(self, name: str) -> None:
        """Switch one on; returns when every listener has acted."""
        with self._lock:
            self.replace([*(fault.name for fault in self._on if fault.name != name), name])

    def off(self, name: str) -> None:
        """Switch one off; returns when every listener has acted."""
        with self._lock:
            gone = find(name)
            self.replace([fault.name for fault in self._on if fault is not gone])

    def replace(self, names: Iterable[str], world: World | None = None, setup: Setup | None = None) -> None:
        """Have exactly these faults on, in this world; returns when every listener has acted."""
        with self._lock:
            wanted = tuple(find(name) for name in dict.fromkeys(names)), world or self._plain, setup or self._setup
            if wanted != (self._on, self._plain, self._setup):
                self._on, self._plain, self._setup = wanted
                for listener in self._listeners:
                    listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called after each change, in the thread that switches.

        For what cannot wait for the next connection: a listener that must vanish, a queue that must be full.
        """
        with self._lock:
            self._listeners.append(listener)
