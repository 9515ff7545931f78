"""The platform's end of the mounted sockets.

The platform dials on its own, outside of the container: it reads the connect settings, has a key certified, opens 3307
with mutual TLS and verifies the server as Google's Go connector does. Whatever fails there, the app only sees the end
of its connection. Where the real one keeps certificates for an hour, this one starts anew each time, so that a fault
acts at once.
"""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from diagnostics.lab.deployment import CONNECTOR_PORT
from diagnostics.lab.plan import dial
from diagnostics.lab.spot import SocketMaker
from diagnostics.lab.tokens import Scope, TokenBook
from diagnostics.lab.world import Value

PATIENCE_SECONDS = 10.0
"""After this the platform gives up and closes, as its log line "timed out after 10s" says."""


class CannotDialError(Exception):
    """The platform does not get to the instance; only its own log would say why."""


class ConnectSettings(Value, frozen=True, kw_only=True):
    """What the platform needs of the Admin API's answer."""

    class Ca(Value, frozen=True, kw_only=True):
        """The instance's authorities."""

        cert: str

    class Address(Value, frozen=True, kw_only=True, rename="camel"):
        """One address."""

        type: str
        ip_address: str

    region: str
    server_ca_cert: Ca = msgspec.field(name="serverCaCert")
    dns_name: str = msgspec.field(name="dnsName", default="")
    ip_addresses: tuple[Address, ...] = msgspec.field(name="ipAddresses", default=())

    @property
    def address(self) -> str:
        """The public one where there is one, else the private one."""
        by_type = {each.type: each.ip_address for each in self.ip_addresses}
        found = by_type.get("PRIMARY") or by_type.get("PRIVATE")
        if found is None:
            raise CannotDialError
        return found


class WayOut(Value, frozen=True, kw_only=True):
    """How the platform gets from the container to the rest of the world: through the same egress."""

    make: SocketMaker
    api_host: str
    """Name of the Admin API's host."""
    api_place: Callable[[], tuple[str, int]]
    """Address and port of the Admin API now."""
    tls: ssl.SSLContext | None = None
    """For the Admin API; None is plain HTTP."""


class _Issued(Value, frozen=True, kw_only=True):
    class Certificate(Value, frozen=True, kw_only=True):
        cert: str

    ephemeral_cert: Certificate = msgspec.field(name="ephemeralCert")


class Platform:
    """Google's end of the mounted sockets."""

    def __init__(self, out: WayOut, tokens: TokenBook, directory: Path, patience: float = PATIENCE_SECONDS) -> None:
        """``directory`` is private (``ssl`` loads keys from files only); ``patience`` bounds one dial, in seconds."""
        self._out = out
        self._tokens = tokens
        self._directory = directory
        self._patience = patience
        self._key = ec.generate_private_key(ec.SECP256R1())

    def dial(self, connection_name: str) -> ssl.SSLSocket:
        """A verified connection to the instance's port 3307, raising CannotDialError."""
        deadline = time.monotonic() + self._patience
        project, region, instance = connection_name.split(":")
        path = f"/sql/v1beta4/projects/{quote(project)}/instances/{quote(instance)}"
        try:
            settings = msgspec.json.decode(self._call(deadline, "GET", f"{path}/connectSettings"), type=ConnectSettings)
            if settings.region != region:
                raise CannotDialError
            context = self._context(settings, self._certificate(deadline, path))
            tls = context.wrap_socket(self._connect((settings.address, CONNECTOR_PORT), deadline))
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
            raise CannotDialError from error
        if _names(tls).isdisjoint({f"{project}:{instance}", settings.dns_name.rstrip(".")}):
            tls.close()
            raise CannotDialError
        return tls

    def _connect(self, place: tuple[str, int], deadline: float) -> socket.socket:
        """A TCP connection whose every operation ends by the deadline, nearly."""
        connection = dial(self._out.make, place, _left(deadline))
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        return connection

    def _api(self, deadline: float) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._out.api_host, timeout=_left(deadline))
        plain = self._connect(self._out.api_place(), deadline)
        tls = self._out.tls
        connection.sock = plain if tls is None else tls.wrap_socket(plain, server_hostname=self._out.api_host)
        return connection

    def _call(self, deadline: float, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = self._api(deadline)
        headers = {"Authorization": f"Bearer {self._tokens.issue({Scope.SQL_ADMIN}).value}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise CannotDialError
        return content

    def _certificate(self, deadline: float, path: str) -> str:
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        body = json.dumps({"public_key": public.decode()}).encode()
        answer = self._call(deadline, "POST", f"{path}:generateEphemeralCert", body)
        return msgspec.json.decode(answer, type=_Issued).ephemeral_cert.cert

    def _context(self, settings: ConnectSettings, certificate: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The name is the instance's, not the address: verified below, as the Go connector does.
        context.check_hostname = False
        context.load_verify_locations(cadata=settings.server_ca_cert.cert)
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._directory / f"platform-{threading.get_ident()}.pem"
        path.touch(mode=0o600)
        path.write_bytes(private + certificate.encode())
        context.load_cert_chain(path)
        path.unlink()
        return context


def _left(deadline: float) -> float:
    """Seconds until then, raising TimeoutError when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _names(tls: ssl.SSLSocket) -> set[str]:
    """Whom the server's certificate names: DNS names, and the common name."""
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    names = {str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    with contextlib.suppress(x509.ExtensionNotFound):
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names.update(extension.value.get_values_for_type(x509.DNSName))
    return names
