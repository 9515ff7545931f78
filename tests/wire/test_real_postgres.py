"""The wire against real servers: every password method, refusals, SASLprep, and what they log about us."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from diagnostics.wire import (
    Answered,
    AuthMethod,
    AuthOutcome,
    AuthRequested,
    Parameter,
    Proof,
    Ready,
    Refused,
    Session,
    Stage,
    Startup,
    TlsDeclined,
    Trusted,
)
from tests.wire.postgres import Postgres
from tests.wire.test_saslprep import PREPARED, RAW
from tests.wire.transport import over

ROLES = """
CREATE ROLE clear LOGIN PASSWORD 'pa ss';
CREATE ROLE scram LOGIN PASSWORD 'pa ss';
CREATE ROLE sasl LOGIN;
CREATE ROLE limited LOGIN PASSWORD 'pa ss' CONNECTION LIMIT 0;
CREATE ROLE nobody_knows LOGIN;
SET password_encryption = 'md5';
CREATE ROLE hashed LOGIN PASSWORD 'pa ss';
SET password_encryption = 'scram-sha-256'
"""


class Login:
    """A logged-in session and how it came about."""

    def __init__(self, postgres: Postgres, startup: Startup, password: str | None = None) -> None:
        self.sock = postgres.connect()
        self.session = Session()
        self.started = over(self.sock, self.session.startup(startup))
        self.outcome: AuthOutcome | None = None
        if isinstance(self.started, AuthRequested | Trusted):
            authenticate = self.session.authenticate(password=password, nonce=secrets.token_urlsafe(18))
            self.outcome = over(self.sock, authenticate)

    def ask(self, sql: str) -> Answered:
        answer = over(self.sock, self.session.query(sql))
        assert isinstance(answer, Answered), answer
        return answer

    def end(self) -> None:
        with self.sock:
            if farewell := self.session.goodbye():
                self.sock.sendall(farewell)


def api(user: str, database: str = "postgres") -> Startup:
    return Startup(user=user, database=database, application_name="cloudsql-diag")


LogIn = Callable[..., Login]


@pytest.fixture
def log_in(postgres: Postgres) -> Iterator[LogIn]:
    """Starts logins and ends them with the test."""
    with ExitStack() as stack:

        def start(startup: Startup, password: str | None = None) -> Login:
            login = Login(postgres, startup, password)
            stack.callback(login.end)
            return login

        yield start


@pytest.fixture
def admin(log_in: LogIn) -> Login:
    """The superuser, once the roles exist."""
    login = log_in(api("postgres"))
    if login.ask("SELECT 1 FROM pg_roles WHERE rolname = 'scram'").rows == ():
        for statement in ROLES.split(";"):
            login.ask(statement)
    return login


@pytest.mark.parametrize(
    "user,method,proof",
    [
        ("clear", AuthMethod.CLEARTEXT, Proof.CLEARTEXT),
        ("hashed", AuthMethod.MD5, Proof.MD5),
        ("scram", AuthMethod.SCRAM_SHA_256, Proof.SCRAM_SHA_256),
    ],
)
def test_every_password_method_lets_us_in(
    log_in: LogIn, admin: Login, user: str, method: AuthMethod, proof: Proof
) -> None:
    login = log_in(api(user), "pa ss")
    assert isinstance(login.started, AuthRequested)
    assert login.started.method is method
    assert isinstance(login.outcome, Ready)
    assert login.outcome.proof is proof
    assert login.outcome.parameter("server_version")
    assert login.ask("SELECT 1, NULL, 'x'").rows == ((b"1", None, b"x"),)


def test_trust_needs_no_password(admin: Login) -> None:
    assert admin.started == Trusted()
    assert isinstance(admin.outcome, Ready)
    assert admin.outcome.proof is Proof.NONE
    assert admin.ask("SELECT pg_backend_pid()").rows == ((str(admin.outcome.process_id).encode(),),)


@pytest.mark.parametrize("user", ["clear", "hashed", "scram"])
def test_a_wrong_password_is_28p01(log_in: LogIn, admin: Login, user: str) -> None:
    outcome = log_in(api(user), "wrong").outcome
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.error.sqlstate) == (Stage.AUTH, "28P01")


def test_a_missing_database_is_said_only_after_the_password(log_in: LogIn, admin: Login) -> None:
    login = log_in(api("scram", "nope"), "pa ss")
    assert isinstance(login.started, AuthRequested)
    assert isinstance(login.outcome, Refused)
    assert login.outcome.error.sqlstate == "3D000"


def test_a_connection_limit_is_said_after_the_password(log_in: LogIn, admin: Login) -> None:
    outcome = log_in(api("limited"), "pa ss").outcome
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "53300"


def test_no_hba_entry_is_said_at_startup(log_in: LogIn, admin: Login) -> None:
    started = log_in(api("nobody_knows")).started
    assert isinstance(started, Refused)
    assert (started.stage, started.error.sqlstate) == (Stage.STARTUP, "28000")
    assert started.error.routine == "ClientAuthentication"


def test_tls_is_declined_on_a_socket_and_the_session_goes_on(postgres: Postgres) -> None:
    with postgres.connect() as sock:
        session = Session()
        assert over(sock, session.request_tls()) == TlsDeclined()
        assert over(sock, session.startup(api("postgres"))) == Trusted()


def test_an_unknown_protocol_option_is_negotiated_away(log_in: LogIn) -> None:
    """The one way to make today's servers send NegotiateProtocolVersion to a client of 3.0."""
    startup = Startup(user="postgres", extra=(Parameter(name="_pq_.nothing", value="1"),))
    assert log_in(startup).started == Trusted()


def test_startup_parameters_arrive(log_in: LogIn) -> None:
    options = (Parameter(name="options", value="-c statement_timeout=1234"),)
    login = log_in(Startup(user="postgres", application_name="größe", extra=options))
    assert login.ask("SHOW statement_timeout").rows == ((b"1234ms",),)


def test_an_error_names_its_place_and_leaves_the_session_usable(admin: Login) -> None:
    outcome = over(admin.sock, admin.session.query("SELECT 1/0"))
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "22012"
    outcome = over(admin.sock, admin.session.query("SELECT nothing"))
    assert isinstance(outcome, Refused)
    assert (outcome.error.sqlstate, outcome.error.position) == ("42703", 8)
    assert admin.ask("SELECT 1").rows == ((b"1",),)


def test_notices_and_empty_statements_are_no_trouble(admin: Login) -> None:
    assert admin.ask("DO $$ BEGIN RAISE NOTICE 'hm'; END $$").tag == "DO"
    assert admin.ask("").tag is None


def test_a_terminated_session_is_a_fatal_refusal(log_in: LogIn, admin: Login) -> None:
    victim = log_in(api("postgres"))
    assert isinstance(victim.outcome, Ready)
    admin.ask(f"SELECT pg_terminate_backend({victim.outcome.process_id}, 5000)")
    outcome = over(victim.sock, victim.session.query("SELECT 1"))
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "57P01"


PASSWORDS = sorted({password for password, _ in PREPARED} | {form for _, form in PREPARED} | set(RAW.values()))


@pytest.mark.parametrize("password", PASSWORDS, ids=ascii)
def test_the_server_prepares_a_password_as_we_do(log_in: LogIn, admin: Login, password: str) -> None:
    """The server stores what its own SASLprep makes of it; only equal bytes let us in."""
    admin.ask(f"ALTER ROLE sasl PASSWORD '{password}'")
    assert isinstance(log_in(api("sasl"), password).outcome, Ready)


@pytest.mark.parametrize("password,form", PREPARED, ids=ascii)
def test_either_spelling_of_a_password_lets_us_in(log_in: LogIn, admin: Login, password: str, form: str) -> None:
    admin.ask(f"ALTER ROLE sasl PASSWORD '{form}'")
    assert isinstance(log_in(api("sasl"), password).outcome, Ready)


def test_ending_at_any_stage_leaves_the_log_as_it_was(postgres: Postgres, log_in: LogIn, admin: Login) -> None:
    """A climb every minute that logged a line would fill the customer's log."""
    admin.end()
    postgres.await_quiet()
    before = postgres.log
    with postgres.connect():
        pass
    with postgres.connect() as sock:
        over(sock, Session().request_tls())
    with postgres.connect() as sock:
        over(sock, Session().startup(api("scram")))
    log_in(api("scram"), "pa ss").end()
    login = log_in(api("scram"), "pa ss")
    login.ask("SELECT 1")
    login.end()
    postgres.await_quiet()
    assert postgres.log == before
