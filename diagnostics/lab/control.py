"""A running lab's ear: a unix socket on which another process switches faults and asks for the environment."""

import contextlib
import socket
from enum import StrEnum
from pathlib import Path
from typing import Self

import msgspec

from diagnostics.lab.doors import QUEUE, Acceptor, Rooms
from diagnostics.lab.lab import Lab
from diagnostics.lab.setup import RefusedArrangementError, Setup
from diagnostics.lab.workplace import workplaces
from diagnostics.lab.world import Value

VARIABLE = "CLOUDSQL_DIAG_LAB"
"""Names the socket in the environment."""

NAME = "control"
"""Of the socket, in the lab's directory."""

ANSWER_SECONDS = 30.0
"""Switching takes milliseconds; exhausting the server's connections on a loaded machine a second or two."""


class Action(StrEnum):
    """What can be asked."""

    ON = "on"
    OFF = "off"
    WORLD = "world"
    ENVIRONMENT = "environment"
    COMMAND = "command"


class Order(Value, frozen=True, kw_only=True):
    """One question, one JSON line."""

    action: Action
    fault: str = ""
    world: tuple[str, ...] = ()
    """``KEY=VALUE`` settings."""
    argv: tuple[str, ...] = ()
    """A command to be run in the lab."""
    directory: str = ""
    """Where it shall work."""


class Reply(Value, frozen=True, kw_only=True):
    """One answer, one JSON line."""

    error: str = ""
    """Why not; empty when done."""
    faults: tuple[str, ...] = ()
    """What is on now."""
    setup: Setup = Setup()
    """The app's."""
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    """What an app would be started with now."""
    argv: tuple[str, ...] = ()
    """The command as it must be started to be in the lab."""


class NoLabError(Exception):
    """Nothing answers at the control socket."""


class Control:
    """Serves orders for as long as the lab is up. A context manager."""

    def __init__(self, lab: Lab, setup: Setup) -> None:
        """``setup`` is the app's, for which environments are asked."""
        self._lab = lab
        self._setup = setup
        self.path = lab.directory / NAME
        self._rooms = Rooms(self._serve, "control")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._acceptor: Acceptor

    def __enter__(self) -> Self:
        # Anybody who knows the directory's random name may switch: it is a lab.
        self._listener.bind(str(self.path))
        self.path.chmod(0o666)
        self._listener.listen(QUEUE)
        self._acceptor = Acceptor(self._listener, self._rooms.admit)
        return self

    def __exit__(self, *exception: object) -> None:
        self._acceptor.stop()
        self._listener.close()
        self._rooms.clear()

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rwb") as stream:
            for line in stream:
                stream.write(msgspec.json.encode(self._obey(line)) + b"\n")
                stream.flush()

    def _obey(self, line: bytes) -> Reply:
        board = self._lab.switchboard
        argv: tuple[str, ...] = ()
        try:
            order = msgspec.json.decode(line, type=Order)
            match order.action:
                case Action.ON:
                    self._lab.setup_for([order.fault], self._setup.route, self._setup.login)
                    board.on(order.fault)
                case Action.OFF:
                    board.off(order.fault)
                case Action.WORLD:
                    self._lab.change(*order.world)
                case Action.COMMAND:
                    argv = self._lab.command(*order.argv, directory=Path(order.directory))
                case Action.ENVIRONMENT:
                    pass
        except (RefusedArrangementError, msgspec.MsgspecError) as error:
            return Reply(error=str(error))
        names = tuple(fault.name for fault in board.faults)
        environment = self._lab.environment(self._setup)
        return Reply(faults=names, setup=self._setup, environment=environment, argv=argv)


def running() -> tuple[Path, ...]:
    """The control sockets at which a lab of this machine listens."""
    return tuple(path for place in workplaces() if _listens(path := place / NAME))


def _listens(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def ask(path: Path, order: Order) -> Reply:
    """Put one question to a running lab, raising NoLabError."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(str(path))
            with connection.makefile("rwb") as stream:
                stream.write(msgspec.json.encode(order) + b"\n")
                stream.flush()
                return msgspec.json.decode(stream.readline(), type=Reply)
        except (OSError, msgspec.MsgspecError) as error:
            raise NoLabError(f"no lab answers at {path}") from error
