"""One HTTP call by aiohttp, on a connection of its own: it measures the path, not a pool."""

import asyncio
import socket

import aiohttp
import aiohttp.abc

from diagnostics.adapters import addresses
from diagnostics.adapters.errors import REACH
from diagnostics.core.observed import ApiResult, DnsResult, Reach
from diagnostics.ports import HttpAnswer, HttpCall, Resolver

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that we keep: the longest API answer on this path, an instance with all its flags, has 20 KiB."""

_AT_ONCE = 16 * 1024
"""Bytes that may wait in the kernel (Linux doubles the figure): the loop takes all of them in one turn, and 256 KiB of
``100 Continue``, as many as asyncio would take, keep a parser busy for an eighth of a second."""

_RESULTS = {
    Reach.REFUSED: ApiResult.REFUSED,
    Reach.SILENT: ApiResult.SILENT,
    Reach.RESET: ApiResult.CLOSED,
}
"""Any other way not to connect is a network that does not lead there."""


async def send(call: HttpCall, headers: dict[str, str], proxy: str, resolver: Resolver) -> HttpAnswer | ApiResult:
    """The answer, or why there is none."""
    try:
        async with asyncio.timeout(call.limit), _session(call, resolver) as session:
            return await _exchange(session, call, headers, proxy)
    except TimeoutError:
        return ApiResult.SILENT
    except (aiohttp.ClientError, OSError) as error:
        return _failure(error)
    except ValueError:  # a proxy that is no HTTP proxy
        return ApiResult.UNREACHABLE


async def _exchange(session: aiohttp.ClientSession, call: HttpCall, headers: dict[str, str], proxy: str) -> HttpAnswer:
    body = call.body.reveal().encode() if call.body else None
    async with session.request(
        call.method, call.url, headers=headers, data=body, proxy=proxy or None, allow_redirects=False
    ) as response:
        return HttpAnswer(
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=await _bounded(response.content),
        )


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    found = bytearray()
    while len(found) < LARGEST_BODY:
        data = await content.read(LARGEST_BODY - len(found))
        if not data:
            break
        found += data
    return bytes(found)


def _session(call: HttpCall, resolver: Resolver) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=_OurResolver(resolver, call.connect_limit),
            use_dns_cache=False,
            force_close=True,
            socket_factory=_socket,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=call.connect_limit),
    )


def _socket(address: "aiohttp.connector.AddrInfoType") -> socket.socket:
    family, kind, protocol, *_ = address
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _AT_ONCE)
    return sock


class _OurResolver(aiohttp.abc.AbstractResolver):
    """Names by our resolver, so that a silent one is left behind."""

    def __init__(self, resolver: Resolver, limit: float) -> None:
        self._resolver = resolver
        self._limit = limit

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - both are wanted
    ) -> list[aiohttp.abc.ResolveResult]:
        """The addresses of a name; OSError where it has none."""
        answer = await self._resolver.lookup(host, port, self._limit)
        if answer.result is not DnsResult.ANSWER:
            raise OSError(answer.result.value)
        return [
            aiohttp.abc.ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=addresses.socket_address(address, port)[0],
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer.addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def _failure(error: aiohttp.ClientError | OSError) -> ApiResult:
    if isinstance(error, (aiohttp.ClientConnectorDNSError, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return ApiResult.UNRESOLVED
    if isinstance(error, aiohttp.ClientSSLError):
        return ApiResult.TLS_FAILED
    if isinstance(error, aiohttp.ClientConnectorError):
        return _unconnected(error.os_error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ApiResult.UNREACHABLE
    if isinstance(error, aiohttp.ClientResponseError):
        return ApiResult.UNEXPECTED_ANSWER
    return ApiResult.CLOSED


def _unconnected(error: OSError) -> ApiResult:
    # asyncio reports an end inside the TLS handshake as a reset without a number.
    if isinstance(error, ConnectionResetError):
        return ApiResult.CLOSED
    reach = REACH.get(error.errno or 0, Reach.UNREACHABLE)
    return _RESULTS.get(reach, ApiResult.UNREACHABLE)
