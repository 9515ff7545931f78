"""Real listeners on loopback, one named for each fault. Blocking sockets in threads: asyncio's TLS loses alerts."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from diagnostics.ports import Endpoint
from tests.adapters.authority import Identity

PATIENCE = 5.0
"""Seconds until a blocked server thread gives up, far over what any test takes."""

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(serve: Serve, address: str = "127.0.0.1") -> Iterator[Endpoint]:
    """A TCP listener that hands each connection to ``serve`` and closes it afterwards."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind((address, 0))
    with _serving(listener, serve):
        yield Endpoint(address=address, port=listener.getsockname()[1])


@contextlib.contextmanager
def listening_at(path: Path, serve: Serve) -> Iterator[Endpoint]:
    """A unix socket listener."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    with _serving(listener, serve):
        yield Endpoint(address=str(path))


@contextlib.contextmanager
def _serving(listener: socket.socket, serve: Serve) -> Iterator[None]:
    listener.listen(8)
    stop = threading.Event()
    thread = threading.Thread(target=_accept, args=(listener, serve, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        # shutdown wakes a thread that is blocked in accept; close alone does not.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
        listener.close()
        assert not thread.is_alive(), "a server thread outlived its test"


def _accept(listener: socket.socket, serve: Serve, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.settimeout(PATIENCE)
        # A peer that leaves is how most of these tests end.
        with contextlib.suppress(OSError), connection:
            serve(connection)


@contextlib.contextmanager
def refused() -> Iterator[Endpoint]:
    """A port that is bound and nobody listens on, so that no other process takes it meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield Endpoint(address="127.0.0.1", port=holder.getsockname()[1])


@contextlib.contextmanager
def deaf() -> Iterator[Endpoint]:
    """A listener whose accept queue is full: Linux drops further SYNs, as a firewall does."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(listener.getsockname())
        yield Endpoint(address="127.0.0.1", port=listener.getsockname()[1])


@contextlib.contextmanager
def deaf_at(path: Path) -> Iterator[Endpoint]:
    """A unix socket whose queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket(socket.AF_UNIX))
            filler.settimeout(0)
            filler.connect_ex(str(path))
        yield Endpoint(address=str(path))


def echo(connection: socket.socket) -> None:
    while data := connection.recv(4096):
        connection.sendall(data)


def read_until_end(connection: socket.socket) -> None:
    """Accepts, then says nothing."""
    while connection.recv(4096):
        pass


def close_at_once(connection: socket.socket) -> None:
    """Accepts, then closes."""


def close_after_first(connection: socket.socket) -> None:
    connection.recv(4096)


def reset_after_first(connection: socket.socket) -> None:
    connection.recv(4096)
    reset(connection)


def reset(connection: socket.socket) -> None:
    """SO_LINGER with 0 seconds makes close send RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_closed(connection: socket.socket) -> None:
    """Closes its sending side, and goes on reading."""
    connection.shutdown(socket.SHUT_WR)
    read_until_end(connection)


def saying(text: bytes) -> Serve:
    """Answers anything with a fixed text, then closes."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(text)

    return serve


def last_word_then_reset(text: bytes) -> Serve:
    """Says something and leaves with a reset, before it reads what the client has to say."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(text)
        reset(connection)

    return serve


def tls(
    identity: Identity,
    directory: Path,
    serve: Serve = echo,
    *,
    client_ca: str = "",
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> Serve:
    """A TLS server; with ``client_ca`` it demands a client certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = oldest, newest
    context.load_cert_chain(identity.file(directory))
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_ca)

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as secured:
            serve(secured)

    return speak
