"""HTTP calls, by a client that is loaded with the first one: it takes as long as a whole check of a plain address."""

import re
from collections.abc import Mapping

from diagnostics.adapters import addresses
from diagnostics.adapters.threads import load
from diagnostics.core.observed import ApiResult
from diagnostics.ports import HttpAnswer, HttpCall, HttpFailed, Resolver


class LazyHttp:
    """Http for this process. Names go through our resolver: aiohttp's own would hold back the end of the loop."""

    def __init__(self, resolver: Resolver, environ: Mapping[str, str], user_agent: str) -> None:
        self._resolver = resolver
        self._environ = environ
        self._user_agent = user_agent

    async def request(self, call: HttpCall) -> HttpAnswer:
        """One call, no retry, no redirect; HttpFailed.

        The failure is raised with nothing attached: aiohttp's exceptions hold the request, and with it the bearer.
        """
        if call.bearer is not None and not _is_private(call.url):
            raise HttpFailed(ApiResult.UNREACHABLE)
        await load("diagnostics.adapters.http_client")
        from diagnostics.adapters.http_client import send

        outcome = await send(call, self._headers(call), self._proxy(call), self._resolver)
        if isinstance(outcome, ApiResult):
            raise HttpFailed(outcome)
        return outcome

    def _headers(self, call: HttpCall) -> dict[str, str]:
        headers = {"User-Agent": self._user_agent, **call.headers}
        if call.body is not None:
            headers.setdefault("Content-Type", "application/json")
        if call.bearer is not None:
            headers["Authorization"] = f"Bearer {call.bearer.reveal()}"
        return headers

    def _proxy(self, call: HttpCall) -> str:
        return "" if call.direct else proxy_of(call.url, self._environ)


def _is_private(url: str) -> bool:
    """Whether a token may be sent there: over TLS, or to this machine. Settings take no other endpoint."""
    scheme, _, rest = url.partition("://")
    host = re.sub(r":[0-9]+\Z", "", rest.partition("/")[0]).strip("[]")
    address = addresses.parse(host)
    return scheme == "https" or host == "localhost" or (address is not None and address.is_loopback)


def proxy_of(url: str, environ: Mapping[str, str]) -> str:
    """The proxy that the environment names for a URL, empty where it names none or NO_PROXY excepts the host.

    Read here and not by aiohttp, whose way to trust the environment also takes passwords from a ``.netrc``.
    """
    scheme, _, rest = url.partition("://")
    host_and_port = rest.partition("/")[0].lower()
    if _is_excepted(host_and_port, environ.get("no_proxy") or environ.get("NO_PROXY", "")):
        return ""
    return environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY", "")


def _is_excepted(host_and_port: str, no_proxy: str) -> bool:
    """As curl and Python's urllib read it: ``*``, or names that match themselves and everything below them."""
    host = host_and_port.rpartition(":")[0] or host_and_port
    for entry in no_proxy.lower().replace(",", " ").split():
        suffix = entry.lstrip(".")
        if entry == "*" or any(name == suffix or name.endswith(f".{suffix}") for name in (host, host_and_port)):
            return True
    return False
