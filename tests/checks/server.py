"""A PostgreSQL server for the fake stream: the bytes of the protocol, written by hand."""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from diagnostics.core.observed import PeerCertificate
from diagnostics.ports import TlsFailed, TlsFailure, TlsPeer, TlsRequest
from tests.fakes import Listener, Peer, Said
from tests.wire import serverside
from tests.wire.scram_server import ScramServer

SSL_REQUEST = struct.pack("!II", 8, 80877103)
GREETING = (
    serverside.parameter("server_version", "16.4")
    + serverside.parameter("in_hot_standby", "off")
    + serverside.key_data(7)
    + serverside.READY
)
ADMITTED = serverside.OK + GREETING
LEAF = PeerCertificate(common_name="acme-prod:orders")


def nothing(_message: bytes) -> Iterable[Said]:
    return ()


@dataclass
class Server:
    """Answers each kind of message with what it was told."""

    tls: tuple[Said, ...] = (b"N",)
    startup: tuple[Said, ...] = (ADMITTED,)
    password: Listener = nothing
    query: tuple[Said, ...] = (serverside.ONE_ROW,)
    startups: list[dict[str, str]] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)

    def __call__(self, message: bytes) -> Iterable[Said]:
        if message == SSL_REQUEST:
            return self.tls
        if message[:1] == b"Q":
            return self.query
        if message[:1] == b"p":
            self.passwords.append(serverside.read_frame(message)[1])
            return self.password(message)
        _, values = serverside.read_startup(message)
        self.startups.append(dict(values))
        return self.startup

    def peer(self, tls: Callable[[TlsRequest], TlsPeer | TlsFailed] | None = None) -> Peer:
        """It, at an endpoint. ``tls``: how it shakes hands."""
        return Peer(listener=self, tls=tls)


def refuses(sqlstate: str, message: str = "no", routine: str = "") -> bytes:
    """An ErrorResponse."""
    place = b"R" + serverside.text(routine) if routine else b""
    fields = b"SFATAL\0VFATAL\0C" + serverside.text(sqlstate) + b"M" + serverside.text(message) + place
    return serverside.frame(b"E", fields + b"\0")


def cleartext(password: str) -> Server:
    """A server that asks for the password as it is."""

    def judge(message: bytes) -> Iterable[Said]:
        return (ADMITTED if serverside.read_frame(message)[1] == serverside.text(password) else refuses("28P01"),)

    return Server(startup=(serverside.CLEARTEXT,), password=judge)


def md5(user: str, password: str) -> Server:
    """A server of the old kind."""
    inner = hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()
    wanted = "md5" + hashlib.md5(inner.encode() + b"salt", usedforsecurity=False).hexdigest()

    def judge(message: bytes) -> Iterable[Said]:
        return (ADMITTED if serverside.read_frame(message)[1] == serverside.text(wanted) else refuses("28P01"),)

    return Server(startup=(serverside.MD5,), password=judge)


def scram(password: str, *mechanisms: str, forged: bool = False) -> Server:
    """A server that proves itself, or, ``forged``, tries to without knowing the password."""
    state = ScramServer(password.encode())

    def judge(message: bytes) -> Iterable[Said]:
        kind, body = serverside.read_frame(message)
        assert kind == b"p"
        if body.startswith(b"SCRAM-"):
            _, first = serverside.read_sasl_initial(message)
            return (serverside.auth(11, state.challenge(first)),)
        proof = state.outcome(body)
        final = b"v=" + b"A" * 43 + b"=" if forged else proof
        return (serverside.auth(12, final) + ADMITTED,)

    return Server(startup=(serverside.sasl(*(mechanisms or ("SCRAM-SHA-256",))),), password=judge)


def shakes(certificate: PeerCertificate | None = LEAF, signature_hash: str = "") -> Callable[[TlsRequest], TlsPeer]:
    """Shakes hands with everybody, and shows this certificate."""
    peer = TlsPeer(
        version="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384",
        certificate=certificate,
        certificate_der=b"the leaf",
        signature_hash=signature_hash,
    )
    return lambda _request: peer


def breaks(
    failure: TlsFailure, alert: str = "", certificate: PeerCertificate | None = None
) -> Callable[[TlsRequest], TlsFailed]:
    """Breaks the handshake off."""
    return lambda _request: TlsFailed(failure, alert, certificate)


def untrusted(failure: TlsFailure, certificate: PeerCertificate = LEAF) -> Callable[[TlsRequest], TlsPeer | TlsFailed]:
    """Shows a certificate that fails whoever verifies it."""

    def shake(request: TlsRequest) -> TlsPeer | TlsFailed:
        return TlsFailed(failure) if request.verify_chain else shakes(certificate)(request)

    return shake
