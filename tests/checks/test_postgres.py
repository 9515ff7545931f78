"""Row 9, upper rungs: startup, authentication, one query, spoken with bytes of the protocol."""

import hashlib

import pytest
from msgspec.structs import replace

from diagnostics.checks import postgres
from diagnostics.checks.postgres import postgres_auth, postgres_startup
from diagnostics.climb import Climb
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import PostgresAuth, PostgresQuery, PostgresStartup
from diagnostics.core.findings import Code
from diagnostics.core.model import Login, Route, Secret, Status, Target, TlsMode
from diagnostics.core.observed import Reach, ServerError
from diagnostics.core.outcome import Outcome, passed
from diagnostics.ports import StreamEnd, StreamFailed, TlsFailure
from tests.checks.server import ADMITTED, SSL_REQUEST, Server, breaks, cleartext, md5, refuses, scram, shakes
from tests.checks.stage import (
    ACCOUNT,
    CONNECTOR,
    DIRECT,
    FULL_ACCOUNT,
    PASSWORD,
    SOCKET,
    climb_connector,
    climb_direct,
    climb_socket,
    env,
    facts,
    fails,
    iam,
)
from tests.fakes import Peer, Said, replies
from tests.wire import serverside
from tests.wire.scram_server import ScramServer

STARTUP, AUTH, QUERY = CheckId.POSTGRES_STARTUP, CheckId.POSTGRES_AUTH, CheckId.POSTGRES_QUERY
PLAIN = replace(DIRECT, tls=TlsMode.DISABLE)
SECURE = replace(DIRECT, tls=TlsMode.REQUIRE)
TOKEN = "ya29.login-token"
RESET, CLOSED = StreamFailed(StreamEnd.RESET), StreamFailed(StreamEnd.CLOSED)
PROXY_ERROR = "Cloud SQL IAM user authentication failed for user"


def alert(name: str) -> StreamFailed:
    return StreamFailed(StreamEnd.ALERT, name)


def refusal(sqlstate: str, message: str = "no", routine: str = "") -> ServerError:
    return ServerError(severity="FATAL", sqlstate=sqlstate, message=message, routine=routine)


# --- postgres.startup -------------------------------------------------------------------------------------------------


async def start(*said: Said, target: Target = PLAIN) -> Outcome:
    return (await climb_direct(Server(startup=said).peer(), target, STARTUP)).last


@pytest.mark.parametrize(
    "said, request_name, mechanisms",
    [
        (serverside.OK, "none", ()),
        (serverside.CLEARTEXT, "cleartext", ()),
        (serverside.MD5, "md5", ()),
        (
            serverside.sasl("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"),
            "scram-sha-256",
            ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"),
        ),
        (serverside.sasl("OAUTHBEARER"), "10", ("OAUTHBEARER",)),
        (serverside.auth(7), "7", ()),
    ],
    ids=["trust", "cleartext", "md5", "scram", "oauth", "gss"],
)
async def test_a_request_for_credentials_is_the_answer_that_is_hoped_for(
    said: bytes, request_name: str, mechanisms: tuple[str, ...]
) -> None:
    assert await start(said) == passed(PostgresStartup(auth_request=request_name, mechanisms=mechanisms))


async def test_an_answer_may_come_in_pieces() -> None:
    outcome = await start(*(bytes([byte]) for byte in serverside.sasl("SCRAM-SHA-256")))
    assert outcome == passed(PostgresStartup(auth_request="scram-sha-256", mechanisms=("SCRAM-SHA-256",)))


async def test_the_startup_message_says_who_asks() -> None:
    server = Server()
    await climb_direct(server.peer(), PLAIN, STARTUP)
    assert server.startups == [
        {"user": "api", "database": "orders", "application_name": "cloudsql-diag"} | _encoding(server.startups[0])
    ]


def _encoding(startup: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in startup.items() if name == "client_encoding"}


async def test_without_a_database_the_server_takes_its_default() -> None:
    server = Server()
    await climb_direct(server.peer(), replace(PLAIN, database=""), STARTUP)
    assert "database" not in server.startups[0]


@pytest.mark.parametrize("target", [PLAIN, SECURE], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "sqlstate, slug, about",
    [
        ("57P03", "not_ready", "api"),
        ("3D000", "database_missing", "orders"),
        ("XX000", "server_error", "XX000"),
        ("53300", "server_error", "53300"),
        ("28P01", "server_error", "28P01"),
        ("42501", "server_error", "42501"),
    ],
)
async def test_a_refusal_before_login(sqlstate: str, slug: str, about: str, target: Target) -> None:
    """What a code leaves open, and codes that only a login can have, are a server's error here."""
    peer = Server(tls=(b"S",), startup=(refuses(sqlstate),)).peer(shakes())
    outcome = (await climb_direct(peer, target, STARTUP)).last
    fact = PostgresStartup(error=refusal(sqlstate))
    assert outcome == fails(Code(f"postgres.startup.{slug}"), about, fact=fact)


NO_ENTRY = 'no pg_hba.conf entry for host "10.1.2.3", user "api", database "orders"'


async def test_a_plain_session_without_an_entry_is_told_to_use_tls() -> None:
    outcome = await start(refuses("28000", NO_ENTRY, "ClientAuthentication"))
    fact = PostgresStartup(error=refusal("28000", NO_ENTRY, "ClientAuthentication"))
    assert outcome == fails(Code.POSTGRES_STARTUP_TLS_REQUIRED, "api", fact=fact)


async def test_an_encrypted_session_without_an_entry_has_none() -> None:
    peer = Server(tls=(b"S",), startup=(refuses("28000", NO_ENTRY),)).peer(shakes())
    assert (await climb_direct(peer, SECURE, STARTUP)).last.code is Code.POSTGRES_STARTUP_NO_HBA_ENTRY


async def test_on_a_socket_tls_is_not_what_is_missing() -> None:
    """Behind the mounted socket the proxy speaks TLS with the instance already."""
    peer = Server(startup=(refuses("28000", NO_ENTRY),)).peer()
    assert (await climb_socket(peer, to=STARTUP)).last.code is Code.POSTGRES_STARTUP_NO_HBA_ENTRY


async def test_an_error_without_code_is_the_servers() -> None:
    outcome = await start(serverside.frame(b"E", b"Mfork failed\0\0"))
    error = ServerError(severity="UNKNOWN", sqlstate="", message="fork failed")
    assert outcome.code is Code.POSTGRES_STARTUP_SERVER_ERROR
    assert isinstance(outcome.fact, PostgresStartup)
    assert outcome.fact.error is not None
    assert replace(outcome.fact.error, severity="UNKNOWN") == error


@pytest.mark.parametrize(
    "said, code, about, fact",
    [
        ((b"",), Code.POSTGRES_STARTUP_CLOSED, "", None),
        ((CLOSED,), Code.POSTGRES_STARTUP_CLOSED, "", None),
        ((RESET,), Code.POSTGRES_STARTUP_RESET, "", None),
        ((alert("internal_error"),), Code.POSTGRES_STARTUP_CLOSED, "internal_error", None),
        ((b"HTTP/1.1 400 Bad Request",), Code.POSTGRES_STARTUP_NOT_POSTGRES, "http", PostgresStartup(peer="http")),
        ((b"\xff" * 9,), Code.POSTGRES_STARTUP_NOT_POSTGRES, "", PostgresStartup(peer="unknown")),
        (
            (serverside.frame(b"v", b"\0\0\0\0\0\0\0\0") + serverside.READY,),
            Code.POSTGRES_STARTUP_MALFORMED_ANSWER,
            "unexpected_message",
            None,
        ),
    ],
    ids=["end", "closed", "reset", "alert", "http", "garbage", "postgres gone wrong"],
)
async def test_no_answer_of_postgres(
    said: tuple[Said, ...], code: Code, about: str, fact: PostgresStartup | None
) -> None:
    assert await start(*said) == fails(code, about, fact=fact)


@pytest.mark.parametrize("field", ["user", "database"])
async def test_a_value_that_the_protocol_cannot_carry_is_not_sent(field: str) -> None:
    """A NUL ends a value on the wire, so what follows would be read as another parameter."""
    server = Server()
    target = replace(PLAIN, **{field: "a\0b"})
    outcome = (await climb_direct(server.peer(), target, STARTUP)).last
    assert outcome == fails(Code.POSTGRES_STARTUP_VALUE_NOT_SENDABLE, field)
    assert server.startups == []


# --- postgres.startup: the server judges our certificate after the handshake ------------------------------------------

REFUSED = Code.POSTGRES_STARTUP_CLIENT_CERTIFICATE_REFUSED
CERTIFIED = replace(SECURE, client_cert="/certs/client.pem", client_key="/certs/client.key")


async def test_an_alert_after_the_handshake_refuses_our_certificate() -> None:
    peer = Server(startup=(alert("unknown_ca"),)).peer(shakes())
    outcome = (await climb_connector(peer, to=STARTUP)).last
    assert outcome == fails(REFUSED, "unknown_ca", fact=PostgresStartup(alert="unknown_ca"))


@pytest.mark.parametrize("end", [b"", CLOSED, RESET], ids=["end", "closed", "reset"])
async def test_an_alert_that_a_reset_overtook_is_read_on_a_second_connection(end: Said) -> None:
    """Our own startup message provoked the reset; who reads first hears the alert."""
    first = Server(startup=(end,)).peer(shakes())
    second = Peer(greeting=(alert("certificate_expired"),), tls=shakes())
    outcome = (await climb_connector([first, second], to=STARTUP)).last
    assert outcome == fails(REFUSED, "certificate_expired", fact=PostgresStartup(alert="certificate_expired"))
    assert second.heard == []
    assert second.requests == first.requests


@pytest.mark.parametrize(
    "second",
    [
        Peer(reach=Reach.REFUSED),
        Peer(tls=breaks(TlsFailure.RESET)),
        Peer(greeting=(RESET,), tls=shakes()),
        Peer(greeting=(alert("internal_error"),), tls=shakes()),
        Peer(greeting=(b"",), tls=shakes()),
    ],
    ids=["refused", "no handshake", "reset", "another alert", "end"],
)
async def test_without_an_alert_the_end_stays_what_it_was(second: Peer) -> None:
    first = Server(startup=(b"",)).peer(shakes())
    assert (await climb_connector([first, second], to=STARTUP)).last == fails(Code.POSTGRES_STARTUP_CLOSED)


async def test_a_handshake_that_breaks_by_the_alert_tells_it_too() -> None:
    first = Server(startup=(RESET,)).peer(shakes())
    second = Peer(tls=breaks(TlsFailure.ALERT, "bad_certificate"))
    assert (await climb_connector([first, second], to=STARTUP)).last.code is REFUSED


async def test_a_server_that_took_the_certificate_says_nothing_and_costs_only_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Waiting on to the deadline of the rung would turn the end that was seen into silence."""
    monkeypatch.setattr(postgres, "ALERT_LIMIT", 0.01)
    first, second = Server(startup=(b"",)).peer(shakes()), Peer(tls=shakes())
    assert (await climb_connector([first, second], to=STARTUP)).last == fails(Code.POSTGRES_STARTUP_CLOSED)
    assert second.farewells == [b""]


async def test_the_apps_own_certificate_is_judged_the_same_way() -> None:
    first = Server(tls=(b"S",), startup=(RESET,)).peer(shakes())
    second = Peer(listener=lambda _: (b"S", alert("unknown_ca")), tls=shakes())
    outcome = (await climb_direct([first, second], CERTIFIED, STARTUP)).last
    assert outcome == fails(REFUSED, "unknown_ca", fact=PostgresStartup(alert="unknown_ca"))
    assert second.heard == [SSL_REQUEST]


async def test_another_service_on_the_second_connection_changes_nothing() -> None:
    first = Server(tls=(b"S",), startup=(RESET,)).peer(shakes())
    second = Server(tls=(b"S and more",)).peer()
    assert (await climb_direct([first, second], CERTIFIED, STARTUP)).last == fails(Code.POSTGRES_STARTUP_RESET)


@pytest.mark.parametrize("target", [PLAIN, SECURE], ids=["plain", "tls"])
async def test_without_a_certificate_of_ours_nobody_can_have_refused_it(target: Target) -> None:
    peer = Server(tls=(b"S",), startup=(RESET,)).peer(shakes())
    assert (await climb_direct(peer, target, STARTUP)).last == fails(Code.POSTGRES_STARTUP_RESET)
    assert len(peer.farewells) == 1


# --- postgres.auth ----------------------------------------------------------------------------------------------------


async def login(server: Server, target: Target = PLAIN, token: str = "") -> Outcome:
    return (await climb_direct(server.peer(shakes()), target, AUTH, token)).last


def let_in(method: str, user: str = "api", login: Login = Login.PASSWORD, *, bound: bool = False) -> PostgresAuth:
    return PostgresAuth(
        user=user, method=method, login=login, channel_binding=bound, server_version="16.4", in_hot_standby="off"
    )


@pytest.mark.parametrize(
    "server, method",
    [
        (Server(), "none"),
        (cleartext(PASSWORD), "cleartext"),
        (md5("api", PASSWORD), "md5"),
        (scram(PASSWORD), "scram-sha-256"),
    ],
    ids=["trust", "cleartext", "md5", "scram"],
)
async def test_the_server_lets_the_user_in(server: Server, method: str) -> None:
    assert await login(server) == passed(let_in(method))


@pytest.mark.parametrize("server", [cleartext("another"), md5("api", "another")], ids=["cleartext", "md5"])
async def test_a_wrong_password_is_refused(server: Server) -> None:
    outcome = await login(server)
    assert outcome.code is Code.POSTGRES_AUTH_WRONG_PASSWORD
    assert outcome.findings[0].about == "api"


async def test_a_server_that_says_nothing_of_itself_is_let_be() -> None:
    outcome = await login(Server(startup=(serverside.OK + serverside.READY,)))
    assert outcome == passed(PostgresAuth(user="api", method="none", login=Login.PASSWORD))


async def test_a_forged_signature_is_no_proof() -> None:
    """The server does not know the password: it is not the one that stores it."""
    outcome = await login(scram(PASSWORD, forged=True))
    assert outcome == fails(Code.POSTGRES_AUTH_SERVER_NOT_VERIFIED, "scram_signature")


async def test_a_server_that_skips_its_proof_is_not_verified() -> None:
    state = ScramServer(PASSWORD.encode())

    def skip(message: bytes) -> tuple[bytes, ...]:
        _, first = serverside.read_sasl_initial(message)
        state.challenge(first)
        return (ADMITTED,)

    outcome = await login(Server(startup=(serverside.sasl("SCRAM-SHA-256"),), password=skip))
    assert outcome == fails(Code.POSTGRES_AUTH_SERVER_NOT_VERIFIED, "scram_skipped")


@pytest.mark.parametrize("target, bound", [(SECURE, True), (PLAIN, False)], ids=["tls", "plain"])
async def test_a_direct_session_is_bound_to_its_tls_channel(target: Target, bound: bool) -> None:
    server = scram(PASSWORD, "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")
    server.tls = (b"S",)
    outcome = (await climb_direct(server.peer(shakes(signature_hash="sha256")), target, AUTH)).last
    assert outcome == passed(let_in("scram-sha-256", bound=bound))
    mechanism = b"SCRAM-SHA-256-PLUS" if bound else b"SCRAM-SHA-256"
    assert server.passwords[0].partition(b"\0")[0] == mechanism
    binding = ScramServer.channel_binding(server.passwords[1])
    assert binding.endswith(hashlib.sha256(b"the leaf").digest()) is bound


@pytest.mark.parametrize("route", [Route.DIRECT, Route.CONNECTOR])
async def test_a_channel_that_ends_before_the_server_is_not_bound(route: Route) -> None:
    """The connector's TLS ends at the proxy; and a certificate without a hash gives nothing to bind to."""
    server = scram(PASSWORD, "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")
    server.tls = (b"S",)
    if route is Route.CONNECTOR:
        outcome = (await climb_connector(server.peer(shakes(signature_hash="sha256")), to=AUTH)).last
    else:
        outcome = (await climb_direct(server.peer(shakes(signature_hash="")), SECURE, AUTH)).last
    assert outcome == passed(let_in("scram-sha-256"))


async def test_without_a_password_nothing_is_sent() -> None:
    server = cleartext(PASSWORD)
    outcome = await login(server, replace(PLAIN, password=None))
    fact = PostgresAuth(user="api", method="cleartext", login=Login.PASSWORD)
    assert outcome == fails(Code.POSTGRES_AUTH_NO_PASSWORD, "cleartext", fact=fact)
    assert server.passwords == []


async def test_without_a_password_a_server_that_trusts_lets_in() -> None:
    assert await login(Server(), replace(PLAIN, password=None)) == passed(let_in("none"))


async def test_a_method_that_we_do_not_speak_is_no_fault_of_the_password() -> None:
    outcome = await login(Server(startup=(serverside.auth(7),)))
    fact = PostgresAuth(user="api", method="7", login=Login.PASSWORD)
    assert outcome == fails(Code.POSTGRES_AUTH_METHOD_UNSUPPORTED, "7", fact=fact)


async def test_a_password_that_the_protocol_cannot_carry_is_not_sent() -> None:
    server = cleartext(PASSWORD)
    outcome = await login(server, replace(PLAIN, password=Secret("a\0b-and-more")))
    assert outcome == fails(Code.POSTGRES_AUTH_VALUE_NOT_SENDABLE, "password")
    assert server.passwords == []


@pytest.mark.parametrize(
    "sqlstate, message, slug, about",
    [
        ("28P01", "no", "wrong_password", "api"),
        ("28000", 'role "api" does not exist', "role_missing", "api"),
        ("28000", "connection requires a valid client certificate", "client_certificate_required", "api"),
        ("28000", NO_ENTRY, "tls_required", "api"),
        ("28000", f"{PROXY_ERROR} api", "iam_refused", "api"),
        ("3D000", "no", "database_missing", "orders"),
        ("42501", "no", "connect_denied", "api"),
        ("28000", 'role "api" is not permitted to log in', "login_not_permitted", "api"),
        ("55000", 'database "orders" is not currently accepting connections', "database_closed", "orders"),
        ("53300", "sorry, too many clients already", "too_many_connections", "api"),
        ("53300", 'too many connections for role "api"', "role_limit", "api"),
        ("53300", 'too many connections for database "orders"', "database_limit", "orders"),
        ("53300", "no", "server_error", "53300"),
        ("57P01", "no", "not_ready", "api"),
        ("XX000", "no", "server_error", "XX000"),
    ],
)
async def test_a_refusal_of_the_login(sqlstate: str, message: str, slug: str, about: str) -> None:
    """Whether it comes in place of the admission or after it: the database is looked for last."""
    fact = PostgresAuth(user="api", method="cleartext", login=Login.PASSWORD, error=refusal(sqlstate, message))
    for said in (refuses(sqlstate, message), serverside.OK + refuses(sqlstate, message)):
        outcome = await login(Server(startup=(serverside.CLEARTEXT,), password=replies(said)))
        assert outcome == fails(Code(f"postgres.auth.{slug}"), about, fact=fact)


async def test_a_refusal_in_another_language_is_known_by_the_servers_routine() -> None:
    said = refuses("53300", "zu viele Verbindungen", "InitializeSessionUserId")
    outcome = await login(Server(startup=(serverside.CLEARTEXT,), password=replies(said)))
    assert outcome.code is Code.POSTGRES_AUTH_ROLE_LIMIT


async def test_a_routine_that_leaves_it_open_is_not_taken_for_one_of_several() -> None:
    """A missing role and one that may not log in are refused in the same place."""
    said = refuses("28000", "Rolle existiert nicht", "InitializeSessionUserId")
    outcome = await login(Server(startup=(serverside.CLEARTEXT,), password=replies(said)))
    assert outcome.code is Code.POSTGRES_AUTH_SERVER_ERROR


@pytest.mark.parametrize("peer_speaks_tls", [True, False])
async def test_encryption_decides_what_a_missing_entry_means(peer_speaks_tls: bool) -> None:
    server = Server(tls=(b"S",), startup=(serverside.CLEARTEXT,), password=lambda _: (refuses("28000", NO_ENTRY),))
    outcome = await login(server, SECURE if peer_speaks_tls else PLAIN)
    expected = Code.POSTGRES_AUTH_NO_HBA_ENTRY if peer_speaks_tls else Code.POSTGRES_AUTH_TLS_REQUIRED
    assert outcome.code is expected


@pytest.mark.parametrize(
    "said, code, about",
    [
        (b"", Code.POSTGRES_AUTH_CLOSED, ""),
        (CLOSED, Code.POSTGRES_AUTH_CLOSED, ""),
        (RESET, Code.POSTGRES_AUTH_RESET, ""),
        (alert("unknown_ca"), Code.POSTGRES_AUTH_CLOSED, "unknown_ca"),
        (b"\xff" * 9, Code.POSTGRES_AUTH_MALFORMED_ANSWER, "unexpected_message"),
    ],
    ids=["end", "closed", "reset", "alert", "garbage"],
)
async def test_no_answer_to_the_password(said: Said, code: Code, about: str) -> None:
    outcome = await login(Server(startup=(serverside.CLEARTEXT,), password=replies(said)))
    assert (outcome.status, outcome.code, outcome.findings[0].about) == (Status.FAIL, code, about)


# --- postgres.auth: IAM logins ----------------------------------------------------------------------------------------


async def test_a_token_is_never_sent_in_plain() -> None:
    server = cleartext(TOKEN)
    outcome = await login(server, iam(PLAIN), TOKEN)
    fact = PostgresAuth(user=ACCOUNT, method="cleartext", login=Login.IAM)
    assert outcome == fails(Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD, fact=fact)
    assert server.passwords == []


async def test_a_token_is_never_sent_in_plain_where_tls_was_only_preferred() -> None:
    server = cleartext(TOKEN)
    server.tls = (b"N",)
    outcome = await login(server, iam(DIRECT), TOKEN)
    assert outcome.code is Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD
    assert server.passwords == []


async def test_a_server_that_asks_for_nothing_gets_nothing() -> None:
    assert await login(Server(), iam(PLAIN), TOKEN) == passed(let_in("none", ACCOUNT, Login.IAM))


async def test_a_token_goes_through_tls() -> None:
    server = cleartext(TOKEN)
    server.tls = (b"S",)
    assert await login(server, iam(SECURE), TOKEN) == passed(let_in("cleartext", ACCOUNT, Login.IAM))


async def test_a_token_goes_through_the_socket() -> None:
    """It does not leave the machine in plain: the proxy behind the socket speaks TLS."""
    climbed = await climb_socket(cleartext(TOKEN).peer(), iam(SOCKET), AUTH, TOKEN)
    assert climbed.last == passed(let_in("cleartext", ACCOUNT, Login.IAM))


async def test_on_the_connector_route_the_certificate_carries_the_token() -> None:
    server = cleartext(TOKEN)
    climbed = await climb_connector(server.peer(shakes()), iam(CONNECTOR), to=AUTH, login_token=TOKEN)
    assert climbed.last.code is Code.POSTGRES_AUTH_NO_PASSWORD
    assert server.passwords == []
    climbed = await climb_connector(Server().peer(shakes()), iam(CONNECTOR), to=AUTH, login_token=TOKEN)
    assert climbed.last == passed(let_in("none", ACCOUNT, Login.IAM))


async def test_without_a_token_an_iam_login_has_no_password() -> None:
    assert (await climb_socket(cleartext(TOKEN).peer(), iam(SOCKET), AUTH)).last.code is Code.POSTGRES_AUTH_NO_PASSWORD


async def test_the_password_is_not_sent_in_place_of_a_token() -> None:
    server = cleartext(PASSWORD)
    target = replace(SOCKET, login=Login.IAM, user=ACCOUNT)
    assert (await climb_socket(server.peer(), target, AUTH)).last.code is Code.POSTGRES_AUTH_NO_PASSWORD
    assert server.passwords == []


@pytest.mark.parametrize(
    "target, user",
    [(iam(CONNECTOR, FULL_ACCOUNT), ACCOUNT), (replace(CONNECTOR, user=FULL_ACCOUNT), FULL_ACCOUNT)],
    ids=["iam", "password"],
)
async def test_connectors_cut_the_suffix_of_a_service_account(target: Target, user: str) -> None:
    server = Server()
    await climb_connector(server.peer(shakes()), target, to=STARTUP)
    assert server.startups[0]["user"] == user


@pytest.mark.parametrize(
    "sqlstate, message",
    [("28P01", "no"), ("28000", f"{PROXY_ERROR} {FULL_ACCOUNT}"), ("28000", f'role "{FULL_ACCOUNT}" does not exist')],
    ids=["password", "iam", "role"],
)
@pytest.mark.parametrize("route", [Route.DIRECT, Route.SOCKET])
async def test_a_direct_client_sends_the_suffix_and_that_is_the_finding(
    route: Route, sqlstate: str, message: str
) -> None:
    server = Server(tls=(b"S",), startup=(serverside.CLEARTEXT,), password=lambda _: (refuses(sqlstate, message),))
    if route is Route.DIRECT:
        outcome = await login(server, iam(SECURE, FULL_ACCOUNT), TOKEN)
    else:
        outcome = (await climb_socket(server.peer(), iam(SOCKET, FULL_ACCOUNT), AUTH, TOKEN)).last
    assert server.startups[0]["user"] == FULL_ACCOUNT
    assert outcome == fails(Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED, FULL_ACCOUNT, ACCOUNT, outcome.fact)


@pytest.mark.parametrize(
    "sqlstate, code", [("3D000", Code.POSTGRES_AUTH_DATABASE_MISSING), ("53300", Code.POSTGRES_AUTH_SERVER_ERROR)]
)
async def test_the_suffix_is_not_blamed_for_what_it_did_not_do(sqlstate: str, code: Code) -> None:
    server = Server(tls=(b"S",), startup=(serverside.CLEARTEXT,), password=lambda _: (refuses(sqlstate),))
    outcome = await login(server, iam(SECURE, FULL_ACCOUNT), TOKEN)
    assert outcome.code is code


async def test_the_suffix_is_nothing_to_blame_before_login() -> None:
    peer = Server(startup=(refuses("28000", f'role "{FULL_ACCOUNT}" does not exist'),)).peer()
    outcome = (await climb_socket(peer, iam(SOCKET, FULL_ACCOUNT), STARTUP)).last
    assert outcome.code is Code.POSTGRES_STARTUP_ROLE_MISSING


async def test_a_login_without_startup_is_not_for_running() -> None:
    """The runner never gets here. If it did, that would be a bug of ours."""
    around = env(PLAIN)
    with pytest.raises(LookupError):
        await postgres_auth.evaluate(Climb(around.network), around, facts(postgres_auth, around))
    with pytest.raises(LookupError):
        await postgres_startup.evaluate(Climb(around.network), around, facts(postgres_startup, around))


# --- postgres.query ---------------------------------------------------------------------------------------------------


async def query(*said: Said, target: Target = PLAIN) -> Outcome:
    return (await climb_direct(Server(tls=(b"S",), query=said).peer(shakes()), target, QUERY)).last


async def test_the_server_answers_a_query() -> None:
    peer = Server().peer()
    climbed = await climb_direct(peer, PLAIN)
    assert climbed.last == passed(PostgresQuery(rows=1))
    assert peer.heard[-1] == b"Q\0\0\0\x0dSELECT 1\0"
    assert peer.farewells == [b"X\0\0\0\x04"]


@pytest.mark.parametrize(
    "sqlstate, code",
    [
        ("57P01", Code.POSTGRES_QUERY_NOT_READY),
        ("57014", Code.POSTGRES_QUERY_SERVER_ERROR),
        ("28000", Code.POSTGRES_QUERY_SERVER_ERROR),
    ],
)
async def test_a_refused_query_fails_with_the_servers_words(sqlstate: str, code: Code) -> None:
    about = sqlstate if code is Code.POSTGRES_QUERY_SERVER_ERROR else "api"
    for target in (PLAIN, SECURE):
        outcome = await query(refuses(sqlstate) + serverside.READY, target=target)
        assert outcome == fails(code, about, fact=PostgresQuery(error=refusal(sqlstate)))


@pytest.mark.parametrize(
    "said, code, about",
    [
        ((b"",), Code.POSTGRES_QUERY_CLOSED, ""),
        ((CLOSED,), Code.POSTGRES_QUERY_CLOSED, ""),
        ((RESET,), Code.POSTGRES_QUERY_RESET, ""),
        ((alert("unknown_ca"),), Code.POSTGRES_QUERY_CLOSED, "unknown_ca"),
        ((serverside.OK,), Code.POSTGRES_QUERY_MALFORMED_ANSWER, "unexpected_message"),
    ],
    ids=["end", "closed", "reset", "alert", "out of turn"],
)
async def test_no_answer_to_the_query(said: tuple[Said, ...], code: Code, about: str) -> None:
    assert await query(*said) == fails(code, about)
