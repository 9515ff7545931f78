"""Whatever a peer sends, and however fast: the deadline holds, the loop goes on, and memory stays where it was."""

import resource
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from diagnostics import wire
from diagnostics.adapters.http import LazyHttp
from diagnostics.adapters.http_client import LARGEST_BODY
from diagnostics.adapters.network import SocketNetwork
from diagnostics.adapters.resolver import SystemResolver
from diagnostics.adapters.threads import load
from diagnostics.climb import Climb
from diagnostics.core.model import Secret
from diagnostics.core.observed import ApiResult, DnsResult
from diagnostics.ports import Endpoint, HttpCall, HttpFailed, StreamFailed, TlsFailed, TlsFailure, TlsRequest
from tests.floods import peers
from tests.floods.stops import watched

LIMIT = 1.0
"""Seconds that the caller allows."""
LATE = 0.3
"""Seconds by which a deadline may be missed."""
STOP = 0.1
"""Seconds of our own work between two turns of the loop: what a probe of liveness may have to wait."""
GROWTH = 32 * 1024
"""KiB of memory that one conversation may take: no stage takes more than a few MiB, the rest is Python's own."""

Talk = Callable[[int], Awaitable[object]]

pytestmark = pytest.mark.serial


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with peers.running() as found:
        yield found


async def connection(port: int) -> object:
    """All stages of one connection, as the checks make them; what it came to."""
    climb = Climb(SocketNetwork())
    await climb.dial(Endpoint(address="127.0.0.1", port=port), LIMIT)
    try:
        if isinstance(await climb.converse(climb.session.request_tls()), wire.TlsAccepted):
            await climb.secure(TlsRequest())
        answer = await climb.converse(climb.session.startup(wire.Startup(user="api", database="orders")))
        if not isinstance(answer, wire.Trusted):
            return type(answer)
        await climb.converse(climb.session.authenticate(password="s3cret-one", nonce="nonce"))
        return await climb.converse(climb.session.query("SELECT 1"))
    except TlsFailed as failed:
        return failed.failure
    except StreamFailed as failed:
        return failed.end
    except wire.ProtocolError as error:
        return error.kind
    finally:
        climb.close()


async def call(port: int, scheme: str = "http") -> object:
    wanted = HttpCall(url=f"{scheme}://127.0.0.1:{port}/", bearer=Secret("ya29.x"), connect_limit=LIMIT, limit=LIMIT)
    try:
        answer = await LazyHttp(SystemResolver(), {}, "test").request(wanted)
    except HttpFailed as failed:
        return failed.result
    return len(answer.body)


async def secure_call(port: int) -> object:
    return await call(port, "https")


async def refused_call(port: int) -> object:
    """Whether our end is seen before the answer was read, or after, is chance."""
    found = await call(port)
    return found in {ApiResult.UNEXPECTED_ANSWER, ApiResult.CLOSED}


async def look_up(port: int) -> object:
    answer = await SystemResolver(port=port).ask("127.0.0.1", "db.example", LIMIT)
    return answer.result, len(answer.addresses)


ALL_OF_IT = (DnsResult.ANSWER, 32)
"""By TCP, and as many addresses as are kept."""

FLOODS: dict[str, tuple[Talk, object]] = {
    "tls hello requests": (connection, TlsFailure.FLOOD),
    "tls change cipher specs": (connection, TlsFailure.MALFORMED),
    "tls warnings": (connection, TlsFailure.FLOOD),
    "tls empty records": (connection, TlsFailure.MALFORMED),
    "tls large hello": (connection, TlsFailure.FLOOD),
    "tls noise": (connection, TlsFailure.NOT_TLS),
    "tls client hellos": (connection, TlsFailure.MALFORMED),
    "startup negotiations": (connection, wire.ProtocolErrorKind.STAGE_TOO_LONG),
    "startup error": (connection, wire.Refused),
    "auth notices": (connection, wire.ProtocolErrorKind.STAGE_TOO_LONG),
    "auth parameters": (connection, wire.ProtocolErrorKind.STAGE_TOO_LONG),
    "auth large parameter": (connection, wire.ProtocolErrorKind.MESSAGE_TOO_LONG),
    "auth error": (connection, wire.ProtocolErrorKind.MESSAGE_TOO_LONG),
    "auth unknown messages": (connection, wire.ProtocolErrorKind.UNEXPECTED_MESSAGE),
    "query rows": (connection, wire.ProtocolErrorKind.UNEXPECTED_MESSAGE),
    "query columns": (connection, wire.ProtocolErrorKind.UNEXPECTED_MESSAGE),
    "query notices": (connection, wire.ProtocolErrorKind.STAGE_TOO_LONG),
    "query large row": (connection, wire.ProtocolErrorKind.MESSAGE_TOO_LONG),
    "http body": (call, LARGEST_BODY),
    "http chunks": (call, ApiResult.SILENT),
    "http chunk extension": (call, ApiResult.SILENT),
    "http trailers": (refused_call, True),
    "http headers": (refused_call, True),
    "http long header": (refused_call, True),
    "http continues": (call, ApiResult.SILENT),
    "http status line": (refused_call, True),
    "http zipped": (call, LARGEST_BODY),
    "https hello requests": (secure_call, ApiResult.SILENT),
    "dns wrong ids": (look_up, ALL_OF_IT),
    "dns large": (look_up, ALL_OF_IT),
    "dns other question": (look_up, ALL_OF_IT),
    "dns many addresses": (look_up, ALL_OF_IT),
}


def peak() -> int:
    """KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_every_flood_has_a_row() -> None:
    assert FLOODS.keys() == peers.BY_TCP.keys() | peers.BY_UDP.keys()


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_is_bounded_in_time_and_memory(flood: str, ports: dict[str, int]) -> None:
    talk, expected = FLOODS[flood]
    # What is loaded with the first call is not the flood's.
    await load("diagnostics.adapters.http_client")
    await load("diagnostics.adapters.dns_query")
    before = peak()
    async with watched() as stops:
        started = time.monotonic()
        found = await talk(ports[flood])
        seconds = time.monotonic() - started
    assert found == expected
    assert seconds < LIMIT + LATE
    assert stops.longest < STOP
    assert peak() - before < GROWTH
