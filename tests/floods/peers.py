"""Peers that send as fast as they can, each in one way: a program of its own, so that its work is not taken for ours.

``python -m tests.floods.peers`` prints one line of JSON, the port of each flood, and serves until its input ends.
"""

import contextlib
import gzip
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

SSL_REQUEST = bytes.fromhex("0000000804d2162f")

Serve = Callable[[socket.socket], None]


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


OK = message(b"R", struct.pack("!I", 0))
READY = message(b"Z", b"I")
PARAMETER = message(b"S", b"application_name\0cloudsql-diag\0")
NOTICE = message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mnothing\0\0")
CLAIM = 1_000_000_000
"""Bytes that a message says it has."""

LOUD = 64 * 1024
"""Bytes of one write."""


def endless(connection: socket.socket, piece: bytes) -> None:
    block = piece * max(1, LOUD // len(piece))
    while True:
        connection.sendall(block)


def in_tls(piece: bytes) -> Serve:
    """The answer to SSLRequest is yes, and that to the client's hello is this."""

    def serve(connection: socket.socket) -> None:
        assert connection.recv(len(SSL_REQUEST)) == SSL_REQUEST
        connection.sendall(b"S")
        connection.recv(65536)
        endless(connection, piece)

    return serve


def after(greeting: bytes, piece: bytes, claim: bytes = b"") -> Serve:
    """PostgreSQL in plain text up to here: the startup message is answered with this, and a query with more."""

    def serve(connection: socket.socket) -> None:
        if connection.recv(4096)[:8] == SSL_REQUEST:
            connection.sendall(b"N")
            connection.recv(4096)
        connection.sendall(greeting)
        if greeting.endswith(READY):
            connection.recv(4096)
        connection.sendall(claim)
        endless(connection, piece)

    return serve


def http(head: bytes, piece: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        endless(connection, piece)

    return serve


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMetadata-Flavor: Google\r\n"

BY_TCP: dict[str, Serve] = {
    "tls hello requests": in_tls(record(22, b"\0\0\0\0")),
    "tls change cipher specs": in_tls(record(20, b"\1")),
    "tls warnings": in_tls(record(21, b"\1\x5a")),
    "tls empty records": in_tls(record(22, b"")),
    "tls large hello": in_tls(record(22, b"\x02\xff\xff\xff" + b"\0" * 16000)),
    "tls noise": in_tls(b"\0"),
    "tls client hellos": in_tls(record(22, b"\1\0\0\1\0")),
    "startup negotiations": after(b"", message(b"v", struct.pack("!II", 3, 0))),
    "startup error": after(b"", b"x", b"E" + struct.pack("!I", CLAIM)),
    "auth notices": after(OK, NOTICE),
    "auth parameters": after(OK, PARAMETER),
    "auth large parameter": after(OK, b"x", b"S" + struct.pack("!I", CLAIM)),
    "auth error": after(OK, b"x", b"E" + struct.pack("!I", CLAIM)),
    "auth unknown messages": after(OK, message(b"A", b"x")),
    "query rows": after(OK + READY, message(b"D", struct.pack("!HI", 1, 1) + b"1")),
    "query columns": after(OK + READY, message(b"T", struct.pack("!H", 0))),
    "query notices": after(OK + READY, NOTICE),
    "query large row": after(OK + READY, b"x", b"D" + struct.pack("!I", CLAIM)),
    "http body": http(ANSWER + b"\r\n", b"x"),
    "http chunks": http(ANSWER + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "http chunk extension": http(ANSWER + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "http trailers": http(ANSWER + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"),
    "http headers": http(ANSWER, b"x: y\r\n"),
    "http long header": http(ANSWER + b"x: ", b"y"),
    "http continues": http(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "http status line": http(b"HTTP/1.1 200 ", b"x"),
    "http zipped": http(ANSWER + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 64 * 1024 * 1024, 9), b"\0"),
}


def hello_requests(connection: socket.socket) -> None:
    """TLS from the first byte, as at port 3307 and for https."""
    connection.recv(65536)
    endless(connection, record(22, b"\0\0\0\0"))


BY_TCP["https hello requests"] = hello_requests


def dns_noise(sock: socket.socket, question: bytes, sender: tuple[str, int]) -> None:
    """Answers with another id, which has to be guessed."""
    header = bytes([question[0] ^ 0xFF]) + question[1:2] + b"\x81\x80" + question[4:]
    for _ in range(DATAGRAMS):
        sock.sendto(header, sender)


def dns_large(sock: socket.socket, question: bytes, sender: tuple[str, int]) -> None:
    """As large as a datagram can be, full of records, for another question."""
    header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 3800, 0, 0) + b"\1x\0\0\1\0\1"
    for _ in range(DATAGRAMS // 20):
        sock.sendto(header + RECORD * 3800, sender)


def dns_other_question(sock: socket.socket, question: bytes, sender: tuple[str, int]) -> None:
    header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 250, 0, 0) + b"\1x\0\0\1\0\1"
    for _ in range(DATAGRAMS):
        sock.sendto(header + RECORD * 250, sender)


def dns_many(sock: socket.socket, question: bytes, sender: tuple[str, int]) -> None:
    """Cut short, so that the whole is asked for by TCP."""
    sock.sendto(question[:2] + b"\x83\x80" + question[4:], sender)


RECORD = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1"
DATAGRAMS = 200_000
"""More than a machine sends while a look-up may last."""

BY_UDP: dict[str, Callable[[socket.socket, bytes, tuple[str, int]], None]] = {
    "dns wrong ids": dns_noise,
    "dns large": dns_large,
    "dns other question": dns_other_question,
    "dns many addresses": dns_many,
}


def dns_by_tcp(connection: socket.socket) -> None:
    """1,000 addresses, all in one answer."""
    question = connection.recv(4096)[2:]
    addresses = b"".join(
        b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a" + struct.pack("!I", number)[1:] for number in range(1000)
    )
    answer = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1000, 0, 0) + question[12:] + addresses
    connection.sendall(len(answer).to_bytes(2, "big") + answer)


def _accept(listener: socket.socket, serve: Serve) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, serve), daemon=True).start()


def _serve(connection: socket.socket, serve: Serve) -> None:
    with contextlib.suppress(OSError, AssertionError), connection:
        serve(connection)


def _datagrams(sock: socket.socket, serve: Callable[[socket.socket, bytes, tuple[str, int]], None]) -> None:
    while True:
        with contextlib.suppress(OSError):
            question, sender = sock.recvfrom(4096)
            serve(sock, question, sender)


def _listen(serve: Serve) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
    return listener


def main() -> None:
    ports = {name: _listen(serve).getsockname()[1] for name, serve in BY_TCP.items()}
    for name, answer in BY_UDP.items():
        listener = _listen(dns_by_tcp)
        ports[name] = listener.getsockname()[1]
        datagrams = socket.socket(type=socket.SOCK_DGRAM)
        datagrams.bind(listener.getsockname())
        threading.Thread(target=_datagrams, args=(datagrams, answer), daemon=True).start()
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


@contextlib.contextmanager
def running() -> Iterator[dict[str, int]]:
    """The program while it runs: name of the flood to port on 127.0.0.1."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.floods.peers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main()
