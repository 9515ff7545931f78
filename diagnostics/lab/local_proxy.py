"""A proxy in a container beside the app's: it listens on the loopback address that the two share."""

import socket

from diagnostics.lab.deployment import POSTGRES_PORT
from diagnostics.lab.doors import Door, Mode, hang_up
from diagnostics.lab.pipe import pipe
from diagnostics.lab.plan import Plan
from diagnostics.lab.platform_end import CannotDialError, Platform
from diagnostics.lab.spot import Spot
from diagnostics.lab.switchboard import Switchboard

ADDRESS = "127.0.0.1"


class LocalProxy:
    """It runs where the app is told to use it. It dials as the platform's end of a socket does."""

    def __init__(self, plan: Plan, switchboard: Switchboard, platform: Platform) -> None:
        """Where the container has a network of its own the port is PostgreSQL's, else the kernel chooses one."""
        self._switchboard = switchboard
        self._platform = platform
        port = POSTGRES_PORT if plan.apis_have_names else 0
        self._door = Door(Spot(address=ADDRESS, port=port, make=plan.container), self._serve, self._mode)

    @property
    def port(self) -> int:
        """Where it listens, or would."""
        return self._door.port

    def start(self) -> None:
        """Listen, and follow the faults."""
        self._door.start()
        self._switchboard.listen(self._door.settle)

    def stop(self) -> None:
        """End it and every connection through it."""
        self._door.stop()

    def _mode(self) -> Mode:
        return Mode.OPEN if self._switchboard.any_active("proxy-beside", "proxy-not-connected") else Mode.CLOSED

    def _serve(self, connection: socket.socket) -> None:
        if self._switchboard.active("proxy-not-connected"):
            return
        try:
            server = self._platform.dial(self._switchboard.world.connection_name)
        except CannotDialError:
            return
        with server:
            pipe(connection, server)
        hang_up(connection)
