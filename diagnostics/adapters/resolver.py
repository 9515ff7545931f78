"""Names: the system resolver as an app uses it, and each name server by packets of our own."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from diagnostics.adapters import addresses
from diagnostics.adapters.files import content
from diagnostics.adapters.threads import Threads, load
from diagnostics.core.foreign import MOST
from diagnostics.core.observed import DnsAnswer, DnsResult

SYSTEM = "system"
"""Name of getaddrinfo among the servers."""

RESOLV_CONF = Path("/etc/resolv.conf")

_RESULTS = {
    socket.EAI_NONAME: DnsResult.NXDOMAIN,
    socket.EAI_NODATA: DnsResult.NO_ADDRESS,
    socket.EAI_ADDRFAMILY: DnsResult.NO_ADDRESS,
    socket.EAI_AGAIN: DnsResult.SERVFAIL,
    socket.EAI_FAIL: DnsResult.SERVFAIL,
    socket.EAI_SYSTEM: DnsResult.UNREACHABLE,
}
"""getaddrinfo(3). It says EAI_AGAIN for SERVFAIL, for REFUSED and for servers that never answered alike; only asking
each server tells which. What is not listed is a mistake of the call and stays an error."""

_LONGEST_NAME, _LONGEST_LABEL = 253, 63
"""Characters of a name without its final dot, and of one label (RFC 1035, 2.3.4)."""


_NAMES = Threads(32)
"""A look-up at a silent server hangs for as long as resolv.conf says, 10 s by default and 150 s at most. Four runs at
a time make some twenty look-ups."""


class SystemResolver:
    """Resolver of this machine. Path and port are those of the system except in tests."""

    def __init__(self, resolv_conf: Path = RESOLV_CONF, port: int = 53) -> None:
        self._resolv_conf = resolv_conf
        self._port = port

    async def lookup(self, host: str, port: int, limit: float) -> DnsAnswer:
        """getaddrinfo, addresses in its order; ``server`` is ``system``, and empty where the host is an IP literal."""
        started = time.monotonic()
        if addresses.parse(host) is not None:
            return _answer("", host, DnsResult.ANSWER, (host,), 0.0)
        result, found = await _system_lookup(host, port, limit)
        if result is not DnsResult.ANSWER and not may_be_name(host):
            result = DnsResult.NOT_A_NAME
        return _answer(SYSTEM, host, result, found, time.monotonic() - started)

    def nameservers(self) -> tuple[str, ...]:
        """The servers of resolv.conf in its order; none where it cannot be read."""
        try:
            lines = content(str(self._resolv_conf)).decode("utf-8", "replace").splitlines()
        except (OSError, ValueError):
            return ()
        words = (line.split() for line in lines if line.startswith("nameserver"))
        named = (pair[1] for pair in words if len(pair) > 1)
        return tuple(server for server in dict.fromkeys(named) if addresses.parse(server) is not None)

    async def ask(self, server: str, name: str, limit: float) -> DnsAnswer:
        """A and AAAA records from one server, by UDP, and by TCP where an answer was cut short."""
        if not may_be_name(name):
            return _answer(server, name, DnsResult.NOT_A_NAME, (), 0.0)
        await load("diagnostics.adapters.dns_query")
        from diagnostics.adapters.dns_query import query

        started = time.monotonic()
        result, found = await query(server, self._port, name, limit)
        return _answer(server, name, result, found, time.monotonic() - started)


async def _system_lookup(host: str, port: int, limit: float) -> tuple[DnsResult, tuple[str, ...]]:
    try:
        found = await _NAMES.run(_getaddrinfo(host, port), limit)
    except TimeoutError:
        return DnsResult.SILENT, ()
    except socket.gaierror as error:
        if error.errno not in _RESULTS:
            raise
        return _RESULTS[error.errno], ()
    except (UnicodeError, ValueError):  # names that IDNA cannot encode, and NUL
        return DnsResult.NOT_A_NAME, ()
    return DnsResult.ANSWER, tuple(dict.fromkeys(found))


def _getaddrinfo(host: str, port: int) -> Callable[[], list[str]]:
    """The call as asyncio and libpq make it: any family, stream sockets, no flags. Duplicates are left in."""

    def call() -> list[str]:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

    return call


def may_be_name(text: str) -> bool:
    """Whether any DNS server could know it: lengths, and no character that is never in a host name."""
    labels = text.removesuffix(".").split(".")
    return (
        len(text.removesuffix(".")) <= _LONGEST_NAME
        and all(0 < len(label) <= _LONGEST_LABEL for label in labels)
        and all(c.isprintable() and not c.isspace() and c not in '/:@?#[]"\\' for c in text)
    )


def _answer(server: str, name: str, result: DnsResult, found: tuple[str, ...], seconds: float) -> DnsAnswer:
    kept = found[:MOST]
    return DnsAnswer(
        server=server,
        name=name,
        result=result,
        addresses=kept,
        address_classes=tuple(map(addresses.address_class, kept)),
        left_out=len(found) - len(kept),
        seconds=seconds,
    )
