"""Listening TCP sockets that can stop answering, and start again, while the lab runs.

The kernel drops the SYN of a connection for which the accept queue has no room. A listener with a queue of one, filled
by ourselves and never emptied, is therefore a silent drop that needs no root and no firewall.
"""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from select import POLLIN, poll

from diagnostics.lab.spot import Spot

QUEUE = 128
"""Connections that may wait for accept; more than any test opens at once."""

FILL_ATTEMPTS = 8
"""Enough to fill a queue of one, whatever was waiting in it."""

FILL_SECONDS = 0.05
"""A connection within this machine that is not there by then was dropped."""

LINGER_SECONDS = 1.0
"""How long a peer may take to read our last words and hang up, too."""

END_SECONDS = 1.0
"""How long the threads of all connections may take to notice that their sockets are shut; they are daemons."""


_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER, on and without time."""


class Mode(StrEnum):
    """What a door does with those who come."""

    OPEN = "open"
    SILENT = "silent"
    CLOSED = "closed"


def hang_up(connection: socket.socket) -> None:
    """Close so that the peer gets what was sent last.

    A close with unread bytes makes the kernel send a reset, which overtakes the data (a TLS alert, an ErrorResponse)
    that is still on its way.
    """
    if connection.fileno() < 0:
        # Wrapped in TLS meanwhile, and hung up there.
        return
    deadline = time.monotonic() + LINGER_SECONDS
    with contextlib.suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            connection.setblocking(False)  # noqa: FBT003 - the socket module's signature
            with contextlib.suppress(ssl.SSLError):
                connection.unwrap()
        connection = socket.socket(fileno=connection.detach())
        connection.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                break
    connection.close()


def reset_at_close(connection: socket.socket) -> None:
    """Have the last close of the connection reset it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _resets(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET)) == _RESET


class Rooms:
    """A thread for each connection, and a way to end them all."""

    def __init__(self, serve: Callable[[socket.socket], None], name: str) -> None:
        """``serve`` need not close the connection."""
        self._serve = serve
        self._name = name
        self._guards: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    def admit(self, connection: socket.socket) -> None:
        """Serve it in a thread of its own."""
        if connection.family == socket.AF_INET:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # TLS takes the descriptor away from the socket object that it wraps; a duplicate still reaches the connection.
        guard = connection.dup()
        thread = threading.Thread(target=self._attend, args=(connection, guard), daemon=True, name=self._name)
        with self._lock:
            self._guards[thread] = guard
        thread.start()

    def _attend(self, connection: socket.socket, guard: socket.socket) -> None:
        try:
            # A client that hangs up in the middle of anything is everyday life of a server.
            with contextlib.suppress(OSError), connection:
                self._serve(connection)
        finally:
            with self._lock:
                self._guards.pop(threading.current_thread(), None)
            # A shutdown would say goodbye where a reset is wanted.
            if not _resets(guard):
                with contextlib.suppress(OSError):
                    guard.shutdown(socket.SHUT_RDWR)
            guard.close()

    def clear(self) -> None:
        """End every connection and wait for its thread."""
        with self._lock:
            guards = dict(self._guards)
        for guard in guards.values():
            with contextlib.suppress(OSError):
                guard.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + END_SECONDS
        for thread in guards:
            thread.join(max(0.0, deadline - time.monotonic()))


class Door:
    """One address and port, and what happens to connections there."""

    def __init__(
        self,
        spot: Spot,
        serve: Callable[[socket.socket], None],
        mode: Callable[[], Mode] = lambda: Mode.OPEN,
    ) -> None:
        """``serve`` runs in a thread for each connection and need not close it; ``mode`` is asked by ``settle``."""
        self.address = spot.address
        self.port = spot.port
        self._make = spot.make
        self._rooms = Rooms(serve, f"door-{spot.address}")
        self._wanted = mode
        self._mode = Mode.CLOSED
        self._listener: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self._acceptor: Acceptor | None = None

    def start(self) -> None:
        """Bind, so that the address is ours and a port 0 becomes a number; then behave as wanted."""
        self._bind()
        self.settle()

    def stop(self) -> None:
        """Close the door and every connection that came in by it."""
        self._shut()
        self._rooms.clear()

    def settle(self) -> None:
        """Behave as wanted now. Returns when new connections meet the new behaviour."""
        wanted = self._wanted()
        if wanted is self._mode:
            return
        self._rest()
        if wanted is Mode.CLOSED:
            self._shut()
        else:
            listener = self._listener or self._bind()
            if wanted is Mode.SILENT:
                self._fill(listener)
            else:
                listener.listen(QUEUE)
                self._acceptor = Acceptor(listener, self._rooms.admit)
        self._mode = wanted

    def _bind(self) -> socket.socket:
        listener = self._make(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.address, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        return listener

    def _fill(self, listener: socket.socket) -> None:
        listener.listen(0)
        for _ in range(FILL_ATTEMPTS):
            filler = self._make(socket.AF_INET, socket.SOCK_STREAM)
            self._fillers.append(filler)
            filler.settimeout(FILL_SECONDS)
            try:
                filler.connect((self.address, self.port))
            except TimeoutError:
                return
        raise RuntimeError(f"the accept queue of {self.address}:{self.port} does not fill up")

    def _rest(self) -> None:
        """Stop answering, keep the listener."""
        if self._acceptor is not None:
            self._acceptor.stop()
            self._acceptor = None
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()

    def _shut(self) -> None:
        self._rest()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._mode = Mode.CLOSED


class Acceptor:
    """A thread that accepts until it is told to stop, without closing the listener."""

    def __init__(self, listener: socket.socket, admit: Callable[[socket.socket], None]) -> None:
        self._listener = listener
        self._admit = admit
        self._stopped, self._stopper = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True, name="door-accept")
        self._thread.start()

    def _run(self) -> None:
        events = poll()
        events.register(self._listener, POLLIN)
        events.register(self._stopped, POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in events.poll()]
            if self._stopped.fileno() in ready:
                return
            # The client may have gone between the poll and the accept.
            with contextlib.suppress(ConnectionError):
                self._admit(self._listener.accept()[0])

    def stop(self) -> None:
        """Return when no more is accepted."""
        self._stopper.close()
        self._thread.join()
        self._stopped.close()
