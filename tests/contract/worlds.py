"""The same little worlds twice: out of real sockets, and out of fakes."""

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from diagnostics.adapters.credentials import VARIABLE, FileCredentials
from diagnostics.adapters.files import SystemFiles
from diagnostics.adapters.http import LazyHttp
from diagnostics.adapters.network import SocketNetwork
from diagnostics.adapters.resolver import SystemResolver
from diagnostics.core.observed import ApiResult, DnsResult, PeerCertificate, Reach
from diagnostics.ports import (
    Credentials,
    CredentialsProblem,
    Endpoint,
    Files,
    Http,
    HttpAnswer,
    Network,
    PathKind,
    Resolver,
    StreamEnd,
    StreamFailed,
    TlsFailed,
    TlsFailure,
    TlsPeer,
    TlsRequest,
)
from tests import fakes
from tests.adapters import listeners
from tests.adapters.authority import client_authority, server_authority, stranger
from tests.adapters.nano_dns import NXDOMAIN, REFUSED, SERVFAIL, Reply, nano_dns, v4, v6
from tests.adapters.nano_dns import A as IPV4

SCOPE = "scope"
TOKEN = "ya29.token"
PATHS = {
    "directory": PathKind.DIRECTORY,
    "directory/b": PathKind.FILE,
    "directory/a": PathKind.DIRECTORY,
    "socket": PathKind.SOCKET,
}


@dataclass(frozen=True)
class Place:
    """Where something can be dialled."""

    network: Network
    endpoint: Endpoint


@dataclass(frozen=True)
class Asked:
    """A resolver, and a server that knows db, missing, broken, refused, empty and never answers silent."""

    resolver: Resolver
    server: str


@dataclass(frozen=True)
class Web:
    """A client, and the root of what it calls."""

    http: Http
    url: str


class World(Protocol):
    """Ports in known surroundings."""

    def place(self, name: str) -> contextlib.AbstractContextManager[Place]:
        """One of the names in ``FakeWorld._peer``."""

    def asked(self) -> contextlib.AbstractContextManager[Asked]: ...

    def web(self, name: str) -> contextlib.AbstractContextManager[Web]:
        """One of: found, refused, silent, closed, ssh."""

    def files(self) -> contextlib.AbstractContextManager[tuple[Files, PurePosixPath]]:
        """Files as in PATHS below the path."""

    def credentials(self, name: str) -> contextlib.AbstractContextManager[Credentials]:
        """One of: none, good, missing, refused."""


class RealWorld:
    """Real adapters, real listeners on loopback."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextlib.contextmanager
    def place(self, name: str) -> Iterator[Place]:
        with self._endpoint(name) as endpoint:
            yield Place(SocketNetwork(), endpoint)

    def _endpoint(self, name: str) -> contextlib.AbstractContextManager[Endpoint]:
        directory = self._directory
        certified = server_authority().issue("server")
        makers: dict[str, Callable[[], contextlib.AbstractContextManager[Endpoint]]] = {
            "echo": lambda: listeners.listening(listeners.echo),
            "mute": lambda: listeners.listening(listeners.read_until_end),
            "close": lambda: listeners.listening(listeners.close_after_first),
            "reset": lambda: listeners.listening(listeners.reset_after_first),
            "refused": listeners.refused,
            "silent": listeners.deaf,
            "missing": lambda: contextlib.nullcontext(Endpoint(address=str(directory / "missing"))),
            "not_a_socket": lambda: contextlib.nullcontext(Endpoint(address=str(directory))),
            "socket": lambda: listeners.listening_at(directory / "s", listeners.echo),
            "tls": lambda: listeners.listening(listeners.tls(certified, directory)),
            "stranger": lambda: listeners.listening(listeners.tls(stranger().issue("x"), directory)),
            "ssh": lambda: listeners.listening(listeners.saying(b"SSH-2.0-x\r\n")),
            "judge": lambda: listeners.listening(
                listeners.tls(certified, directory, client_ca=client_authority().pem, oldest=ssl.TLSVersion.TLSv1_3)
            ),
        }
        return makers[name]()

    @contextlib.contextmanager
    def asked(self) -> Iterator[Asked]:
        codes = {"missing": NXDOMAIN, "broken": SERVFAIL, "refused": REFUSED, "empty": 0}

        def script(name: str, kind: int) -> Reply | None:
            if name == "silent":
                return None
            found = v4("10.1.2.3") if kind == IPV4 else v6("fd00::1")
            return found if name == "db" else Reply(codes[name])

        with nano_dns(script) as server:
            yield Asked(SystemResolver(port=server.port), server.address)

    @contextlib.contextmanager
    def web(self, name: str) -> Iterator[Web]:
        answer = b"HTTP/1.1 404 Not Found\r\nX-Name: v\r\nContent-Length: 2\r\n\r\nno"
        makers: dict[str, Callable[[], contextlib.AbstractContextManager[Endpoint]]] = {
            "found": lambda: listeners.listening(listeners.saying(answer)),
            "refused": listeners.refused,
            "silent": listeners.deaf,
            "closed": lambda: listeners.listening(listeners.close_after_first),
            "ssh": lambda: listeners.listening(listeners.saying(b"SSH-2.0-x\r\n\r\n")),
        }
        with makers[name]() as endpoint:
            yield Web(LazyHttp(SystemResolver(), {}, "test"), f"http://{endpoint.label}/")

    @contextlib.contextmanager
    def files(self) -> Iterator[tuple[Files, PurePosixPath]]:
        (self._directory / "directory/a").mkdir(parents=True)
        (self._directory / "directory/b").touch()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(self._directory / "socket"))
            yield SystemFiles(), PurePosixPath(self._directory)

    @contextlib.contextmanager
    def credentials(self, name: str) -> Iterator[Credentials]:
        path = self._directory / f"{name}.json"
        if name == "none":
            yield FileCredentials({"HOME": str(self._directory)})
            return
        body = json.dumps({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        answers = {"good": ("200 OK", body), "refused": ("400 Bad Request", '{"error": "invalid_grant"}')}
        status, text = answers.get(name, ("", ""))
        answer = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        with listeners.listening(listeners.saying(answer.encode())) as endpoint:
            if name != "missing":
                path.write_text(json.dumps(_service_account(f"http://{endpoint.label}/")))
            yield FileCredentials({VARIABLE: str(path)})


def _service_account(token_uri: str) -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    return {
        "type": "service_account",
        "client_email": "api@acme-prod.iam.gserviceaccount.com",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "token_uri": token_uri,
    }


class FakeWorld:
    """The same with fakes, scripted the way tests of checks script them."""

    @contextlib.contextmanager
    def place(self, name: str) -> Iterator[Place]:
        path = "/directory/s"
        at_path = name in {"missing", "not_a_socket", "socket"}
        endpoint = Endpoint(address=path) if at_path else Endpoint(address="192.0.2.1", port=5432)
        yield Place(fakes.FakeNetwork({endpoint.label: self._peer(name)}), endpoint)

    def _peer(self, name: str) -> fakes.Peer:
        peers = {
            "echo": fakes.Peer(listener=fakes.echo),
            "mute": fakes.Peer(),
            "close": fakes.Peer(listener=fakes.replies(b"")),
            "reset": fakes.Peer(listener=fakes.replies(StreamFailed(StreamEnd.RESET))),
            "refused": fakes.Peer(reach=Reach.REFUSED),
            "silent": fakes.Peer(reach=Reach.SILENT),
            "missing": fakes.Peer(reach=Reach.MISSING),
            "not_a_socket": fakes.Peer(reach=Reach.NOT_A_SOCKET),
            "socket": fakes.Peer(listener=fakes.echo),
            "tls": fakes.Peer(listener=fakes.echo, tls=self._shake),
            "stranger": fakes.Peer(tls=lambda _: TlsFailed(TlsFailure.UNKNOWN_AUTHORITY)),
            "ssh": fakes.Peer(tls=lambda _: TlsFailed(TlsFailure.NOT_TLS)),
            "judge": fakes.Peer(
                listener=fakes.replies(StreamFailed(StreamEnd.ALERT, "certificate_required")), tls=self._shake
            ),
        }
        return peers[name]

    @staticmethod
    def _shake(_request: TlsRequest) -> TlsPeer:
        return TlsPeer(version="TLSv1.3", cipher="x", certificate=PeerCertificate(common_name="server"))

    @contextlib.contextmanager
    def asked(self) -> Iterator[Asked]:
        server = "192.0.2.53"
        answers: dict[tuple[str, str], tuple[str, ...] | DnsResult] = {
            (server, "db"): ("10.1.2.3", "fd00::1"),
            (server, "missing"): DnsResult.NXDOMAIN,
            (server, "broken"): DnsResult.SERVFAIL,
            (server, "refused"): DnsResult.REFUSED,
            (server, "empty"): DnsResult.NO_ADDRESS,
            (server, "silent"): DnsResult.SILENT,
            (fakes.SYSTEM, "localhost"): ("127.0.0.1",),
        }
        yield Asked(fakes.FakeResolver(answers, (server,)), server)

    @contextlib.contextmanager
    def web(self, name: str) -> Iterator[Web]:
        answers: dict[str, HttpAnswer | ApiResult] = {
            "found": HttpAnswer(status=404, headers={"x-name": "v"}, body=b"no"),
            "refused": ApiResult.REFUSED,
            "silent": ApiResult.SILENT,
            "closed": ApiResult.CLOSED,
            "ssh": ApiResult.UNEXPECTED_ANSWER,
        }
        yield Web(fakes.FakeHttp({"GET http://api.example/": answers[name]}), "http://api.example/")

    @contextlib.contextmanager
    def files(self) -> Iterator[tuple[Files, PurePosixPath]]:
        yield fakes.FakeFiles({f"/top/{path}": kind for path, kind in PATHS.items()}), PurePosixPath("/top")

    @contextlib.contextmanager
    def credentials(self, name: str) -> Iterator[Credentials]:
        worlds: dict[str, fakes.FakeCredentials] = {
            "none": fakes.FakeCredentials(),
            "good": fakes.FakeCredentials(VARIABLE, {SCOPE: TOKEN}),
            "missing": fakes.FakeCredentials(VARIABLE, CredentialsProblem.MISSING),
            "refused": fakes.FakeCredentials(VARIABLE, CredentialsProblem.REFUSED),
        }
        yield worlds[name]
