"""One PostgreSQL session as a state machine that never touches a socket.

Rules:

- A stage (`request_tls`, `startup`, `authenticate`, `query`) is a generator. It yields bytes to send (empty: nothing
  to send, only read) and is sent what was received (empty: the peer closed). It returns an outcome. Whoever holds the
  transport runs it with `drive`.
- Stages run in order and never overlap; between two of them nothing is in flight from us, so one may stop there.
- What the server may say is the table in `states`; the code here only decides what a message means for the outcome.
- A stage ends in one of its outcomes, in `ProtocolError`, in `FieldError` (before a byte is sent), or in an exception
  of the transport.
- Credentials live in the frame of `authenticate` and nowhere else: no attribute, no outcome, no exception holds them.

Theory of operation: reading is one loop (`_receive`) that takes the next message from the parser, or yields for more
bytes, and moves the state by the table. The first answer of a peer is read differently (`_first`), since there the
question is not "which message" but "is this PostgreSQL at all": other services are recognised by their first bytes,
and anything unreadable is foreign, not malformed. After a deadline has cut a stage off, `state` and `received` still
say how far it got.
"""

# Two dozen generic signatures need not be evaluated at every start.
from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from diagnostics.wire import md5, messages
from diagnostics.wire.backend import (
    AuthenticationCleartext,
    AuthenticationMd5,
    AuthenticationOk,
    AuthenticationSasl,
    ErrorResponse,
    Message,
    NegotiateProtocolVersion,
    ReadyForQuery,
    SaslContinue,
    SaslFinal,
    UnsupportedAuth,
)
from diagnostics.wire.collect import Greeting, Result
from diagnostics.wire.exchange import Exchange
from diagnostics.wire.messages import Field, Startup, encode
from diagnostics.wire.outcomes import (
    AuthMethod,
    AuthOutcome,
    AuthRequested,
    Closed,
    Foreign,
    Proof,
    QueryOutcome,
    Ready,
    Refused,
    StartupOutcome,
    TlsAccepted,
    TlsDeclined,
    TlsOutcome,
    Trusted,
    Unanswered,
    UnansweredReason,
)
from diagnostics.wire.parser import Parser
from diagnostics.wire.peer import HEAD_SIZE, Peer, identify
from diagnostics.wire.protocol import ProtocolError, ProtocolErrorKind, Stage
from diagnostics.wire.scram import Mechanism, ScramClient, choose
from diagnostics.wire.states import TRANSITIONS, State

_AuthRequest: TypeAlias = AuthenticationCleartext | AuthenticationMd5 | AuthenticationSasl | UnsupportedAuth

# After login the server reads Terminate as its next command. Before, it would log it as a failed authentication.
_POLITE_TO_TERMINATE: Final = frozenset(
    {
        State.AUTHENTICATED,
        State.READY,
        State.QUERY_SENT,
        State.RECEIVING_ROWS,
        State.QUERY_DONE,
    }
)

_SERVER_OWES_PROOF: Final = frozenset({State.SASL_FIRST_SENT, State.SASL_PROOF_SENT})
_SCRAM: Final = frozenset(Mechanism)


def _none_known(_challenge: bytes) -> bool:
    return False


class Session:
    """One connection's conversation, stage by stage.

    Calling a stage out of order is a mistake of the caller: RuntimeError when the stage is run.
    """

    def __init__(self) -> None:
        self._state = State.FRESH
        self._stage = Stage.STARTUP
        self._parser = Parser(Stage.STARTUP)
        self._received = 0
        self._peer_closed = False
        self._user = b""
        self._request: _AuthRequest | None = None
        self._proof = Proof.NONE
        self._challenge = b""

    @property
    def challenge(self) -> bytes:
        """What the server named for the proof, SCRAM's salt and iterations; it changes when the password is set anew.

        Empty before it did, and with methods that name nothing that lasts.
        """
        return self._challenge

    @property
    def state(self) -> State:
        """How far the session has come, also after a stage was cut off."""
        return self._state

    @property
    def received(self) -> int:
        """Bytes received in the current or last stage; 0 after a deadline means that the peer said nothing."""
        return self._received

    def request_tls(self) -> Exchange[TlsOutcome]:
        """Ask for TLS. After `TlsAccepted` the caller shakes hands and carries all further stages inside TLS."""
        self._begin(Stage.TLS, {State.FRESH}, State.TLS_ASKED)
        data = yield from self._exchange(messages.SSL_REQUEST)
        if data[:1] in {b"S", b"N"}:
            return self._tls_answer(data)
        message = yield from self._first(data)
        return message if isinstance(message, Foreign) else self._ending(message)

    def startup(self, values: Startup) -> Exchange[StartupOutcome]:
        """Introduce ourselves; needs no credentials.

        Raises:
            FieldError: a value cannot be sent.
            ProtocolError: the answer starts as PostgreSQL and then is not.
        """
        packet = messages.startup(values)
        self._begin(Stage.STARTUP, {State.FRESH}, State.STARTUP_SENT)
        self._user = encode(values.user, Field.USER)
        data = yield from self._exchange(packet)
        message = yield from self._first(data)
        while isinstance(message, NegotiateProtocolVersion):
            message = yield from self._receive()
        if isinstance(message, Foreign):
            return message
        return self._started(message)

    def authenticate(
        self,
        *,
        password: str | None,
        nonce: str,
        end_point: bytes | None = None,
        refused: Callable[[bytes], bool] = _none_known,
    ) -> Exchange[AuthOutcome]:
        """Answer the authentication request, if there was one, and wait until the session is ready.

        Args:
            password: None when there is none; after `Unanswered` the stage may be run again with one.
            nonce: fresh randomness for SCRAM, see `ScramClient`.
            end_point: channel-binding data when TLS ends at the server itself, see `scram.server_end_point`; None
                otherwise.
            refused: whether the answer to this challenge is known to be refused; then none is sent. Asked before
                anything secret is sent, and never where the server wants no answer.

        Raises:
            FieldError: the password cannot be sent.
            ProtocolError: the server breaks the protocol or does not prove that it knows the password.
        """
        self._begin(Stage.AUTH, {State.CREDENTIALS_WANTED, State.AUTHENTICATED}, self._state)
        if self._request is not None:
            ending = yield from self._prove(self._request, password, nonce, end_point, refused)
            if ending is not None:
                return ending
        return (yield from self._settle())

    def query(self, sql: str) -> Exchange[QueryOutcome]:
        """Run one statement. After an error that is not fatal the session is ready again.

        Raises:
            FieldError: the text cannot be sent.
            ProtocolError: the answer is not one to a single statement.
        """
        packet = messages.query(sql)
        self._begin(Stage.QUERY, {State.READY}, State.QUERY_SENT)
        result = Result()
        message = yield from self._receive(packet)
        while message is not None and not isinstance(message, ReadyForQuery):
            result.add(message)
            if result.over:
                break
            message = yield from self._receive()
        return self._concluded(result, message)

    def goodbye(self) -> bytes:
        """What to send before closing, so that the server logs nothing; empty when silence is politer."""
        farewell = messages.terminate() if self._state in _POLITE_TO_TERMINATE else b""
        self._state = State.CLOSED
        return farewell

    def _begin(self, stage: Stage, allowed: set[State], state: State) -> None:
        if self._state not in allowed:
            raise RuntimeError(f"{stage} cannot begin in state {self._state}")
        self._stage = stage
        self._state = state
        self._received = 0
        self._parser.enter(stage)

    def _exchange(self, outgoing: bytes) -> Exchange[bytes]:
        data = yield outgoing
        self._received += len(data)
        self._peer_closed = not data
        return data

    def _receive(self, outgoing: bytes = b"") -> Exchange[Message | None]:
        """Send, then the next message; None when the peer closed."""
        if outgoing:
            self._parser.feed((yield from self._exchange(outgoing)))
        while (message := self._parser.next()) is None and not self._peer_closed:
            self._parser.feed((yield from self._exchange(b"")))
        return None if message is None else self._advance(message)

    def _first(self, data: bytes) -> Exchange[Message | Foreign | None]:
        """The first message of a peer that may be anything."""
        head = b""
        while data:
            head = (head + data)[:HEAD_SIZE]
            peer = identify(head)
            if peer is not Peer.UNKNOWN:
                return self._foreign(peer)
            try:
                self._parser.feed(data)
                message = self._parser.next()
            except ProtocolError as error:
                return self._foreign(Peer.UNKNOWN, error.kind)
            if message is not None:
                return self._advance(message)
            data = yield from self._exchange(b"")
        return None

    def _advance(self, message: Message) -> Message:
        state = TRANSITIONS[self._state].get(type(message))
        if state is not None:
            self._state = state
            return message
        skipped = isinstance(message, AuthenticationOk) and self._state in _SERVER_OWES_PROOF
        kind = ProtocolErrorKind.SCRAM_SKIPPED if skipped else ProtocolErrorKind.UNEXPECTED_MESSAGE
        raise ProtocolError(kind, self._stage)

    def _tls_answer(self, data: bytes) -> TlsAccepted | TlsDeclined | Foreign:
        if len(data) > 1:
            peer = identify(data)
            if peer is Peer.UNKNOWN:
                raise ProtocolError(ProtocolErrorKind.DATA_AFTER_TLS_ANSWER, self._stage)
            return self._foreign(peer)
        self._state = State.FRESH
        return TlsAccepted() if data == b"S" else TlsDeclined()

    def _started(self, message: Message | None) -> StartupOutcome:
        match message:
            case AuthenticationOk():
                return Trusted()
            case AuthenticationCleartext() | AuthenticationMd5() | AuthenticationSasl() | UnsupportedAuth():
                self._request = message
                return _requested(message)
            case _:
                return self._ending(message)

    def _prove(
        self,
        request: _AuthRequest,
        password: str | None,
        nonce: str,
        end_point: bytes | None,
        refused: Callable[[bytes], bool],
    ) -> Exchange[Unanswered | Refused | Closed | None]:
        """Answer the request; None when the server was satisfied."""
        mechanism = choose(request.mechanisms, end_point) if isinstance(request, AuthenticationSasl) else None
        if isinstance(request, UnsupportedAuth) or (isinstance(request, AuthenticationSasl) and mechanism is None):
            return Unanswered(reason=UnansweredReason.UNSUPPORTED_METHOD)
        if password is None:
            return Unanswered(reason=UnansweredReason.NO_PASSWORD)
        secret = encode(password, Field.PASSWORD)
        if mechanism is not None:
            self._proof = Proof(mechanism.lower())
            client = ScramClient(password=secret, nonce=nonce, mechanism=mechanism, end_point=end_point)
            return (yield from self._prove_by_scram(mechanism, client, refused))
        if refused(self._challenge):
            return Unanswered(reason=UnansweredReason.REFUSED_BEFORE)
        if isinstance(request, AuthenticationMd5):
            secret = md5.answer(secret, self._user, request.salt)
        self._proof = Proof.MD5 if isinstance(request, AuthenticationMd5) else Proof.CLEARTEXT
        packet = messages.password(secret)
        self._state = State.PASSWORD_SENT
        return self._unless_admitted((yield from self._receive(packet)))

    def _prove_by_scram(
        self, mechanism: Mechanism, client: ScramClient, refused: Callable[[bytes], bool]
    ) -> Exchange[Unanswered | Refused | Closed | None]:
        packet = messages.sasl_initial_response(mechanism, client.first())
        self._state = State.SASL_FIRST_SENT
        challenge = yield from self._receive(packet)
        if not isinstance(challenge, SaslContinue):
            return self._ending(challenge)
        # Behind the nonce, which is new each time.
        self._challenge = challenge.data.partition(b",")[2]
        if refused(self._challenge):
            return Unanswered(reason=UnansweredReason.REFUSED_BEFORE)
        final = yield from self._receive(messages.sasl_response(client.final(challenge.data)))
        if not isinstance(final, SaslFinal):
            return self._ending(final)
        client.verify(final.data)
        return self._unless_admitted((yield from self._receive()))

    def _settle(self) -> Exchange[Ready | Refused | Closed]:
        """From AuthenticationOk to the first ReadyForQuery."""
        greeting = Greeting(self._proof)
        message = yield from self._receive()
        while message is not None and not isinstance(message, ReadyForQuery | ErrorResponse):
            greeting.add(message)
            message = yield from self._receive()
        return greeting.ready(message) if isinstance(message, ReadyForQuery) else self._ending(message)

    def _concluded(self, result: Result, end: Message | None) -> QueryOutcome:
        if isinstance(end, ReadyForQuery) and result.error is None:
            return result.answered(end)
        if result.error is None:
            return self._closed()
        if not isinstance(end, ReadyForQuery):
            self._state = State.CLOSED
        return Refused(stage=self._stage, error=result.error)

    def _unless_admitted(self, message: Message | None) -> Refused | Closed | None:
        return None if isinstance(message, AuthenticationOk) else self._ending(message)

    def _ending(self, message: Message | None) -> Refused | Closed:
        """The outcome when a stage got an error, or nothing, instead of what it waited for."""
        if isinstance(message, ErrorResponse):
            self._state = State.CLOSED
            return Refused(stage=self._stage, error=message)
        return self._closed()

    def _closed(self) -> Closed:
        state, self._state = self._state, State.CLOSED
        return Closed(stage=self._stage, state=state, received_bytes=self._received)

    def _foreign(self, peer: Peer, fault: ProtocolErrorKind | None = None) -> Foreign:
        self._state = State.CLOSED
        return Foreign(stage=self._stage, peer=peer, fault=fault)


def _requested(request: _AuthRequest) -> AuthRequested:
    match request:
        case AuthenticationCleartext():
            return AuthRequested(method=AuthMethod.CLEARTEXT, number=3)
        case AuthenticationMd5():
            return AuthRequested(method=AuthMethod.MD5, number=5)
        case AuthenticationSasl():
            method = AuthMethod.OTHER if _SCRAM.isdisjoint(request.mechanisms) else AuthMethod.SCRAM_SHA_256
            return AuthRequested(method=method, number=10, mechanisms=request.mechanisms)
        case UnsupportedAuth():
            return AuthRequested(method=AuthMethod.OTHER, number=request.number)
