"""The course of a session, against scripted servers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.wire import (
    SSL_REQUEST,
    Answered,
    AuthMethod,
    AuthRequested,
    Closed,
    Field,
    FieldError,
    FieldProblem,
    Foreign,
    Peer,
    Proof,
    ProtocolError,
    ProtocolErrorKind,
    Ready,
    Refused,
    Session,
    Severity,
    Stage,
    Startup,
    State,
    TlsAccepted,
    TlsDeclined,
    TransactionStatus,
    Trusted,
    Unanswered,
    UnansweredReason,
    drive,
)
from diagnostics.wire.states import TRANSITIONS
from tests.wire import serverside
from tests.wire.scram_server import ScramServer
from tests.wire.strategies import chunked
from tests.wire.test_peer import BANNERS
from tests.wire.transport import Script, replay

API = Startup(user="api", database="orders")
NONCE = "abcdef"
GREETING = serverside.OK + serverside.parameter("server_version", "15.4") + serverside.key_data(7) + serverside.READY


def started(answer: bytes) -> Session:
    session = Session()
    replay(session.startup(API), answer)
    return session


def ready() -> Session:
    session = started(GREETING)
    assert isinstance(replay(session.authenticate(password=None, nonce=NONCE)), Ready)
    return session


# --- TLS request


@pytest.mark.parametrize("answer,outcome", [(b"S", TlsAccepted()), (b"N", TlsDeclined())])
def test_the_answer_to_ssl_request_is_one_byte(answer: bytes, outcome: TlsAccepted | TlsDeclined) -> None:
    session, script = Session(), Script([answer])
    assert script.play(session.request_tls()) == outcome
    assert script.sent == [SSL_REQUEST]
    assert isinstance(replay(session.startup(API), serverside.CLEARTEXT), AuthRequested)


@pytest.mark.parametrize("answer", [b"S\x16\x03", b"N" + serverside.OK, b"SN"])
def test_plain_bytes_after_the_tls_answer_are_refused(answer: bytes) -> None:
    """Accepted, they would be read as if they had come through TLS."""
    with pytest.raises(ProtocolError) as caught:
        replay(Session().request_tls(), answer)
    assert (caught.value.kind, caught.value.stage) == (ProtocolErrorKind.DATA_AFTER_TLS_ANSWER, Stage.TLS)


def test_an_ssh_banner_is_no_yes_to_tls() -> None:
    """It begins with the letter that means yes."""
    outcome = replay(Session().request_tls(), b"SSH-2.0-OpenSSH_9.2p1\r\n")
    assert outcome == Foreign(stage=Stage.TLS, peer=Peer.SSH)


@pytest.mark.parametrize(
    "answer", [serverside.error("53300", "FATAL", "too many"), b"Ecould not fork\n\0"], ids=["protocol 3", "protocol 2"]
)
def test_an_error_instead_of_a_tls_answer_is_a_refusal(answer: bytes) -> None:
    outcome = replay(Session().request_tls(), answer[:3], answer[3:])
    assert isinstance(outcome, Refused)
    assert outcome.error.message in {"too many", "could not fork"}


def test_silence_and_an_end_after_ssl_request() -> None:
    session = Session()
    assert replay(session.request_tls()) == Closed(stage=Stage.TLS, state=State.TLS_ASKED, received_bytes=0)
    assert session.state is State.CLOSED


@pytest.mark.parametrize("banner,peer", [(first, peer) for first, peer in BANNERS if first and first[0] != ord("E")])
def test_another_service_answers_ssl_request_or_startup(banner: bytes, peer: Peer) -> None:
    for stage in (Session().request_tls(), Session().startup(API)):
        outcome = replay(stage, banner)
        assert isinstance(outcome, Foreign)
        assert outcome.peer is peer
        assert (outcome.fault is None) == (peer is not Peer.UNKNOWN)


@given(st.sampled_from([banner for banner in BANNERS if banner[1] is not Peer.UNKNOWN]), st.data())
def test_a_service_is_recognised_at_any_chunking(banner: tuple[bytes, Peer], data: st.DataObject) -> None:
    """Except where the first chunk is a whole PostgreSQL answer, or already excludes PostgreSQL without saying more."""
    first, peer = banner
    outcome = replay(Session().startup(API), *data.draw(chunked(first)))
    assert isinstance(outcome, Foreign | Closed)
    if isinstance(outcome, Foreign):
        assert outcome.peer in {peer, Peer.UNKNOWN}


# --- startup


def test_startup_needs_no_credentials_and_sends_only_itself() -> None:
    script = Script([serverside.sasl("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")])
    session = Session()
    assert script.play(session.startup(API)) == AuthRequested(
        method=AuthMethod.SCRAM_SHA_256, number=10, mechanisms=("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")
    )
    assert serverside.read_startup(script.sent[0]) == (3 << 16, [("user", "api"), ("database", "orders")])
    assert len(script.sent) == 1
    assert session.state is State.CREDENTIALS_WANTED
    assert session.goodbye() == b""


@pytest.mark.parametrize(
    "answer,method,number",
    [
        (serverside.CLEARTEXT, AuthMethod.CLEARTEXT, 3),
        (serverside.MD5, AuthMethod.MD5, 5),
        (serverside.sasl("SCRAM-SHA-256"), AuthMethod.SCRAM_SHA_256, 10),
        (serverside.sasl("OAUTHBEARER"), AuthMethod.OTHER, 10),
        (serverside.auth(2), AuthMethod.OTHER, 2),
        (serverside.auth(7), AuthMethod.OTHER, 7),
        (serverside.auth(9), AuthMethod.OTHER, 9),
        (serverside.auth(99), AuthMethod.OTHER, 99),
    ],
)
def test_the_requested_method_is_named(answer: bytes, method: AuthMethod, number: int) -> None:
    outcome = replay(Session().startup(API), answer)
    assert isinstance(outcome, AuthRequested)
    assert (outcome.method, outcome.number) == (method, number)


def test_a_trusting_server_is_no_authentication_request() -> None:
    assert replay(Session().startup(API), serverside.OK) == Trusted()


def test_an_error_at_startup_is_a_refusal_with_its_code() -> None:
    outcome = replay(Session().startup(API), serverside.error("28000", "FATAL", "no entry"))
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate, outcome.error.severity) == (Stage.STARTUP, "28000", Severity.FATAL)


def test_version_negotiation_is_passed_over() -> None:
    negotiation = serverside.frame(b"v", b"\0\3\0\0\0\0\0\1_pq_.x\0")
    assert replay(Session().startup(API), negotiation + serverside.OK) == Trusted()
    assert replay(Session().startup(API), negotiation, serverside.OK) == Trusted()


def test_an_end_in_the_middle_of_an_answer_counts_its_bytes() -> None:
    """Not a byte and half an answer are different findings."""
    outcome = replay(Session().startup(API), serverside.sasl("SCRAM-SHA-256")[:7])
    assert outcome == Closed(stage=Stage.STARTUP, state=State.STARTUP_SENT, received_bytes=7)


def test_a_sasl_challenge_before_any_choice_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError) as caught:
        replay(Session().startup(API), serverside.auth(11, b"r="))
    assert caught.value.kind is ProtocolErrorKind.UNEXPECTED_MESSAGE


def test_a_user_that_cannot_be_sent_sends_nothing() -> None:
    session, script = Session(), Script([serverside.OK])
    with pytest.raises(FieldError):
        script.play(session.startup(Startup(user="a\0b")))
    assert (script.sent, session.state) == ([], State.FRESH)


# --- authentication


def test_cleartext_password() -> None:
    session, script = started(serverside.CLEARTEXT), Script([GREETING])
    outcome = script.play(session.authenticate(password="pässword", nonce=NONCE))
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.CLEARTEXT
    assert serverside.read_frame(script.sent[0]) == (b"p", "pässword\0".encode())


def test_md5_password() -> None:
    """The answer hashes the user of the startup packet and the server's salt."""
    session, script = started(serverside.auth(5, b"\1\2\3\4")), Script([GREETING])
    outcome = script.play(session.authenticate(password="secret", nonce=NONCE))
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.MD5
    assert serverside.read_frame(script.sent[0]) == (b"p", b"md5fdfe9f265fbc3d8e7a43d80189370a76\0")


class ScramScript:
    """A scripted server that answers SCRAM truthfully, except for what a test replaces."""

    def __init__(self, *, admitted: bytes = GREETING, forged: bytes | None = None) -> None:
        self.server = ScramServer(b"secret")
        self.mechanism = ""
        self.channel_binding = b""
        self._admitted = admitted
        self._forged = forged
        self._answer = b""

    def send(self, packet: bytes) -> None:
        if not self.mechanism:
            self.mechanism, first = serverside.read_sasl_initial(packet)
            self._answer = serverside.auth(11, self.server.challenge(first))
            return
        _, final = serverside.read_frame(packet)
        self.channel_binding = self.server.channel_binding(final)
        outcome = self.server.outcome(final) if self._forged is None else self._forged
        self._answer = serverside.auth(12, outcome) + self._admitted

    def receive(self) -> bytes:
        answer, self._answer = self._answer, b""
        return answer


async def scram(
    script: ScramScript, *offered: str, end_point: bytes | None = None
) -> Ready | Refused | Closed | Unanswered:
    session = started(serverside.sasl(*offered))

    async def send(data: bytes) -> None:
        script.send(data)

    async def receive() -> bytes:
        return script.receive()

    return await drive(session.authenticate(password="secret", nonce=NONCE, end_point=end_point), send, receive)


async def test_scram_without_tls() -> None:
    script = ScramScript()
    outcome = await scram(script, "SCRAM-SHA-256")
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.SCRAM_SHA_256
    assert (script.mechanism, script.channel_binding) == ("SCRAM-SHA-256", b"n,,")


async def test_scram_bound_to_the_tls_session() -> None:
    script = ScramScript()
    outcome = await scram(script, "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", end_point=b"hash")
    assert isinstance(outcome, Ready)
    assert outcome.proof is Proof.SCRAM_SHA_256_PLUS
    assert (script.mechanism, script.channel_binding) == ("SCRAM-SHA-256-PLUS", b"p=tls-server-end-point,,hash")


async def test_scram_tells_a_server_that_its_offer_of_binding_was_cut_out() -> None:
    script = ScramScript()
    await scram(script, "SCRAM-SHA-256", end_point=b"hash")
    assert (script.mechanism, script.channel_binding) == ("SCRAM-SHA-256", b"y,,")


async def test_a_server_without_the_password_is_not_believed() -> None:
    with pytest.raises(ProtocolError) as caught:
        await scram(ScramScript(forged=b"v=" + b"A" * 43 + b"="), "SCRAM-SHA-256")
    assert (caught.value.kind, caught.value.stage) == (ProtocolErrorKind.SCRAM_SIGNATURE, Stage.AUTH)


async def test_a_good_proof_and_then_a_refusal() -> None:
    outcome = await scram(ScramScript(admitted=serverside.error("28000")), "SCRAM-SHA-256")
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("answers", [[serverside.OK], [serverside.auth(11, b"r=abcdef1,s=YQ==,i=1"), serverside.OK]])
def test_a_server_that_skips_its_own_proof_is_not_believed(answers: list[bytes]) -> None:
    session = started(serverside.sasl("SCRAM-SHA-256"))
    with pytest.raises(ProtocolError) as caught:
        replay(session.authenticate(password="secret", nonce=NONCE), *answers)
    assert caught.value.kind is ProtocolErrorKind.SCRAM_SKIPPED


@pytest.mark.parametrize("request_", [serverside.CLEARTEXT, serverside.MD5, serverside.sasl("SCRAM-SHA-256")])
def test_a_wrong_password_is_a_refusal(request_: bytes) -> None:
    outcome = replay(started(request_).authenticate(password="x", nonce=NONCE), serverside.error("28P01"))
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate) == (Stage.AUTH, "28P01")


def test_a_wrong_password_after_the_proof_is_a_refusal() -> None:
    session = started(serverside.sasl("SCRAM-SHA-256"))
    challenge = serverside.auth(11, b"r=abcdef1,s=YQ==,i=1")
    outcome = replay(session.authenticate(password="x", nonce=NONCE), challenge, serverside.error("28P01"))
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "28P01"


@pytest.mark.parametrize("request_", [serverside.CLEARTEXT, serverside.MD5, serverside.sasl("SCRAM-SHA-256")])
def test_without_a_password_nothing_is_sent_and_one_may_come_later(request_: bytes) -> None:
    session, script = started(request_), Script([])
    outcome = script.play(session.authenticate(password=None, nonce=NONCE))
    assert outcome == Unanswered(reason=UnansweredReason.NO_PASSWORD)
    assert (script.sent, session.state) == ([], State.CREDENTIALS_WANTED)
    assert isinstance(replay(session.authenticate(password="x", nonce=NONCE), serverside.error()), Refused)


@pytest.mark.parametrize("request_", [serverside.auth(7), serverside.sasl("OAUTHBEARER"), serverside.sasl()])
def test_a_method_we_do_not_speak_is_not_answered(request_: bytes) -> None:
    """With or without a password: it would not help."""
    for password in ("secret", None):
        outcome = replay(started(request_).authenticate(password=password, nonce=NONCE))
        assert outcome == Unanswered(reason=UnansweredReason.UNSUPPORTED_METHOD)


def test_binding_that_only_the_server_wants_is_not_answered() -> None:
    outcome = replay(started(serverside.sasl("SCRAM-SHA-256-PLUS")).authenticate(password="x", nonce=NONCE))
    assert outcome == Unanswered(reason=UnansweredReason.UNSUPPORTED_METHOD)


@pytest.mark.parametrize("request_", [serverside.CLEARTEXT, serverside.MD5, serverside.sasl("SCRAM-SHA-256")])
def test_a_password_that_cannot_be_sent_is_named_and_not_shown(request_: bytes) -> None:
    session, script = started(request_), Script([])
    with pytest.raises(FieldError) as caught:
        script.play(session.authenticate(password="hunter2\0", nonce=NONCE))
    assert (caught.value.field, caught.value.problem) == (Field.PASSWORD, FieldProblem.NUL)
    assert script.sent == []


def test_a_missing_database_is_said_after_trust() -> None:
    """The server looks for the database only once it knows the user."""
    session = started(serverside.OK)
    outcome = replay(session.authenticate(password=None, nonce=NONCE), serverside.error("3D000"))
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "3D000"


def test_ready_tells_what_the_server_reported() -> None:
    session = started(serverside.OK)
    greeting = [
        serverside.notice("your password expires"),
        serverside.parameter("in_hot_standby", "on"),
        serverside.parameter("in_hot_standby", "off"),
        serverside.key_data(42),
        serverside.ready(b"T"),
    ]
    outcome = replay(session.authenticate(password=None, nonce=NONCE), *greeting)
    assert isinstance(outcome, Ready)
    assert (outcome.proof, outcome.process_id, outcome.status) == (Proof.NONE, 42, TransactionStatus.ACTIVE)
    assert outcome.parameter("in_hot_standby") == "off"
    assert outcome.parameter("server_version") is None
    assert [notice.message for notice in outcome.notices] == ["your password expires"]


def test_everything_in_one_segment_needs_no_second_read() -> None:
    session = started(GREETING)
    outcome = replay(session.authenticate(password=None, nonce=NONCE))
    assert isinstance(outcome, Ready)
    assert session.received == 0


@pytest.mark.parametrize(
    "answers,state,received",
    [
        ([], State.PASSWORD_SENT, 0),
        ([serverside.OK], State.AUTHENTICATED, 9),
        ([serverside.OK, b"S\0"], State.AUTHENTICATED, 11),
    ],
)
def test_an_end_during_authentication_says_how_far_it_came(answers: list[bytes], state: State, received: int) -> None:
    session = started(serverside.CLEARTEXT)
    outcome = replay(session.authenticate(password="x", nonce=NONCE), *answers)
    assert outcome == Closed(stage=Stage.AUTH, state=state, received_bytes=received)


def test_a_second_request_is_not_answered() -> None:
    """Or a hostile peer could ask for the hash first and the password itself afterwards."""
    session, script = started(serverside.MD5), Script([serverside.CLEARTEXT])
    with pytest.raises(ProtocolError) as caught:
        script.play(session.authenticate(password="x", nonce=NONCE))
    assert caught.value.kind is ProtocolErrorKind.UNEXPECTED_MESSAGE
    assert len(script.sent) == 1


# --- query


def test_a_row_comes_back() -> None:
    session, script = ready(), Script([serverside.ONE_ROW])
    outcome = script.play(session.query("SELECT 1"))
    assert isinstance(outcome, Answered)
    assert (outcome.rows, outcome.tag, outcome.status) == (((b"1",),), "SELECT 1", TransactionStatus.IDLE)
    assert [column.name for column in outcome.columns] == ["one"]
    assert script.sent == [b"Q\0\0\0\x0dSELECT 1\0"]


def test_a_statement_without_rows_and_an_empty_one() -> None:
    session = ready()
    outcome = replay(session.query("SET x = 1"), serverside.complete("SET") + serverside.READY)
    assert isinstance(outcome, Answered)
    assert (outcome.columns, outcome.rows, outcome.tag) == ((), (), "SET")
    outcome = replay(session.query(""), serverside.frame(b"I") + serverside.READY)
    assert isinstance(outcome, Answered)
    assert outcome.tag is None


def test_notices_and_parameters_may_come_in_between() -> None:
    parts = [serverside.notice("hm"), serverside.parameter("a", "b"), serverside.description("one")]
    parts += [serverside.notice("hm"), serverside.parameter("a", "b"), serverside.row(None), serverside.complete("S")]
    parts += [serverside.notice("hm"), serverside.parameter("a", "b"), serverside.READY]
    outcome = replay(ready().query("SELECT 1"), *parts)
    assert isinstance(outcome, Answered)
    assert outcome.rows == ((None,),)


def test_an_error_leaves_the_session_ready() -> None:
    session = ready()
    outcome = replay(session.query("SELECT 1/0"), serverside.error("22012", "ERROR") + serverside.READY)
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate) == (Stage.QUERY, "22012")
    assert isinstance(replay(session.query("SELECT 1"), serverside.ONE_ROW), Answered)


def test_an_error_after_rows_and_one_after_the_tag() -> None:
    failed = serverside.error("57014", "ERROR")
    head = serverside.description("one") + serverside.row(b"1")
    for answer in (head + failed, head + serverside.complete("SELECT 1") + failed):
        outcome = replay(ready().query("SELECT 1"), answer + serverside.READY)
        assert isinstance(outcome, Refused)


def test_a_fatal_error_is_not_followed_by_waiting() -> None:
    """The server ends the session; a peer that does not would cost the deadline."""
    session, script = ready(), Script([serverside.error("57P01", "FATAL")] + [b""] * 9)
    outcome = script.play(session.query("SELECT 1"))
    assert isinstance(outcome, Refused)
    assert (outcome.error.sqlstate, session.state, session.goodbye()) == ("57P01", State.CLOSED, b"")


def test_a_goodbye_of_the_server_between_stages_is_read_by_the_next() -> None:
    session = started(GREETING + serverside.error("57P01", "FATAL"))
    assert isinstance(replay(session.authenticate(password=None, nonce=NONCE)), Ready)
    outcome = replay(session.query("SELECT 1"), b"")
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "57P01"


@pytest.mark.parametrize(
    "part", [b"", serverside.description("one"), serverside.description("one") + serverside.row(b"1")]
)
def test_an_end_during_a_query(part: bytes) -> None:
    session = ready()
    outcome = replay(session.query("SELECT 1"), *([part] if part else []))
    assert isinstance(outcome, Closed)
    assert (outcome.stage, outcome.received_bytes) == (Stage.QUERY, len(part))


def test_an_end_after_an_error_is_the_error() -> None:
    session = ready()
    outcome = replay(session.query("SELECT 1"), serverside.error("XX000", "ERROR"))
    assert isinstance(outcome, Refused)
    assert session.state is State.CLOSED


@pytest.mark.parametrize(
    "answer",
    [
        serverside.row(b"1"),
        serverside.description("one") + serverside.description("two"),
        serverside.complete("SELECT 1") + serverside.complete("SELECT 1"),
        serverside.READY,
        serverside.frame(b"G", b"\0\0\0"),
        serverside.CLEARTEXT,
    ],
    ids=["row first", "two descriptions", "two tags", "nothing", "copy", "authentication"],
)
def test_what_cannot_answer_one_statement_is_a_protocol_error(answer: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        replay(ready().query("SELECT 1"), answer)
    assert (caught.value.kind, caught.value.stage) == (ProtocolErrorKind.UNEXPECTED_MESSAGE, Stage.QUERY)


def test_an_endless_result_is_cut_off() -> None:
    rows = serverside.row(b"x" * 1000) * 100
    with pytest.raises(ProtocolError) as caught:
        replay(ready().query("SELECT 1"), serverside.description("one"), *[rows] * 20)
    assert caught.value.kind is ProtocolErrorKind.STAGE_TOO_LONG


# --- order and end


def test_goodbye_is_terminate_only_after_login() -> None:
    """During authentication PostgreSQL logs Terminate as an error; after login it logs its absence."""
    assert Session().goodbye() == b""
    assert started(serverside.CLEARTEXT).goodbye() == b""
    assert started(serverside.OK).goodbye() == b"X\0\0\0\x04"
    session = ready()
    assert session.goodbye() == b"X\0\0\0\x04"
    assert session.goodbye() == b""


def test_stages_out_of_order_are_our_mistake() -> None:
    for stage in (
        Session().authenticate(password=None, nonce=NONCE),
        Session().query("SELECT 1"),
        ready().startup(API),
        ready().request_tls(),
        ready().authenticate(password=None, nonce=NONCE),
    ):
        with pytest.raises(RuntimeError, match="cannot begin"):
            replay(stage)


def test_a_stage_that_was_cut_off_still_says_how_far_it_got() -> None:
    """What a deadline leaves behind: silence and half an answer are told apart."""
    session = Session()
    exchange = session.startup(API)
    next(exchange)
    exchange.send(serverside.sasl("SCRAM-SHA-256")[:5])
    exchange.close()
    assert (session.state, session.received) == (State.STARTUP_SENT, 5)


LOGIN = serverside.sasl("SCRAM-SHA-256")


@given(st.data())
def test_any_chunking_of_a_login_ends_the_same(data: st.DataObject) -> None:
    session = Session()
    assert isinstance(replay(session.startup(API), *data.draw(chunked(serverside.CLEARTEXT))), AuthRequested)
    outcome = replay(session.authenticate(password="x", nonce=NONCE), *data.draw(chunked(GREETING)))
    assert isinstance(outcome, Ready)
    assert outcome.parameter("server_version") == "15.4"
    assert isinstance(replay(session.query("SELECT 1"), *data.draw(chunked(serverside.ONE_ROW))), Answered)


def test_every_state_that_reads_has_a_row_and_every_row_leads_somewhere() -> None:
    """A state is left by a message, or by the caller who has the next word."""
    callers_word = {State.FRESH, State.CREDENTIALS_WANTED, State.READY, State.CLOSED}
    assert set(TRANSITIONS) == set(State) - callers_word
    for state, row in TRANSITIONS.items():
        assert set(row.values()) - {state}


def test_no_repr_shows_the_password() -> None:
    session = started(serverside.CLEARTEXT)
    exchange = session.authenticate(password="hunter2", nonce=NONCE)
    next(exchange)
    assert "hunter2" not in repr(session) + repr(vars(session)) + repr(exchange)
