"""PostgreSQL for whoever calls itself cloudsql-diag, and for drivers something that no login survives, one port a way.

``python -m benchmarks.hostile_server`` prints one line of JSON, from the name of each way to its port on 127.0.0.1, and
serves until its input ends. A process of its own, so that its work is not taken for ours.
"""

import base64
import contextlib
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
OURS = b"application_name\0cloudsql-diag\0"

CLAIM = 1_000_000_000
"""Bytes that a message says it has."""
LONG = 60_000_000
"""Bytes of an error's text."""
LOUD = 256 * 1024
"""Bytes of one write."""

Serve = Callable[[socket.socket], None]


def message(kind: bytes, body: bytes) -> bytes:
    """One message of the server."""
    return kind + struct.pack("!I", len(body) + 4) + body


def _claim(kind: bytes, start: bytes = b"") -> bytes:
    return kind + struct.pack("!I", CLAIM) + start


OK = message(b"R", struct.pack("!I", 0))
READY = message(b"Z", b"I")
GREETING = OK + message(b"S", b"server_version\x0016.4\0") + message(b"K", struct.pack("!II", 7, 7)) + READY
COLUMN = message(b"T", struct.pack("!H", 1) + b"one\0" + struct.pack("!IhIhiH", 0, 0, 23, 4, -1, 0))
ROW = message(b"D", struct.pack("!HI", 1, 1) + b"1")
PARSED, BOUND = message(b"1", b"") + message(b"t", struct.pack("!H", 0)), message(b"2", b"")
ANSWER = COLUMN + ROW + message(b"C", b"SELECT 1\0") + READY


def _read(connection: socket.socket) -> tuple[bytes, bytes]:
    """The kind and body of the next message; the kind is empty before the session has begun."""
    kind = _exactly(connection, 1)
    return kind, _exactly(connection, struct.unpack("!I", _exactly(connection, 4))[0] - 4)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError
        data += part
    return data


def _endless(connection: socket.socket, piece: bytes) -> None:
    block = piece * max(1, LOUD // len(piece))
    while True:
        connection.sendall(block)


def _honest(connection: socket.socket) -> None:
    connection.sendall(GREETING)
    while _read(connection)[0] == b"Q":
        connection.sendall(ANSWER)


def at_login(start: bytes, piece: bytes) -> Serve:
    """Says this to the startup message, then the piece for ever."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        _endless(connection, piece)

    return serve


def at_query(start: bytes, piece: bytes) -> Serve:
    """Lets everybody in, takes the query apart as it should, then this and the piece for ever."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        while not _asks_for_rows(*(sent := _read(connection))):
            connection.sendall(_ANSWERS.get(sent[0], b""))
        connection.sendall((COLUMN if sent[0] == b"Q" else BOUND) + start)
        _endless(connection, piece)

    return serve


_ANSWERS = {b"Q": message(b"C", b"BEGIN\0") + message(b"Z", b"T"), b"H": PARSED + COLUMN}
"""psycopg begins a transaction first, asyncpg prepares the statement; then comes what is to be answered with rows."""


def _asks_for_rows(kind: bytes, body: bytes) -> bool:
    return kind == b"B" or (kind == b"Q" and body != b"BEGIN\0")


def endless_count(connection: socket.socket) -> None:
    """SCRAM with as many rounds as its field can hold."""
    connection.sendall(message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0"))
    nonce = _read(connection)[1].partition(b",r=")[2]
    challenge = b"r=%sserver,s=%s,i=%d" % (nonce, base64.b64encode(b"sixteen bytes !!"), 2**31 - 1)
    connection.sendall(message(b"R", struct.pack("!I", 11) + challenge))
    while connection.recv(4096):
        pass


def long_error(connection: socket.socket) -> None:
    """An error with a text of 60 MB."""
    connection.sendall(message(b"E", b"SFATAL\0VFATAL\0C57000\0M" + b"x" * LONG + b"\0\0"))


def long_last_word(connection: socket.socket) -> None:
    """The same after the login, where libpq takes messages of any length."""
    connection.sendall(GREETING)
    _read(connection)
    long_error(connection)


NOTICE = message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mnothing\0\0")
PARAMETER = message(b"S", b"application_name\0x\0")

WAYS: Mapping[str, Serve] = {
    "a SCRAM count of 2^31": endless_count,
    "an error of 60 MB": long_error,
    "an error of 60 MB to the query": long_last_word,
    "an error of 1 GB": at_login(_claim(b"E", b"SFATAL\0C57000\0M"), b"x"),
    "a list of SASL mechanisms of 1 GB": at_login(_claim(b"R", struct.pack("!I", 10)), b"SCRAM-SHA-1\0"),
    "a notice of 1 GB": at_login(OK + _claim(b"N", b"SNOTICE\0C00000\0M"), b"x"),
    "a parameter of 1 GB": at_login(OK + _claim(b"S", b"name\0"), b"x"),
    "notices without end": at_login(OK, NOTICE),
    "parameters without end": at_login(OK, PARAMETER),
    "a row of 1 GB": at_query(_claim(b"D", struct.pack("!HI", 1, CLAIM - 10)), b"x"),
    "rows without end": at_query(b"", ROW),
}
"""What a server does to the drivers of an app. The first stands for all in ``make chaos --quick``."""


def _serve(connection: socket.socket, way: Serve) -> None:
    with contextlib.suppress(OSError), connection:
        startup = b""
        while not startup or startup == SSL_REQUEST:
            if startup:
                connection.sendall(b"N")
            size = _exactly(connection, 4)
            startup = size + _exactly(connection, struct.unpack("!I", size)[0] - 4)
        (_honest if OURS in startup else way)(connection)


def _accept(listener: socket.socket, way: Serve) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, way), daemon=True).start()


def _listen(way: Serve) -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, way), daemon=True).start()
    return int(listener.getsockname()[1])


def main() -> None:
    """Serve every way."""
    print(json.dumps({name: _listen(way) for name, way in WAYS.items()}), flush=True)
    sys.stdin.read()


@contextlib.contextmanager
def hostile_server() -> Iterator[dict[str, int]]:
    """The program while it runs: ports by way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hostile_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main()
