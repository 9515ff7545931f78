"""Doors: open, silent and closed, switched while they run."""

import socket
import threading
from collections.abc import Iterator

import pytest

from diagnostics.lab.doors import Door, Mode, hang_up
from diagnostics.lab.spot import Spot

SILENCE = 0.3
"""Seconds without an answer within one machine: dropped."""

HOST = "127.0.0.1"


class Echo:
    """A door that says what it hears, in the mode that the test sets."""

    def __init__(self) -> None:
        self.mode = Mode.OPEN
        self.door = Door(Spot(address=HOST), self.serve, lambda: self.mode)
        self.ended = threading.Event()
        self.door.start()

    def serve(self, connection: socket.socket) -> None:
        while data := connection.recv(100):
            connection.sendall(data)
        self.ended.set()

    def switch(self, mode: Mode) -> None:
        self.mode = mode
        self.door.settle()

    def ask(self, timeout: float = 5.0) -> bytes:
        with socket.create_connection((HOST, self.door.port), timeout=timeout) as connection:
            connection.sendall(b"hello")
            return connection.recv(100)


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.door.stop()


def test_an_open_door_serves(echo: Echo) -> None:
    assert echo.ask() == b"hello"


def test_a_silent_door_drops_the_first_packet(echo: Echo) -> None:
    """Not refused, not accepted and silent: the connection itself never comes about."""
    echo.switch(Mode.SILENT)
    with pytest.raises(TimeoutError):
        socket.create_connection((HOST, echo.door.port), timeout=SILENCE)


def test_a_closed_door_refuses(echo: Echo) -> None:
    echo.switch(Mode.CLOSED)
    with pytest.raises(ConnectionRefusedError):
        echo.ask()


@pytest.mark.parametrize("mode", [Mode.SILENT, Mode.CLOSED])
def test_a_door_opens_again_at_the_same_port(echo: Echo, mode: Mode) -> None:
    port = echo.door.port
    for _ in range(3):
        echo.switch(mode)
        echo.switch(Mode.OPEN)
        assert echo.ask() == b"hello"
    assert echo.door.port == port


def test_a_client_that_waits_outside_is_served_once_the_door_opens(echo: Echo) -> None:
    """Its SYN is repeated after a second: what an app with a long timeout sees when a firewall is opened."""
    echo.switch(Mode.SILENT)
    answers: list[bytes] = []
    client = threading.Thread(target=lambda: answers.append(echo.ask()))
    client.start()
    client.join(SILENCE)
    echo.switch(Mode.OPEN)
    client.join(10)
    assert answers == [b"hello"]


def test_stopping_ends_connections(echo: Echo) -> None:
    with socket.create_connection((HOST, echo.door.port), timeout=5) as connection:
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        echo.door.stop()
        assert connection.recv(100) == b""
    assert echo.ended.wait(5)


def test_last_words_are_not_overtaken_by_a_reset() -> None:
    """Closing with unread bytes resets the connection, and a reset throws away what the peer has not read yet."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"last words")
        hang_up(connection)

    door = Door(Spot(address=HOST), serve)
    door.start()
    try:
        with socket.create_connection((HOST, door.port), timeout=5) as connection:
            connection.sendall(b"x" * 10_000)
            assert connection.recv(100) == b"last words"
    finally:
        door.stop()
