"""One name server, asked for A and AAAA by packets of our own (RFC 1035), so that a refused port shows at once.

Whoever knows our port can send us packets. Only those with the id of a question are looked into, a few at most; after
that the questions go over TCP, as resolvers do when somebody guesses at answers (RFC 5452, 9.3).
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from diagnostics.adapters import addresses
from diagnostics.adapters.threads import in_thread
from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.observed import DnsResult

Query = dns.message.QueryMessage
Questions = dict[dns.rdatatype.RdataType, Query]
Answers = dict[dns.rdatatype.RdataType, dns.message.Message]

_KINDS = (dns.rdatatype.A, dns.rdatatype.AAAA)

_RESULTS = {dns.rcode.NXDOMAIN: DnsResult.NXDOMAIN, dns.rcode.REFUSED: DnsResult.REFUSED}
"""Any other code than NOERROR is a server that could not answer."""

_LARGEST = 4096
"""Bytes of a datagram that we look at. An answer to a question without EDNS has 512 (RFC 1035, 2.3.4); whoever ignores
that was never seen to send more than the usual size of EDNS."""

_HEADER = 12
"""Bytes before the question; the first two are the id, the fifth and sixth the number of questions."""

_MOST_NOISE = 16
"""Datagrams that are no answer. Late answers of an earlier try are two or three; a flood has no end."""

_FIRST_TRY = 0.5
"""Part of the limit after which what has no answer is sent once more: one lost packet is no silent server."""


async def query(server: str, port: int, name: str, limit: float) -> tuple[DnsResult, tuple[str, ...]]:
    """What the server said, and the addresses in its order, IPv4 first."""
    try:
        questions = {kind: dns.message.make_query(name, kind) for kind in _KINDS}
    except dns.exception.DNSException:
        return DnsResult.NOT_A_NAME, ()
    answers: Answers = {}
    try:
        async with asyncio.timeout(limit):
            flooded = await _by_udp(server, port, questions, answers, limit * _FIRST_TRY)
            # What was cut is no answer, also when nothing better comes.
            cut = [kind for kind, answer in answers.items() if answer.flags & dns.flags.TC]
            for kind in cut:
                del answers[kind]
            again = questions.keys() - answers.keys() if flooded else cut
            await _by_tcp(server, port, {kind: questions[kind] for kind in again}, answers)
    except TimeoutError:
        pass
    except OSError:
        if not answers:
            return DnsResult.UNREACHABLE, ()
    return _verdict([answers[kind] for kind in _KINDS if kind in answers])


def _verdict(answers: list[dns.message.Message]) -> tuple[DnsResult, tuple[str, ...]]:
    found = tuple(address for answer in answers for address in _addresses(answer))
    if found:
        return DnsResult.ANSWER, found
    if not answers:
        return DnsResult.SILENT, ()
    failed = next((answer.rcode() for answer in answers if answer.rcode() != dns.rcode.NOERROR), None)
    return (DnsResult.NO_ADDRESS if failed is None else _RESULTS.get(failed, DnsResult.SERVFAIL)), ()


def _addresses(answer: dns.message.Message) -> list[str]:
    """Of the internet's class only: an A record of another one holds no IP address."""
    return [
        record.address
        for records in answer.answer
        if records.rdtype in _KINDS and records.rdclass == dns.rdataclass.IN
        for record in records
    ]


async def _by_udp(server: str, port: int, questions: Questions, answers: Answers, resend_after: float) -> bool:
    """Fill in the answers; whether so much else came that nobody would listen any longer."""
    async with _connected(server, port, socket.SOCK_DGRAM) as sock:
        loop = asyncio.get_running_loop()
        for patience in (resend_after, None):
            for kind in questions.keys() - answers.keys():
                await loop.sock_sendall(sock, questions[kind].to_wire())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    return await _listen(sock, questions, answers)
    return False


async def _listen(sock: socket.socket, questions: Questions, answers: Answers) -> bool:
    noise = 0
    while len(answers) < len(questions):
        before = len(answers)
        take(await asyncio.get_running_loop().sock_recv(sock, _LARGEST), questions, answers)
        if len(answers) == before:
            noise += 1
            if noise > _MOST_NOISE:
                return True
            # Where data is there, sock_recv gives nobody else a turn.
            await asyncio.sleep(0)
    return False


async def _by_tcp(server: str, port: int, questions: Questions, answers: Answers) -> None:
    for question in questions.values():
        async with _connected(server, port, socket.SOCK_STREAM) as sock:
            wire = question.to_wire()
            await asyncio.get_running_loop().sock_sendall(sock, len(wire).to_bytes(2, "big") + wire)
            length = int.from_bytes(await _exactly(sock, 2), "big")
            found = await _exactly(sock, length)
            # 64 KiB of records take a fifth of a second to read.
            await in_thread(lambda found=found: take(found, questions, answers))  # type: ignore[misc]


@contextlib.asynccontextmanager
async def _connected(server: str, port: int, kind: socket.SocketKind) -> AsyncIterator[socket.socket]:
    family, address = addresses.socket_address(server, port)
    with socket.socket(family, kind | socket.SOCK_NONBLOCK) as sock:
        await asyncio.get_running_loop().sock_connect(sock, address)
        yield sock


async def _exactly(sock: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            raise ConnectionResetError
        data += more
        await asyncio.sleep(0)
    return bytes(data)


def take(wire: bytes, questions: Questions, answers: Answers) -> None:
    """Keep what answers one of the questions; anything else that arrives is noise, and most of it is not even read."""
    asked = next((kind for kind, question in questions.items() if _may_answer(wire, question.to_wire())), None)
    if asked is None:
        return
    with contextlib.suppress(dns.exception.DNSException, *UNREADABLE):
        message = dns.message.from_wire(wire, ignore_trailing=True)
        if questions[asked].is_response(message):
            answers[asked] = message


def _may_answer(wire: bytes, asked: bytes) -> bool:
    """Whether it has the id, and repeats the question or (an error) has none: looked at before it is read."""
    repeated = wire[_HEADER : len(asked)].lower() == asked[_HEADER:].lower()
    return wire[:2] == asked[:2] and (repeated or wire[4:6] == b"\0\0")
