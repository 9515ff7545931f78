"""Protocols for everything outside: what checks may ask of the world.

Adapters implement them with real sockets; tests with verified fakes. An operation that meets an expected failure
raises one of the exceptions below, which carry an enum and no text of a peer; anything else that escapes is our bug.
All limits and durations are seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

import msgspec

from diagnostics.core.model import Dialect, Secret, Target, Value
from diagnostics.core.observed import AddressClass, ApiResult, Attempt, DnsAnswer, PeerCertificate, Reach


class Endpoint(Value, frozen=True, kw_only=True):
    """Where to connect: an IP literal and a port, or the path of a unix socket (port 0)."""

    address: str
    port: int = 0

    @property
    def is_socket(self) -> bool:
        """A unix socket's address starts with a slash."""
        return self.address.startswith("/")

    @property
    def label(self) -> str:
        """The way people write it: a path, ``address:port``, or ``[address]:port`` for IPv6."""
        if self.is_socket:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class ConnectFailed(Exception):
    """No connection: refused, silent, unreachable ..."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach.value)
        self.reach = reach


class StreamEnd(StrEnum):
    """How a stream ended while more bytes were expected."""

    CLOSED = "closed"
    RESET = "reset"
    ALERT = "alert"
    FLOOD = "flood"
    """The peer went on, without end and without a byte that was expected; we ended it."""


class StreamFailed(Exception):
    """The peer ended the stream; ``alert`` is the TLS alert's name where one arrived, such as ``unknown_ca``."""

    def __init__(self, end: StreamEnd, alert: str = "") -> None:
        super().__init__(end.value, alert)
        self.end = end
        self.alert = alert


class TlsFailure(StrEnum):
    """Why a handshake did not complete."""

    CLOSED = "closed"
    RESET = "reset"
    FLOOD = "flood"
    """The peer sent more than a handshake holds."""
    MALFORMED = "malformed"
    """The peer began as TLS and then broke the protocol."""
    NOT_TLS = "not_tls"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    UNKNOWN_AUTHORITY = "unknown_authority"
    NAME_MISMATCH = "name_mismatch"
    PROTOCOL_VERSION = "protocol_version"
    ALERT = "alert"
    LOCAL_FILES = "local_files"


class TlsFailed(Exception):
    """A handshake that did not complete, with the certificate where the server showed one."""

    def __init__(self, failure: TlsFailure, alert: str = "", certificate: PeerCertificate | None = None) -> None:
        super().__init__(failure.value, alert)
        self.failure = failure
        self.alert = alert
        self.certificate = certificate


class TlsRequest(Value, frozen=True, kw_only=True):
    """How to shake hands. Trust is the system's store unless ``ca_pem`` or ``ca_file`` is given."""

    server_name: str = ""
    """SNI, and the name to verify where ``verify_name`` is set. An address is verified and never sent as SNI."""
    verify_chain: bool = False
    verify_name: bool = False
    ca_pem: str = ""
    ca_file: str = ""
    certificate_pem: str = ""
    key: Secret | None = None
    """PEM of the client key that belongs to ``certificate_pem``."""
    certificate_file: str = ""
    key_file: str = ""
    minimum_tls13: bool = False


class TlsPeer(Value, frozen=True, kw_only=True):
    """What a handshake agreed on. ``certificate_der`` is the leaf, for channel binding."""

    version: str
    cipher: str
    certificate: PeerCertificate | None = None
    certificate_der: bytes = b""
    signature_hash: str = ""
    """Name of the hash in the leaf's signature algorithm, such as ``sha256``; empty where it has none (Ed25519)."""


class Stream(Protocol):
    """One connection. ``recv`` returns b"" at a clean end and raises StreamFailed at any other."""

    async def send(self, data: bytes) -> None:
        """Write all of it; StreamFailed when the peer is gone without a word, else ``recv`` has its last word."""

    async def recv(self) -> bytes:
        """Some bytes, or b"" at the end of the stream."""

    async def start_tls(self, request: TlsRequest) -> TlsPeer:
        """Shake hands on this connection; TlsFailed."""

    def close(self, last: bytes = b"") -> None:
        """Send ``last``, then close_notify where TLS is on, and close; waits for nothing: what does not fit is lost."""


class Network(Protocol):
    """Connections. Deadlines are the caller's: a cancelled connect leaves no socket behind."""

    async def connect(self, endpoint: Endpoint, limit: float) -> Stream:
        """One attempt; ConnectFailed, with SILENT when the limit ran out."""

    async def connect_all(self, endpoints: Sequence[Endpoint], limit: float) -> tuple[Attempt, ...]:
        """One attempt each, in parallel, closed at once, nothing sent; answers in the order of the endpoints."""

    def address_class(self, address: str) -> AddressClass:
        """What an IP literal is to Cloud Run's egress setting."""


class Resolver(Protocol):
    """Names. The system resolver as the app uses it, and each of its servers directly."""

    async def lookup(self, host: str, port: int, limit: float) -> DnsAnswer:
        """getaddrinfo, addresses in the order a driver gets them; ``server`` is ``system``, empty for a literal."""

    def nameservers(self) -> tuple[str, ...]:
        """The servers of resolv.conf."""

    async def ask(self, server: str, name: str, limit: float) -> DnsAnswer:
        """A and AAAA records from one server, by real packets."""


class HttpAnswer(Value, frozen=True, kw_only=True):
    """One HTTP answer; header names in lower case, body at most 1 MiB, more than any API answer we read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpFailed(Exception):
    """No answer: UNRESOLVED, SILENT, REFUSED, UNREACHABLE, CLOSED, TLS_FAILED, or not HTTP: UNEXPECTED_ANSWER."""

    def __init__(self, result: ApiResult) -> None:
        super().__init__(result.value)
        self.result = result


class HttpCall(Value, frozen=True, kw_only=True):
    """One HTTP call. ``bearer`` never appears in an exception or a log."""

    method: str = "GET"
    url: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    bearer: Secret | None = None
    body: Secret | None = None
    """JSON; secret, because some requests carry a token."""
    connect_limit: float
    """Seconds for TCP and TLS: silence on the path shows here."""
    limit: float
    """Seconds for all of it."""
    direct: bool = False
    """Ignore HTTP proxy variables, as metadata calls must."""


class Http(Protocol):
    """Plain HTTP calls."""

    async def request(self, call: HttpCall) -> HttpAnswer:
        """One call, no retry, no redirect; HttpFailed."""


class CredentialsProblem(StrEnum):
    """Why a credentials file gave no token."""

    MISSING = "missing"
    INVALID = "invalid"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class CredentialsFailed(Exception):
    """A credentials file gave no token."""

    def __init__(self, problem: CredentialsProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class FileToken(Value, frozen=True, kw_only=True):
    """A token from a credentials file (application default credentials off the metadata server)."""

    token: Secret
    email: str = ""
    expires_at: datetime | None = None


class Credentials(Protocol):
    """Application default credentials from files, by google-auth in a thread of its own."""

    def source(self) -> str:
        """Which variable or well-known file names credentials; empty where none does."""

    async def token(self, scope: str, limit: float) -> FileToken:
        """A token for the scope; CredentialsFailed."""


class KeyPair(Value, frozen=True, kw_only=True):
    """Client key of an ephemeral certificate: public half as SPKI PEM, private half secret."""

    public_pem: str
    private_pem: Secret


class Keys(Protocol):
    """Key pairs; generating one takes tens of milliseconds of CPU, so it runs in a thread and is cached."""

    async def key_pair(self) -> KeyPair:
        """The current pair."""

    def certificate(self, pem: str) -> PeerCertificate:
        """Read a certificate; ValueError where it is none."""


class PathKind(StrEnum):
    """What a path is."""

    MISSING = "missing"
    DIRECTORY = "directory"
    SOCKET = "socket"
    FILE = "file"
    FORBIDDEN = "forbidden"


class Files(Protocol):
    """The few looks at the file system that checks need."""

    def kind(self, path: PurePosixPath) -> PathKind:
        """What is there."""

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        """Sorted names in a directory, empty where it cannot be listed."""


class DriverCall(Value, frozen=True, kw_only=True):
    """Which driver to call, and with what."""

    dialect: Dialect
    target: Target
    limit: float
    """Seconds for connect, ``SELECT 1`` and close, counted from when the driver is loaded."""
    load_limit: float
    """Seconds until the driver is loaded."""
    login_token: Secret | None = None
    """The password of an IAM login; the connector gets its own."""
    sqladmin_endpoint: str = ""
    """Where the connector finds the Admin API, empty for its own default."""


class DriverEnd(StrEnum):
    """How a call of a driver ended."""

    CONNECTED = "connected"
    FAILED = "failed"
    """With an exception of the driver, or the server's error."""
    SILENT = "silent"
    """Its time was over while it waited."""
    KEPT_BUSY = "kept_busy"
    """Its time was over while it computed, as a server may make it (a SCRAM count of 2^31)."""
    OUT_OF_MEMORY = "out_of_memory"
    """It took more memory than it is given, many times of what connecting takes."""
    OPTION_REJECTED = "option_rejected"
    API_FAILED = "api_failed"
    IMPORT_FAILED = "import_failed"
    """It contacted nothing: a library, or a place for its files, is missing where we run."""
    NO_RESULT = "no_result"
    """Its process could not be started, or ended without a result."""


class DriverResult(Value, frozen=True, kw_only=True):
    """What the app's own driver came to; all strings empty where it connected."""

    end: DriverEnd = DriverEnd.CONNECTED
    driver_version: str = ""
    connect_seconds: float = 0.0
    import_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of processor time until the driver was loaded."""
    exception: str = ""
    sqlstate: str = ""
    message: str = ""


class Drivers(Protocol):
    """The drivers an app uses, called as an app would call them: connect, ``SELECT 1``, close."""

    async def connect(self, call: DriverCall) -> DriverResult:
        """Never raises for what the driver raised: that is the result, with the driver's own text uncleaned.

        Bounded in time and memory whatever the server does, and nothing of it is left afterwards.
        """


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Wall clock, UTC, aware."""

    def monotonic(self) -> float:
        """Seconds that never step."""

    async def sleep(self, seconds: float) -> None:
        """Give way for that long."""
