"""A server that follows PostgreSQL's protocol up to a stage, and then sends random bytes, or says nothing."""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

LONGEST = 4096
"""Bytes of rubbish: more than any buffer that a client would fill before it looks at them."""

PATIENCE = 20.0
"""Seconds after which a connection that should have ended is given up."""

TLS_REQUEST = struct.pack("!ii", 8, 80877103)
TLS_ACCEPTED, TLS_REFUSED = b"S", b"N"
ASKS_CLEARTEXT = b"R" + struct.pack("!ii", 8, 3)
LOGGED_IN = b"R" + struct.pack("!ii", 8, 0) + b"Z" + struct.pack("!i", 5) + b"I"


class Stage(StrEnum):
    """Where the server stops following the protocol."""

    GREETING = "greeting"
    """At once, before it was asked anything."""
    TLS_REQUEST = "tls_request"
    HANDSHAKE = "handshake"
    STARTUP = "startup"
    PASSWORD = "password"
    QUERY = "query"


Answer = Callable[[], bytes]
"""What is sent at the stage: random bytes, an error message, or nothing."""


class Rude:
    """Listens on loopback; `accepted` is set when somebody has come to the stage."""

    def __init__(self, stage: Stage, answer: Answer, *, hold: bool) -> None:
        """`hold`: keep the connection open afterwards, until the client ends it."""
        self.stage = stage
        self.reached = threading.Event()
        self._answer = answer
        self._hold = hold
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # A thread that accepts is not woken by close alone.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)

    def variables(self, password: str = "Qz7-Vx9_Kp3.Wm5") -> dict[str, str]:
        return {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.port),
            "POSTGRES_USER": "api",
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": "orders",
        }

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._meet, args=(connection,), daemon=True).start()

    def _meet(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        try:
            with connection:
                if self._follow(connection):
                    self.reached.set()
                    connection.sendall(self._answer())
                    if self._hold:
                        while connection.recv(65536):
                            pass
        except OSError:
            # The client has seen enough, and hung up.
            pass

    def _follow(self, connection: socket.socket) -> bool:
        """Follow the protocol up to the stage; whether the client came as far."""
        if self.stage is Stage.GREETING:
            return True
        first = _message(connection)
        if first == TLS_REQUEST:
            if self.stage is Stage.TLS_REQUEST:
                return True
            connection.sendall(TLS_ACCEPTED if self.stage is Stage.HANDSHAKE else TLS_REFUSED)
            first = connection.recv(65536) if self.stage is Stage.HANDSHAKE else _message(connection)
        if not first or self.stage in (Stage.HANDSHAKE, Stage.STARTUP):
            return bool(first)
        connection.sendall(ASKS_CLEARTEXT)
        if not connection.recv(65536) or self.stage is Stage.PASSWORD:
            return self.stage is Stage.PASSWORD
        connection.sendall(LOGGED_IN)
        return bool(connection.recv(65536))


def _message(connection: socket.socket) -> bytes:
    """A message without a type: its length first."""
    head = connection.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        return b""
    (length,) = struct.unpack("!i", head)
    return head + connection.recv(max(0, min(length - 4, LONGEST)), socket.MSG_WAITALL)


def rubbish(seed: int) -> Answer:
    """Random bytes, the same ones for each connection."""

    def answer() -> bytes:
        dice = random.Random(seed)
        return dice.randbytes(dice.randint(1, LONGEST))

    return answer


def silence() -> bytes:
    return b""


@contextmanager
def rude(stage: Stage, answer: Answer = silence, *, hold: bool = False) -> Iterator[Rude]:
    server = Rude(stage, answer, hold=hold)
    try:
        yield server
    finally:
        server.close()
