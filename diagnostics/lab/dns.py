"""The name server of the lab, over UDP and TCP, with a resolver's ways to fail."""

import contextlib
import heapq
import socket
import struct
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from select import POLLIN, poll

import dns.exception
import dns.flags
import dns.message
import dns.rcode
from msgspec.structs import replace

from diagnostics.lab.doors import Door, Mode
from diagnostics.lab.names import is_an_api, respond, zone
from diagnostics.lab.plan import Plan
from diagnostics.lab.spot import Spot
from diagnostics.lab.switchboard import Switchboard

SLOW_SECONDS = 1.2
"""More than anybody expects of a resolver on the same machine, less than the 2 s after which clients give up."""

_DATAGRAM = 4096
"""More than any query has; EDNS clients announce at most this much."""

_LENGTH = struct.Struct("!H")
"""Over TCP, each message is preceded by its length."""

_TCP_SECONDS = 5.0
"""After so long without a query, a TCP client is gone."""


class Behaviour(StrEnum):
    """What happens to a query."""

    ANSWER = "answer"
    SLOW = "slow"
    FAIL = "fail"
    DROP = "drop"


class NameServer:
    """Answers at the resolver's address for as long as the lab is up."""

    def __init__(self, switchboard: Switchboard, plan: Plan) -> None:
        """The zones follow the world, the behaviour follows the faults."""
        self._switchboard = switchboard
        self._addresses = plan.addresses
        self._spot = plan.resolver
        self._door = Door(plan.resolver, self._serve_tcp, self._mode)
        self._datagrams: _Datagrams

    def start(self) -> None:
        """Bind UDP and TCP to one port, raising PermissionError where 53 is not for us."""
        self._door.start()
        try:
            self._datagrams = _Datagrams(replace(self._spot, port=self._door.port), self._answer, self._delay)
        except OSError:
            self._door.stop()
            raise
        self._switchboard.listen(self._door.settle)

    @property
    def place(self) -> tuple[str, int]:
        """Address and port."""
        return self._door.address, self._door.port

    def stop(self) -> None:
        """Close both."""
        self._datagrams.stop()
        self._door.stop()

    def _behaviour(self) -> Behaviour:
        if self._switchboard.active("resolver-drop"):
            return Behaviour.DROP
        if self._switchboard.active("servfail"):
            return Behaviour.FAIL
        return Behaviour.SLOW if self._switchboard.active("slow-resolver") else Behaviour.ANSWER

    def _mode(self) -> Mode:
        return Mode.SILENT if self._behaviour() is Behaviour.DROP else Mode.OPEN

    def _delay(self) -> float:
        return SLOW_SECONDS if self._behaviour() is Behaviour.SLOW else 0.0

    def _answer(self, data: bytes) -> bytes | None:
        """The answer to a query in wire format, None for what deserves none."""
        behaviour = self._behaviour()
        if behaviour is Behaviour.DROP:
            return None
        with contextlib.suppress(dns.exception.DNSException):
            query = dns.message.from_wire(data)
            if query.flags & dns.flags.QR or len(query.question) != 1:
                return None
            names = zone(self._switchboard.world, self._addresses)
            about_an_api = is_an_api(query.question[0].name)
            if about_an_api and self._switchboard.active("api-name-absent"):
                names = {}
            response = respond(query, names)
            if behaviour is Behaviour.FAIL or (about_an_api and self._switchboard.active("api-names-fail")):
                response.answer.clear()
                response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        return None

    def _serve_tcp(self, connection: socket.socket) -> None:
        connection.settimeout(_TCP_SECONDS)
        with connection.makefile("rb") as incoming:
            while len(prefix := incoming.read(_LENGTH.size)) == _LENGTH.size:
                answer = self._answer(incoming.read(*_LENGTH.unpack(prefix)))
                if answer is None:
                    return
                time.sleep(self._delay())
                connection.sendall(_LENGTH.pack(len(answer)) + answer)


class _Datagrams:
    """Answers UDP queries in a thread, each after its delay and none behind another."""

    def __init__(self, spot: Spot, answer: Callable[[bytes], bytes | None], delay: Callable[[], float]) -> None:
        self._answer = answer
        self._delay = delay
        self._socket = spot.make(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((spot.address, spot.port))
        except OSError:
            self._socket.close()
            raise
        self._stopped, self._stopper = socket.socketpair()
        self._due: list[tuple[float, bytes, tuple[str, int]]] = []
        self._thread = threading.Thread(target=self._run, daemon=True, name="lab-dns")
        self._thread.start()

    def stop(self) -> None:
        self._stopper.close()
        self._thread.join()
        self._stopped.close()
        self._socket.close()

    def _run(self) -> None:
        events = poll()
        events.register(self._socket, POLLIN)
        events.register(self._stopped, POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in events.poll(self._milliseconds())]
            if self._stopped.fileno() in ready:
                return
            # A client that has closed its socket already makes a later call fail.
            with contextlib.suppress(ConnectionError):
                if ready:
                    self._take(*self._socket.recvfrom(_DATAGRAM))
                self._send()

    def _milliseconds(self) -> float | None:
        return max(self._due[0][0] - time.monotonic(), 0.0) * 1000 if self._due else None

    def _take(self, query: bytes, client: tuple[str, int]) -> None:
        answer = self._answer(query)
        if answer is not None:
            heapq.heappush(self._due, (time.monotonic() + self._delay(), answer, client))

    def _send(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, answer, client = heapq.heappop(self._due)
            self._socket.sendto(answer, client)
