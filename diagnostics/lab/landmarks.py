"""Addresses that the agent tries in order to learn what of the network it can reach; nothing is served there."""

from collections.abc import Iterable
from functools import partial

from diagnostics.lab.doors import Door, Mode
from diagnostics.lab.plan import Landmark
from diagnostics.lab.strangers import silent
from diagnostics.lab.switchboard import Switchboard


class Landmarks:
    """The landmarks of a plan, each with a door."""

    def __init__(self, landmarks: Iterable[Landmark], switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._doors = [(each, Door(each.spot, silent, partial(self._mode, each))) for each in landmarks]

    def start(self) -> None:
        """Open the doors, and keep them as the switchboard wants."""
        for _, door in self._doors:
            door.start()
        self._switchboard.listen(self._settle)

    def stop(self) -> None:
        """Close the doors."""
        for _, door in self._doors:
            door.stop()

    def environment(self) -> dict[str, str]:
        """How the agent is told of those that it cannot know."""
        return {each.variable: f"{door.address}:{door.port}" for each, door in self._doors if each.variable}

    def _settle(self) -> None:
        for _, door in self._doors:
            door.settle()

    def _mode(self, landmark: Landmark) -> Mode:
        cut_off = landmark.beyond_nat and self._switchboard.active("all-traffic-without-nat")
        return Mode.SILENT if landmark.silent or cut_off else Mode.OPEN
