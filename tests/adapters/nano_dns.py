"""A tiny DNS server on loopback, UDP and TCP on one port, whose answers a test writes by hand."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

A, AAAA, CNAME = 1, 28, 5
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
TRUNCATED = 0x0200


@dataclass(frozen=True)
class Reply:
    """What to say to one question; ``records`` are type and bytes."""

    code: int = NOERROR
    records: tuple[tuple[int, bytes], ...] = ()
    flags: int = 0
    rdclass: int = 1
    """Of the records; the internet's unless a test says otherwise."""


def v4(*found: str) -> Reply:
    return Reply(records=tuple((A, socket.inet_pton(socket.AF_INET, address)) for address in found))


def v6(*found: str) -> Reply:
    return Reply(records=tuple((AAAA, socket.inet_pton(socket.AF_INET6, address)) for address in found))


Script = Callable[[str, int], Reply | None]
"""Name and type to the reply, None for silence."""


@dataclass
class NanoDns:
    """Where it listens, and what it was asked: (name, type, transport)."""

    address: str
    port: int
    asked: list[tuple[str, int, str]] = field(default_factory=list)


@contextlib.contextmanager
def nano_dns(
    by_udp: Script, by_tcp: Script | None = None, address: str = "127.0.0.1", port: int = 0
) -> Iterator[NanoDns]:
    datagrams, listener = _pair(address, port)
    with datagrams, listener:
        server = NanoDns(address, listener.getsockname()[1])
        stop = threading.Event()
        for sock in (datagrams, listener):
            sock.settimeout(0.05)
        threads = [
            threading.Thread(target=_datagrams, args=(datagrams, by_udp, server, stop)),
            threading.Thread(target=_connections, args=(listener, by_tcp or by_udp, server, stop)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            stop.set()
            for thread in threads:
                thread.join(5)


def _pair(address: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on one port, which the kernel does not choose together."""
    for _ in range(20):
        listener, datagrams = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        listener.bind((address, port))
        listener.listen(8)
        with contextlib.suppress(OSError):
            datagrams.bind(listener.getsockname())
            return datagrams, listener
        listener.close()
        datagrams.close()
    raise OSError("no port is free for both")


def _datagrams(sock: socket.socket, script: Script, server: NanoDns, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            question, client = sock.recvfrom(4096)
            reply = _reply(question, script, server, "udp")
            if reply:
                sock.sendto(reply, client)


def _connections(listener: socket.socket, script: Script, server: NanoDns, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                length = struct.unpack("!H", connection.recv(2))[0]
                reply = _reply(connection.recv(length), script, server, "tcp")
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)


def _reply(question: bytes, script: Script, server: NanoDns, transport: str) -> bytes | None:
    name, end = _name(question)
    kind = struct.unpack("!H", question[end : end + 2])[0]
    server.asked.append((name, kind, transport))
    reply = script(name, kind)
    if reply is None:
        return None
    # QR, RD, RA set; the question is repeated; each record points to the name in it.
    header = question[:2] + struct.pack("!HHHHH", 0x8180 | reply.flags | reply.code, 1, len(reply.records), 0, 0)
    records = (struct.pack("!HHHIH", 0xC00C, kind, reply.rdclass, 60, len(data)) + data for kind, data in reply.records)
    return header + question[12 : end + 4] + b"".join(records)


def _name(question: bytes) -> tuple[str, int]:
    labels, position = [], 12
    while question[position]:
        length = question[position]
        labels.append(question[position + 1 : position + 1 + length].decode())
        position += 1 + length
    return ".".join(labels), position + 1
