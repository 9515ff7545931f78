"""One client connection at the instance, from its first message on: who may come in, and then PostgreSQL itself.

Refusals that Cloud SQL's pg_hba rules make are spoken here, in the server's words, because the server behind the front
sees neither the client's address nor its TLS. Everything else is the real server's.
"""

import contextlib
import socket
from enum import StrEnum

from diagnostics.lab.crowd import Crowd
from diagnostics.lab.doors import hang_up
from diagnostics.lab.pipe import pipe
from diagnostics.lab.postgres import ADMINISTRATOR, Postgres
from diagnostics.lab.protocol import (
    CLEARTEXT_PASSWORD,
    KERBEROS,
    First,
    NotPostgresError,
    Request,
    fatal,
    read_first,
    read_password,
)
from diagnostics.lab.strangers import garbage
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.tokens import Token, TokenBook
from diagnostics.lab.world import SslMode, Value

IAM_REFUSED = 'Cloud SQL IAM service account authentication failed for user "{}"'
"""The instance's words for any reason: no permission, no valid token, another account's token."""


SAYS = {
    "starting-up": ("57P03", "the database system is starting up", "ProcessStartupPacket"),
    "storage-full": ("53100", 'could not extend file "base/16385/1249": No space left on device', "mdextend"),
    "out-of-memory": ("53200", "out of memory", "AllocSetContextCreateInternal"),
    "standby-closed": ("57P03", "the database system is not accepting connections", "ProcessStartupPacket"),
    "pooler-database-unknown": ("08P01", "no such database: {database}", ""),
    "pooler-user-unknown": ("08P01", "no such user: {user}", ""),
    "pooler-full": ("08P01", "no more connections allowed (max_client_conn)", ""),
    "pooler-server-down": ("08P01", "server login has been failing, try again later (server_login_retry)", ""),
    "pooler-unsupported": ("08P01", "unsupported startup parameter: application_name", ""),
}
"""What is said to everybody under some faults: SQLSTATE, text, routine. PgBouncer's words have no routine."""


class Transport(StrEnum):
    """How the client came."""

    PLAIN = "plain"
    TLS = "tls"
    CLIENT_CERTIFICATE = "client_certificate"
    PROXY = "proxy"
    """Port 3307, mutual TLS: pg_hba rules for direct clients do not apply."""


class Client(Value, frozen=True, kw_only=True):
    """What the front knows of a client before its first message."""

    address: str
    transport: Transport
    token: Token | None = None
    """The login token that its certificate was issued with."""


class Refusal(Exception):
    """The server says no; the bytes that say so."""

    def __init__(self, sqlstate: str, text: str, routine: str = "ClientAuthentication") -> None:
        super().__init__(text)
        self.words = fatal(sqlstate, text, routine)


class Reception:
    """Decides and connects; one for the whole instance."""

    def __init__(self, switchboard: Switchboard, tokens: TokenBook, postgres: Postgres, crowd: Crowd) -> None:
        self._switchboard = switchboard
        self._tokens = tokens
        self._postgres = postgres
        self._crowd = crowd

    def receive(self, connection: socket.socket, client: Client, first: First) -> None:
        """Serve one client whose first message has been read, until it goes."""
        try:
            self._attend(connection, client, first)
        except OSError:
            # Once wrapped in TLS, nobody else would close it.
            connection.close()
            raise
        hang_up(connection)

    def _attend(self, connection: socket.socket, client: Client, first: First) -> None:
        try:
            if first.code == Request.CANCEL:
                self._cancel(first)
            elif self._switchboard.active("garbage-after-startup"):
                connection.sendall(garbage())
            else:
                self._admit(connection, client, first)
                self._converse(connection, first)
        except Refusal as refusal:
            connection.sendall(refusal.words)
        except (EOFError, NotPostgresError):
            pass

    def next_first(self, connection: socket.socket) -> First:
        """The startup or cancel message, after saying no to any encryption (inside TLS there is no other)."""
        first = read_first(connection)
        while first.code in (Request.SSL, Request.GSS_ENCRYPTION):
            connection.sendall(b"N")
            first = read_first(connection)
        return first

    def _admit(self, connection: socket.socket, client: Client, first: First) -> None:
        """Return if the client may talk to the server, raise Refusal if not."""
        said = next((words for fault, words in SAYS.items() if self._switchboard.active(fault)), None)
        if said or not self._switchboard.is_ready:
            sqlstate, text, routine = said or SAYS["starting-up"]
            raise Refusal(sqlstate, text.format(user=first.user, database=first.database), routine)
        if client.transport is not Transport.PROXY:
            self._match_rules(client, first)
        if first.user == ADMINISTRATOR:
            raise self._no_rule(client, first)
        if self._switchboard.active("role-missing"):
            raise Refusal("28000", f'role "{first.user}" does not exist', "InitializeSessionUserId")
        if self._switchboard.active("auth-method"):
            self._ask_in_vain(connection)
        if self._switchboard.world.takes_token_of(first.user):
            self._login_by_token(connection, client, first.user)
        if self._switchboard.active("too-many-connections"):
            self._crowd.gather()

    def _match_rules(self, client: Client, first: First) -> None:
        mode = self._switchboard.world.ssl_mode
        if self._switchboard.active("no-pg-hba-entry"):
            raise self._no_rule(client, first)
        if self._switchboard.active("hba-reject"):
            raise Refusal("28000", f"pg_hba.conf rejects connection for {_described(client, first)}")
        if client.transport is Transport.PLAIN and mode is not SslMode.ANY:
            raise Refusal("28000", f"pg_hba.conf rejects connection for {_described(client, first)}")
        if client.transport is Transport.TLS and mode is SslMode.CLIENT_CERTIFICATE:
            raise Refusal("28000", "connection requires a valid client certificate")

    def _no_rule(self, client: Client, first: First) -> Refusal:
        return Refusal("28000", f"no pg_hba.conf entry for {_described(client, first)}")

    def _login_by_token(self, connection: socket.socket, client: Client, user: str) -> None:
        """The certificate's token where the connector put one in, else the one that the client gives as password."""
        token = client.token
        if token is None and client.transport is not Transport.PLAIN:
            connection.sendall(CLEARTEXT_PASSWORD)
            token = self._tokens.login(read_password(connection))
        denied = self._switchboard.active("iam-login-denied")
        if token is None or denied or token.account.removesuffix(".gserviceaccount.com") != user:
            raise Refusal("28000", IAM_REFUSED.format(user))

    @staticmethod
    def _ask_in_vain(connection: socket.socket) -> None:
        """Ask for Kerberos as it was before GSSAPI, and wait until the client has gone."""
        connection.sendall(KERBEROS)
        while connection.recv(65536):
            pass
        raise EOFError

    def _converse(self, connection: socket.socket, first: First) -> None:
        with self._server() as server:
            server.sendall(first.raw)
            if self._switchboard.active("garbage-after-password"):
                interrupted = pipe(connection, server, lambda data: data.startswith(b"p"))
            elif self._switchboard.active("garbage-after-query"):
                interrupted = pipe(connection, server, lambda data: data.startswith((b"Q", b"P")))
            else:
                interrupted = pipe(connection, server)
        if interrupted:
            connection.settimeout(None)
            connection.sendall(garbage())

    def _cancel(self, first: First) -> None:
        with self._server() as server:
            server.sendall(first.raw)
            server.recv(1)

    def _server(self) -> contextlib.closing[socket.socket]:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.connect(self._postgres.socket)
        return contextlib.closing(server)


def _described(client: Client, first: First) -> str:
    """Client, user, database and encryption as the server's messages name them since PostgreSQL 14."""
    encryption = "no encryption" if client.transport is Transport.PLAIN else "SSL encryption"
    return f'host "{client.address}", user "{first.user}", database "{first.database}", {encryption}'
