"""One name server, asked for A and AAAA by packets of our own (RFC 1035), so that a refused port shows at once."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from diagnostics.adapters import addresses
from diagnostics.core.observed import DnsResult

Query = dns.message.QueryMessage
Answers = dict[dns.rdatatype.RdataType, dns.message.Message]

_KINDS = (dns.rdatatype.A, dns.rdatatype.AAAA)

_RESULTS = {dns.rcode.NXDOMAIN: DnsResult.NXDOMAIN, dns.rcode.REFUSED: DnsResult.REFUSED}
"""Any other code than NOERROR is a server that could not answer."""

_LARGEST = 65535
"""Bytes of a DNS message: its length over TCP is two bytes."""

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
            await _by_udp(server, port, questions, answers, limit * _FIRST_TRY)
            await _by_tcp(server, port, questions, answers)
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
    return [record.address for records in answer.answer if records.rdtype in _KINDS for record in records]


async def _by_udp(
    server: str, port: int, questions: dict[dns.rdatatype.RdataType, Query], answers: Answers, resend_after: float
) -> None:
    async with _connected(server, port, socket.SOCK_DGRAM) as sock:
        loop = asyncio.get_running_loop()
        for patience in (resend_after, None):
            for kind in questions.keys() - answers.keys():
                await loop.sock_sendall(sock, questions[kind].to_wire())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    while len(answers) < len(questions):
                        _file(await loop.sock_recv(sock, _LARGEST), questions, answers)
                return


async def _by_tcp(server: str, port: int, questions: dict[dns.rdatatype.RdataType, Query], answers: Answers) -> None:
    cut = [kind for kind, answer in answers.items() if answer.flags & dns.flags.TC]
    # What was cut is no answer, also when nothing better comes.
    for kind in cut:
        del answers[kind]
    for kind in cut:
        async with _connected(server, port, socket.SOCK_STREAM) as sock:
            wire = questions[kind].to_wire()
            await asyncio.get_running_loop().sock_sendall(sock, len(wire).to_bytes(2, "big") + wire)
            length = int.from_bytes(await _exactly(sock, 2), "big")
            _file(await _exactly(sock, length), questions, answers)


@contextlib.asynccontextmanager
async def _connected(server: str, port: int, kind: socket.SocketKind) -> AsyncIterator[socket.socket]:
    family, address = addresses.socket_address(server, port)
    with socket.socket(family, kind | socket.SOCK_NONBLOCK) as sock:
        await asyncio.get_running_loop().sock_connect(sock, address)
        yield sock


async def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _file(wire: bytes, questions: dict[dns.rdatatype.RdataType, Query], answers: Answers) -> None:
    """Keep what answers one of the questions; anything else that arrives is noise."""
    with contextlib.suppress(dns.exception.DNSException):
        message = dns.message.from_wire(wire, ignore_trailing=True)
        answers.update({kind: message for kind, question in questions.items() if question.is_response(message)})
