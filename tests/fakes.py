"""Fakes of the ports, for tests of what stands on them. tests/contract holds each to the rules of the real adapter.

A fake does what it was told and nothing else: what nobody scripted raises LookupError, so a test that asks the world
for something unexpected fails at that place.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from diagnostics.core.model import Dialect, Secret
from diagnostics.core.observed import AddressClass, ApiResult, Attempt, DnsAnswer, DnsResult, PeerCertificate, Reach
from diagnostics.ports import (
    ConnectFailed,
    CredentialsFailed,
    CredentialsProblem,
    DriverCall,
    DriverResult,
    Endpoint,
    FileToken,
    HttpAnswer,
    HttpCall,
    HttpFailed,
    KeyPair,
    PathKind,
    StreamFailed,
    TlsFailed,
    TlsPeer,
    TlsRequest,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
"""When the fake clock starts."""


class FakeClock:
    """A clock that moves only when somebody sleeps, or a test moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


Said = bytes | StreamFailed
"""What a peer says: bytes, b"" for the end, or a failure that the next read meets."""

Listener = Callable[[bytes], Iterable[Said]]
"""A peer that hears a message and says something, or nothing."""


def deaf_mute(_message: bytes) -> Iterable[Said]:
    """Hears, and never says anything."""
    return ()


def echo(message: bytes) -> Iterable[Said]:
    return (message,)


def replies(*said: Said) -> Listener:
    """Answers the first message so, and is silent afterwards."""
    left = [list(said)]
    return lambda _message: left.pop() if left else ()


@dataclass
class Peer:
    """What is at an endpoint."""

    reach: Reach = Reach.OPEN
    listener: Listener = deaf_mute
    greeting: tuple[Said, ...] = ()
    """Said before it has heard anything."""
    tls: Callable[[TlsRequest], TlsPeer | TlsFailed] | None = None
    """How it shakes hands; never where None."""
    requests: list[TlsRequest] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    farewells: list[bytes] = field(default_factory=list)
    """The last bytes of each connection that was closed."""


class FakeStream:
    """One connection to a Peer."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._said: list[Said] = list(peer.greeting)
        self._closed = False

    async def send(self, data: bytes) -> None:
        self._check_open()
        self._peer.heard.append(data)
        self._said.extend(self._peer.listener(data))

    async def recv(self) -> bytes:
        self._check_open()
        if not self._said:
            await asyncio.Event().wait()
        said = self._said[0] if self._said[0] == b"" else self._said.pop(0)
        if isinstance(said, StreamFailed):
            self._said.insert(0, said)
            raise said
        return said

    async def start_tls(self, request: TlsRequest) -> TlsPeer:
        self._check_open()
        self._peer.requests.append(request)
        if self._peer.tls is None:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets this event")
        outcome = self._peer.tls(request)
        if isinstance(outcome, TlsFailed):
            raise outcome
        return outcome

    def close(self, last: bytes = b"") -> None:
        if not self._closed:
            self._peer.farewells.append(last)
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise AssertionError("used after it was closed")


class FakeNetwork:
    """A network in which exactly these peers exist, by label of their endpoint."""

    def __init__(
        self,
        peers: Mapping[str, Peer | Sequence[Peer]],
        classes: Mapping[str, AddressClass] | None = None,
        clock: FakeClock | None = None,
    ) -> None:
        """``peers``: several are met one a connection, the last from then on. ``clock``: what silence moves."""
        self.peers = {label: [peer] if isinstance(peer, Peer) else list(peer) for label, peer in peers.items()}
        self.dialled: list[str] = []
        self._classes = dict(classes or {})
        self._sleep = clock.sleep if clock else asyncio.sleep

    async def connect(self, endpoint: Endpoint, limit: float) -> FakeStream:
        self.dialled.append(endpoint.label)
        peer = self._peer(endpoint)
        if peer.reach is Reach.SILENT:
            await self._sleep(limit)
        if peer.reach is not Reach.OPEN:
            raise ConnectFailed(peer.reach)
        return FakeStream(peer)

    async def connect_all(self, endpoints: Sequence[Endpoint], limit: float) -> tuple[Attempt, ...]:
        return tuple([self._attempt(endpoint, limit) for endpoint in endpoints])

    def address_class(self, address: str) -> AddressClass:
        return self._classes.get(address, AddressClass.LOOPBACK if address.startswith("/") else AddressClass.PUBLIC)

    def _attempt(self, endpoint: Endpoint, limit: float) -> Attempt:
        self.dialled.append(endpoint.label)
        reach = self._peer(endpoint).reach
        return Attempt(
            address=endpoint.address,
            port=endpoint.port,
            address_class=self.address_class(endpoint.address),
            reach=reach,
            seconds=limit if reach is Reach.SILENT else 0.0,
        )

    def _peer(self, endpoint: Endpoint) -> Peer:
        if endpoint.label not in self.peers:
            raise LookupError(f"nobody said what is at {endpoint.label}")
        peers = self.peers[endpoint.label]
        return peers.pop(0) if len(peers) > 1 else peers[0]


SYSTEM = "system"


class FakeResolver:
    """Answers by server and name; the server of the system's own resolver is ``system``."""

    def __init__(
        self, answers: Mapping[tuple[str, str], tuple[str, ...] | DnsResult | DnsAnswer], servers: tuple[str, ...] = ()
    ) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, str]] = []
        self._servers = servers

    async def lookup(self, host: str, port: int, limit: float) -> DnsAnswer:
        if host.replace(".", "").isdecimal() or ":" in host:
            return _dns_answer("", host, (host,), 0.0)
        return self._answer(SYSTEM, host, limit)

    def nameservers(self) -> tuple[str, ...]:
        return self._servers

    async def ask(self, server: str, name: str, limit: float) -> DnsAnswer:
        return self._answer(server, name, limit)

    def _answer(self, server: str, name: str, limit: float) -> DnsAnswer:
        self.asked.append((server, name))
        if (server, name) not in self.answers:
            raise LookupError(f"nobody said what {server} knows of {name}")
        said = self.answers[server, name]
        if isinstance(said, DnsAnswer):
            return said
        return _dns_answer(server, name, said, limit if said is DnsResult.SILENT else 0.001)


def _dns_answer(server: str, name: str, said: tuple[str, ...] | DnsResult, seconds: float) -> DnsAnswer:
    found = () if isinstance(said, DnsResult) else said
    return DnsAnswer(
        server=server,
        name=name,
        result=said if isinstance(said, DnsResult) else DnsResult.ANSWER,
        addresses=found,
        address_classes=tuple(AddressClass.PUBLIC for _ in found),
        seconds=seconds,
    )


class FakeHttp:
    """Answers by method and URL."""

    def __init__(self, answers: Mapping[str, HttpAnswer | ApiResult]) -> None:
        """``answers``: ``GET http://host/path`` to the answer, or to why there is none."""
        self.answers = dict(answers)
        self.calls: list[HttpCall] = []

    async def request(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        wanted = f"{call.method} {call.url}"
        if wanted not in self.answers:
            raise LookupError(f"nobody said what answers {wanted}")
        answer = self.answers[wanted]
        if isinstance(answer, ApiResult):
            raise HttpFailed(answer)
        return answer


class FakeCredentials:
    """Credentials of a file that holds a token for each of these scopes, or a problem."""

    def __init__(
        self, source: str = "", tokens: Mapping[str, str] | CredentialsProblem = CredentialsProblem.MISSING
    ) -> None:
        self._source = source
        self._tokens = tokens

    def source(self) -> str:
        return self._source

    async def token(self, scope: str, limit: float) -> FileToken:
        if isinstance(self._tokens, CredentialsProblem):
            raise CredentialsFailed(self._tokens)
        if scope not in self._tokens:
            raise CredentialsFailed(CredentialsProblem.REFUSED)
        return FileToken(token=Secret(self._tokens[scope]), expires_at=START + timedelta(hours=1))


class FakeKeys:
    """A pair that is none, and certificates by their PEM text."""

    def __init__(self, certificates: Mapping[str, PeerCertificate] | None = None) -> None:
        self._certificates = dict(certificates or {})
        self._pair = KeyPair(public_pem="-----BEGIN PUBLIC KEY-----\n", private_pem=Secret("the fake private half"))

    async def key_pair(self) -> KeyPair:
        return self._pair

    def certificate(self, pem: str) -> PeerCertificate:
        if pem not in self._certificates:
            raise ValueError("not a certificate")
        return self._certificates[pem]


class FakeFiles:
    """A file system in which exactly these paths exist."""

    def __init__(self, kinds: Mapping[str, PathKind]) -> None:
        self._kinds = {PurePosixPath(path): kind for path, kind in kinds.items()}

    def kind(self, path: PurePosixPath) -> PathKind:
        return self._kinds.get(path, PathKind.MISSING)

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        if self.kind(path) is not PathKind.DIRECTORY:
            return ()
        return tuple(sorted(other.name for other in self._kinds if other.parent == path != other))


class FakeDrivers:
    """Drivers that come to these results."""

    def __init__(self, results: Mapping[Dialect, DriverResult]) -> None:
        self.results = dict(results)
        self.calls: list[DriverCall] = []

    async def connect(self, call: DriverCall) -> DriverResult:
        self.calls.append(call)
        if call.dialect not in self.results:
            raise LookupError(f"nobody said what {call.dialect} comes to")
        return self.results[call.dialect]
