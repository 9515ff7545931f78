"""Addresses that the agent tries in order to learn what of the network it can reach; nothing is served there."""

from diagnostics.lab.deployment import CONNECTOR_PORT, POSTGRES_PORT
from diagnostics.lab.doors import Door, Mode
from diagnostics.lab.strangers import silent
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.world import Addresses


class Landmarks:
    """A neutral public host, a neutral private one, Google's public and private addresses, and a stale one."""

    def __init__(self, addresses: Addresses, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._public = Door(addresses.control_public, 0, silent, self._beyond_nat)
        self._private = Door(addresses.control_private, 0, silent)
        self._google = Door(addresses.google_vip, 0, silent, self._beyond_nat)
        self._private_google = Door(addresses.private_vip, 0, silent, self._beyond_nat)
        self._stale = [
            Door(addresses.stale, port, silent, lambda: Mode.SILENT) for port in (POSTGRES_PORT, CONNECTOR_PORT)
        ]
        self._doors = (self._public, self._private, self._google, self._private_google, *self._stale)

    def start(self) -> None:
        """Open the doors, and keep them as the switchboard wants."""
        for door in self._doors:
            door.start()
        self._switchboard.listen(self._settle)

    def stop(self) -> None:
        """Close the doors."""
        for door in self._doors:
            door.stop()

    def environment(self) -> dict[str, str]:
        """How the agent is told; without it, it would try the real addresses."""
        named = {
            "CLOUDSQL_DIAG_CONTROL_PUBLIC": self._public,
            "CLOUDSQL_DIAG_CONTROL_PRIVATE": self._private,
            "CLOUDSQL_DIAG_GOOGLE_VIP": self._google,
            "CLOUDSQL_DIAG_PRIVATE_VIP": self._private_google,
        }
        return {name: f"{door.address}:{door.port}" for name, door in named.items()}

    def _settle(self) -> None:
        for door in self._doors:
            door.settle()

    def _beyond_nat(self) -> Mode:
        return Mode.SILENT if self._switchboard.active("all-traffic-without-nat") else Mode.OPEN
