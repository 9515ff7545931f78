"""The Cloud SQL instance as clients meet it: ports 5432 and 3307 on its public and its private address."""

import contextlib
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from diagnostics.lab.certs import Certificates, ServerLeaf
from diagnostics.lab.deployment import CONNECTOR_PORT, POSTGRES_PORT
from diagnostics.lab.doors import Door, Mode, hang_up
from diagnostics.lab.ephemeral import EphemeralCertificates
from diagnostics.lab.fault import Place
from diagnostics.lab.pipe import pipe
from diagnostics.lab.plan import Plan
from diagnostics.lab.protocol import NotPostgresError, Request, read_first
from diagnostics.lab.session import Client, Reception, Transport
from diagnostics.lab.spot import Spot
from diagnostics.lab.strangers import HTTP, MYSQL, SSH, answer, garbage, greet, reset, silent
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.world import InstanceState, Login, SslMode

Serve = Callable[[socket.socket], None]

SLOW_SECONDS = 3.0
"""What a handshake takes on a slow link: more than an impatient app waits, less than any limit of a check."""


class Instance:
    """Two ports on two addresses, and one PostgreSQL behind them."""

    def __init__(
        self,
        *,
        plan: Plan,
        switchboard: Switchboard,
        reception: Reception,
        tls: "TlsContexts",
        ephemeral: EphemeralCertificates,
        inner: tuple[str, int] | None = None,
    ) -> None:
        """``inner`` is a PostgreSQL with TLS of its own, to which 5432 is passed on where it suffices."""
        self._switchboard = switchboard
        self._reception = reception
        self._tls = tls
        self._ephemeral = ephemeral
        self._inner = inner
        self._addresses = plan.addresses
        self._doors = [
            Door(Spot(address=address, port=port, make=plan.instance), serve, partial(self._mode, address, port))
            for address in plan.addresses.of_instance
            for port, serve in ((POSTGRES_PORT, self._direct), (CONNECTOR_PORT, self._proxied))
        ]

    def start(self) -> None:
        """Open the doors, and keep them as the switchboard wants."""
        for door in self._doors:
            door.start()
        self._switchboard.listen(self._settle)

    def stop(self) -> None:
        """Close the doors and all connections."""
        for door in self._doors:
            door.stop()

    def _settle(self) -> None:
        for door in self._doors:
            door.settle()

    def _mode(self, address: str, port: int) -> Mode:
        """Cloud SQL's addresses drop what they do not take; only a host without a service refuses."""
        world = self._switchboard.world
        if self._switchboard.active("port-refused"):
            return Mode.CLOSED
        current = {self._addresses.of(ip_type, world) for ip_type in world.ip_types}
        gone = world.state is not InstanceState.RUNNING or address not in current
        closed_to_direct = port == POSTGRES_PORT and world.connector_enforcement == "REQUIRED"
        cut_off = address == self._addresses.public and self._switchboard.active("all-traffic-without-nat")
        dropped = self._switchboard.active("silent-drop")
        return Mode.SILENT if gone or closed_to_direct or cut_off or dropped else Mode.OPEN

    def _misbehaviour(self) -> Serve | None:
        """What both ports do in place of their work."""
        if self._switchboard.active("accept-then-silence"):
            return silent
        if self._switchboard.active("accept-then-close"):
            return socket.socket.close
        if self._switchboard.active("accept-then-reset"):
            return reset
        return None

    def _stranger(self) -> Serve | None:
        """Who else answers at 5432."""
        strangers: dict[str, Serve] = {
            "http-server": partial(answer, words=HTTP),
            "ssh-server": partial(greet, words=SSH),
            "mysql-server": partial(greet, words=MYSQL),
            "garbage-first": partial(answer, words=garbage()),
        }
        return next((serve for name, serve in strangers.items() if self._switchboard.active(name)), None)

    # --- 5432: PostgreSQL's own way to TLS ------------------------------------------------------------------------

    def _direct(self, connection: socket.socket) -> None:
        serve = self._misbehaviour() or self._stranger() or self._postgres()
        serve(connection)

    def _postgres(self) -> Serve:
        if self._inner and self._is_ordinary():
            return partial(self._pass_on, inner=self._inner)
        return self._front

    def _is_ordinary(self) -> bool:
        """Whether a server that knows nothing of faults, of IAM and of Cloud SQL's rules does as the instance would.

        Else the front acts for it, whoever's PostgreSQL is behind.
        """
        board = self._switchboard
        by_password = board.setup.login is Login.PASSWORD and board.world.ssl_mode is SslMode.ANY
        return by_password and board.is_ready and not board.any_at(Place.NETWORK, Place.INSTANCE)

    @staticmethod
    def _pass_on(connection: socket.socket, inner: tuple[str, int]) -> None:
        with socket.create_connection(inner) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pipe(connection, server)
        hang_up(connection)

    def _front(self, connection: socket.socket) -> None:
        address, transport = connection.getpeername()[0], Transport.PLAIN
        try:
            first = read_first(connection)
            while first.code in (Request.SSL, Request.GSS_ENCRYPTION):
                wanted = first.code == Request.SSL and transport is Transport.PLAIN
                offered = wanted and not self._switchboard.active("tls-not-offered")
                connection.sendall(b"S" if offered else b"N")
                if offered:
                    connection = self._shake_hands(connection, self._tls.direct)
                    shown = connection.getpeercert(binary_form=True)
                    transport = Transport.CLIENT_CERTIFICATE if shown else Transport.TLS
                first = read_first(connection)
        except (EOFError, NotPostgresError, ssl.SSLError):
            hang_up(connection)
            return
        except OSError:
            # Once wrapped in TLS, nobody else would close it.
            connection.close()
            raise
        self._reception.receive(connection, Client(address=address, transport=transport), first)

    # --- 3307: the server-side proxy, mutual TLS from the first byte ----------------------------------------------

    def _proxied(self, connection: socket.socket) -> None:
        serve = self._misbehaviour() or self._proxy
        serve(connection)

    def _proxy(self, connection: socket.socket) -> None:
        address = connection.getpeername()[0]
        try:
            connection = self._shake_hands(connection, self._tls.proxy)
            certificate = connection.getpeercert() or {}
            first = self._reception.next_first(connection)
        except (EOFError, NotPostgresError, ssl.SSLError):
            hang_up(connection)
            return
        except OSError:
            # Once wrapped in TLS, nobody else would close it.
            connection.close()
            raise
        issued = self._ephemeral.find(int(str(certificate["serialNumber"]), 16))
        token = issued.login if issued else None
        self._reception.receive(connection, Client(address=address, transport=Transport.PROXY, token=token), first)

    def _shake_hands(self, connection: socket.socket, context: "ContextOf") -> ssl.SSLSocket:
        if self._switchboard.active("slow-link"):
            time.sleep(SLOW_SECONDS)
        old = self._switchboard.active("tls-old-version")
        return self._tls.shake_hands(connection, context(self._leaf(), old))

    def _leaf(self) -> ServerLeaf:
        faults = {
            "server-cert-not-yet-valid": ServerLeaf.NOT_YET_VALID,
            "server-cert-expired": ServerLeaf.EXPIRED,
            "server-cert-unknown-ca": ServerLeaf.UNKNOWN_CA,
            "server-cert-wrong-name": ServerLeaf.WRONG_NAME,
        }
        return next((leaf for name, leaf in faults.items() if self._switchboard.active(name)), ServerLeaf.GENUINE)


ContextOf = Callable[[ServerLeaf, bool], ssl.SSLContext]
"""TLS settings by certificate, and whether they are those of a server that was never updated."""


def _only_old(context: ssl.SSLContext) -> None:
    """TLS 1.1, which no client takes any more, and which OpenSSL only does at its lowest level."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")


class TlsContexts:
    """The server's TLS settings for each port and certificate, made when first needed.

    Blocking ``ssl``, because asyncio tears a failed handshake down before the client has its alert.
    """

    def __init__(self, certificates: Certificates, directory: Path) -> None:
        """``directory`` is private: ``ssl`` reads keys from files only."""
        self._certificates = certificates
        self._directory = directory
        self._lock = threading.Lock()
        self.direct = self._once(self._direct)
        self.proxy = self._once(self._proxy)

    def _once(self, make: "ContextOf") -> "ContextOf":
        """Connections come at once: a cache alone would let two of them write the same file and read half of it."""
        made = cache(make)

        def get(leaf: ServerLeaf, old: bool) -> ssl.SSLContext:  # noqa: FBT001 - a key of the cache
            with self._lock:
                return made(leaf, old)

        return get

    def _direct(self, leaf: ServerLeaf, old: bool) -> ssl.SSLContext:  # noqa: FBT001 - a key of the cache
        """5432: TLS 1.2 or later, a client certificate if the client likes."""
        context = self._context(leaf)
        if old:
            _only_old(context)
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _proxy(self, leaf: ServerLeaf, old: bool) -> ssl.SSLContext:  # noqa: FBT001 - a key of the cache
        """3307: TLS 1.3 and a client certificate, always."""
        context = self._context(leaf)
        if old:
            _only_old(context)
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _context(self, leaf: ServerLeaf) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(cadata=self._certificates.client_ca_pem)
        path = self._directory / f"{leaf.value}.pem"
        context.load_cert_chain(self._certificates.server_leaf(leaf).save(path))
        return context

    def shake_hands(self, connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        """TLS on the connection; after a refusal, the alert is on its way and ssl.SSLError is raised."""
        tls = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            tls.do_handshake()
        except ssl.SSLError:
            with contextlib.suppress(OSError):
                hang_up(tls)
            raise
        except OSError:
            # The client hung up in the middle: the descriptor is TLS's by now, and nobody else would close it.
            tls.close()
            raise
        return tls
