"""The directory of unix sockets that Cloud Run mounts."""

import shutil
import socket
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path

from diagnostics.lab.deployment import POSTGRES_PORT
from diagnostics.lab.doors import QUEUE, Acceptor, Rooms, hang_up
from diagnostics.lab.pipe import pipe
from diagnostics.lab.platform_end import CannotDialError, Platform
from diagnostics.lab.switchboard import Switchboard

SOCKET_NAME = f".s.PGSQL.{POSTGRES_PORT}"
"""The file below the instance's directory; libpq and asyncpg append it by themselves."""


class Condition(StrEnum):
    """In which state a socket is."""

    OPEN = "open"
    STALE = "stale"
    """The file is there, nobody listens."""
    FORBIDDEN = "forbidden"
    """The app's user may neither look nor connect."""


class _Mount:
    """One instance's directory with its socket."""

    def __init__(self, directory: Path, condition: Condition, serve: Callable[[socket.socket], None]) -> None:
        self.condition = condition
        self._directory = directory
        directory.mkdir()
        path = directory / SOCKET_NAME
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        # Cloud Run's sockets are open to any user of the container.
        path.chmod(0o777 if condition is not Condition.FORBIDDEN else 0o000)
        self._listener.listen(QUEUE)
        self._rooms = Rooms(serve, f"socket-{directory.name}")
        self._acceptor = Acceptor(self._listener, self._rooms.admit)
        if condition is Condition.STALE:
            self._silence()
        if condition is Condition.FORBIDDEN:
            directory.chmod(0o000)

    def _silence(self) -> None:
        self._acceptor.stop()
        self._listener.close()

    def remove(self) -> None:
        if self.condition is not Condition.STALE:
            self._silence()
        self._rooms.clear()
        self._directory.chmod(0o755)
        shutil.rmtree(self._directory)


def attached(switchboard: Switchboard) -> frozenset[str]:
    """The instances that the revision names, right or wrong."""
    world = switchboard.world
    if switchboard.active("instance-not-attached"):
        return frozenset()
    if switchboard.active("wrong-instance-attached"):
        return frozenset({world.other_connection_name})
    if switchboard.active("wrong-region"):
        return frozenset({world.misplaced_connection_name})
    return frozenset({world.connection_name})


class Sockets:
    """The directory; which instances are in it follows the faults."""

    def __init__(self, directory: Path, switchboard: Switchboard, platform: Platform) -> None:
        """``directory`` must exist; its path is part of every socket's, which may have 107 bytes."""
        self._directory = directory
        self._switchboard = switchboard
        self._platform = platform
        self._mounts: dict[str, _Mount] = {}

    def start(self) -> None:
        """Mount what is attached."""
        self._settle()
        self._switchboard.listen(self._settle)

    def stop(self) -> None:
        """Unmount everything and end all connections."""
        for mount in self._mounts.values():
            mount.remove()
        self._mounts.clear()

    def _settle(self) -> None:
        wanted, condition = attached(self._switchboard), self._condition()
        for name, mount in list(self._mounts.items()):
            if name not in wanted or mount.condition is not condition:
                self._mounts.pop(name).remove()
        for name in wanted - self._mounts.keys():
            self._mounts[name] = _Mount(self._directory / name, condition, partial(self._serve, name))

    def _condition(self) -> Condition:
        if self._switchboard.active("socket-stale"):
            return Condition.STALE
        forbidden = self._switchboard.active("socket-permission-denied")
        return Condition.FORBIDDEN if forbidden else Condition.OPEN

    def _serve(self, name: str, connection: socket.socket) -> None:
        try:
            server = self._platform.dial(name)
        except CannotDialError:
            return
        with server:
            pipe(connection, server)
        hang_up(connection)
