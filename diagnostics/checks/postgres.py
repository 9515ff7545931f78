"""Row 9, upper rungs: startup, authentication, one query."""

from collections.abc import Awaitable, Callable

import msgspec

from diagnostics import wire
from diagnostics.check import Env, SecretName, on, rung
from diagnostics.climb import Climb, bounded
from diagnostics.core.classify import refuses_client_certificate
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, PostgresAuth, PostgresQuery, PostgresStartup
from diagnostics.core.findings import Code, code_of
from diagnostics.core.foreign import MOST
from diagnostics.core.instance import IAM_SUFFIX, login_name
from diagnostics.core.model import Finding, Login, Route, Status, Target, TlsMode
from diagnostics.core.observed import ServerError
from diagnostics.core.outcome import Outcome, failed, passed
from diagnostics.core.refusals.refusal import Refusal, ServerWords
from diagnostics.core.refusals.sayings import refusal_of
from diagnostics.login_call import on_connection
from diagnostics.ports import ConnectFailed, StreamEnd, StreamFailed, TlsFailed, TlsRequest
from diagnostics.server_error import server_error

LIMIT = 8.0
"""Seconds for startup and for authentication, as for the handshake below them: a healthy server needs milliseconds, and
Google's own proxy gives up on the instance after 10 s."""

QUERY_LIMIT = 5.0
"""Seconds for ``SELECT 1``, which takes no lock and reads no table."""

ALERT_LIMIT = 2.0
"""Seconds to climb once more and wait for the alert of a server that refused our certificate: it is sent right after
the handshake, and a server that took the certificate says nothing."""

APPLICATION_NAME = "cloudsql-diag"
"""Shown in pg_stat_activity, so that whoever looks there sees who asks."""

_TRUST = "none"
"""The method of a server that asks for nothing."""

_OF_LOGIN = "28"
"""Class of the SQLSTATEs about who may log in."""
NOBODY = "postgres"
"""Sent as user where nobody named one: the server asks every name for its password, and the walk ends there. The name
is Cloud SQL's own first user."""

_UNPROVEN = frozenset(
    {
        wire.ProtocolErrorKind.SCRAM_SIGNATURE,
        wire.ProtocolErrorKind.SCRAM_SKIPPED,
        wire.ProtocolErrorKind.SCRAM_REFUSED,
    }
)
"""The server did not show that it knows the password."""


@rung(
    CheckId.POSTGRES_STARTUP,
    title="A PostgreSQL server answers the startup message",
    timeout=LIMIT,
    on_timeout=Code.POSTGRES_STARTUP_SILENT,
    requires=(CheckId.TLS_HANDSHAKE,),
)
async def postgres_startup(climb: Climb, env: Env, facts: Facts) -> Outcome:
    """Works without credentials: an authentication request is the answer that is hoped for.

    A server that refuses at this word already, or lets everybody in and then refuses, is not told it again too soon.
    """
    call = on_connection(env, climb, _user(env.target))
    earlier = call.earlier()
    if earlier is not None and isinstance(earlier.fact, PostgresAuth):
        climb.refused = earlier
        return msgspec.structs.replace(passed(PostgresStartup(auth_request=_TRUST)), found_at=earlier.found_at)
    if earlier is not None:
        return earlier

    async def converse() -> Outcome:
        startup = wire.Startup(
            user=_user(env.target), database=env.target.database or None, application_name=APPLICATION_NAME
        )
        answer = await climb.converse(climb.session.startup(startup))
        return _started(answer, climb, env)

    outcome = await _guarded(CheckId.POSTGRES_STARTUP, converse)
    if outcome.status is Status.FAIL:
        call.ended(outcome, _sqlstate(outcome))
    request = climb.request
    cut = outcome.code in (Code.POSTGRES_STARTUP_CLOSED, Code.POSTGRES_STARTUP_RESET)
    if cut and request is not None and (request.certificate_pem or request.certificate_file):
        return await bounded(_after_refused_certificate(climb, env, request), ALERT_LIMIT) or outcome
    return outcome


@rung(
    CheckId.POSTGRES_AUTH,
    title="The server lets the user in to the database",
    timeout=LIMIT,
    on_timeout=Code.POSTGRES_AUTH_SILENT,
    requires=(CheckId.POSTGRES_STARTUP, on(CheckId.IDENTITY_TOKEN, Route.DIRECT, login=Login.IAM)),
    after=(on(CheckId.IDENTITY_TOKEN, login=Login.IAM),),
)
async def postgres_auth(climb: Climb, env: Env, facts: Facts) -> Outcome:
    target = env.target
    started = facts.get(PostgresStartup)
    method = started.auth_request if started else ""
    fact = PostgresAuth(user=target.user, method=method, login=target.login)
    asks = method not in ("", _TRUST)
    if climb.refused is not None:
        return climb.refused
    if asks and target.login is Login.IAM and target.route is Route.DIRECT and climb.peer is None:
        return failed(fact, Finding(code=Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD))

    async def converse() -> Outcome:
        secret, known = _credential(env), list[Outcome]()
        call = on_connection(env, climb, _user(target), (secret or "") if asks else None)

        def refused(challenge: bytes) -> bool:
            earlier = call.earlier(challenge)
            known.extend([earlier] if earlier else [])
            return earlier is not None

        stage = climb.session.authenticate(
            password=secret, nonce=climb.nonce(), end_point=_end_point(climb, target), refused=refused
        )
        answer = await climb.converse(stage)
        if known:
            return known[0]
        outcome = _authenticated(answer, fact, climb, env)
        return call.ended(outcome, _sqlstate(outcome), climb.session.challenge)

    return await _guarded(CheckId.POSTGRES_AUTH, converse)


@rung(
    CheckId.POSTGRES_QUERY,
    title="The server answers a query",
    timeout=QUERY_LIMIT,
    on_timeout=Code.POSTGRES_QUERY_SILENT,
    requires=(CheckId.POSTGRES_AUTH,),
)
async def postgres_query(climb: Climb, env: Env, facts: Facts) -> Outcome:

    async def converse() -> Outcome:
        answer = await climb.converse(climb.session.query("SELECT 1"))
        if isinstance(answer, wire.Answered):
            return passed(PostgresQuery(rows=len(answer.rows)))
        if isinstance(answer, wire.Refused):
            error = server_error(answer.error, env)
            return failed(PostgresQuery(error=error), _refused(CheckId.POSTGRES_QUERY, error, climb, env))
        return failed(None, Finding(code=Code.POSTGRES_QUERY_CLOSED))

    return await _guarded(CheckId.POSTGRES_QUERY, converse)


def _sqlstate(outcome: Outcome) -> str:
    fact = outcome.fact
    error = fact.error if isinstance(fact, PostgresStartup | PostgresAuth) else None
    return error.sqlstate if error else ""


def _user(target: Target) -> str:
    """Google's connectors cut the suffix of a service account for IAM logins; a direct client sends what it has."""
    iam_connector = target.login is Login.IAM and target.route is Route.CONNECTOR
    return login_name(target.user) if iam_connector else target.user or NOBODY


def _credential(env: Env) -> str | None:
    """The password, or the login token in its place; on the connector route the certificate carries the token."""
    if env.target.login is Login.PASSWORD:
        return None if env.target.password is None else env.target.password.reveal()
    token = None if env.target.route is Route.CONNECTOR else env.vault.get(SecretName.LOGIN_TOKEN)
    return None if token is None else token.reveal()


def _end_point(climb: Climb, target: Target) -> bytes | None:
    """Channel binding needs TLS that ends at the server itself, not at a proxy before it."""
    peer = climb.peer
    if peer is None or target.route is not Route.DIRECT or not peer.signature_hash:
        return None
    return wire.server_end_point(peer.certificate_der, peer.signature_hash)


_ENDS = {StreamEnd.RESET: "reset", StreamEnd.FLOOD: "malformed_answer"}
"""Slugs of how a stream ended; any other end is a close."""


async def _guarded(check: CheckId, converse: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Run a stage; what the transport or the protocol raises becomes a finding of the check."""
    try:
        return await converse()
    except StreamFailed as failure:
        if (
            failure.end is StreamEnd.ALERT
            and check is CheckId.POSTGRES_STARTUP
            and refuses_client_certificate(failure.alert)
        ):
            return _certificate_refused(failure.alert)
        return failed(None, Finding(code=code_of(check, _ENDS.get(failure.end, "closed")), about=failure.alert))
    except wire.ProtocolError as error:
        unproven = error.kind in _UNPROVEN
        return failed(
            None,
            Finding(code=code_of(check, "server_not_verified" if unproven else "malformed_answer"), about=error.kind),
        )
    except wire.FieldError as error:
        return failed(None, Finding(code=code_of(check, "value_not_sendable"), about=error.field))


async def _after_refused_certificate(climb: Climb, env: Env, request: TlsRequest) -> Outcome | None:
    """The alert may have been overtaken by the reset that our own write provoked: climb once more and read first."""
    try:
        await climb.redial(ALERT_LIMIT)
        if env.target.route is Route.DIRECT:
            await climb.converse(climb.session.request_tls())
        await climb.secure(request)
        await climb.stream.recv()
    except (StreamFailed, TlsFailed) as failure:
        return _certificate_refused(failure.alert) if refuses_client_certificate(failure.alert) else None
    except (ConnectFailed, wire.ProtocolError):
        return None
    return None


def _certificate_refused(alert: str) -> Outcome:
    return failed(
        PostgresStartup(alert=alert), Finding(code=Code.POSTGRES_STARTUP_CLIENT_CERTIFICATE_REFUSED, about=alert)
    )


def _started(answer: wire.StartupOutcome, climb: Climb, env: Env) -> Outcome:
    if isinstance(answer, wire.Trusted):
        return passed(PostgresStartup(auth_request=_TRUST))
    if isinstance(answer, wire.AuthRequested):
        mechanisms = tuple(env.vault.clean(name) for name in answer.mechanisms[:MOST])
        return passed(PostgresStartup(auth_request=_method(answer), mechanisms=mechanisms))
    if isinstance(answer, wire.Foreign):
        return failed(
            PostgresStartup(peer=answer.peer),
            Finding(code=Code.POSTGRES_STARTUP_NOT_POSTGRES, about=_named(answer.peer)),
        )
    if isinstance(answer, wire.Refused):
        error = server_error(answer.error, env)
        if not env.target.user and error.sqlstate.startswith(_OF_LOGIN):
            # It refuses a name that nobody set, as a PostgreSQL server does: that much was asked.
            return passed(PostgresStartup(error=error))
        return failed(PostgresStartup(error=error), _refused(CheckId.POSTGRES_STARTUP, error, climb, env))
    return failed(None, Finding(code=Code.POSTGRES_STARTUP_CLOSED))


def _authenticated(answer: wire.AuthOutcome, fact: PostgresAuth, climb: Climb, env: Env) -> Outcome:
    if isinstance(answer, wire.Ready):
        return passed(
            PostgresAuth(
                user=fact.user,
                method=fact.method,
                login=fact.login,
                channel_binding=answer.proof is wire.Proof.SCRAM_SHA_256_PLUS,
                server_version=env.vault.clean(answer.parameter("server_version") or ""),
                in_hot_standby=env.vault.clean(answer.parameter("in_hot_standby") or ""),
            )
        )
    if isinstance(answer, wire.Unanswered):
        lacking = answer.reason is wire.UnansweredReason.NO_PASSWORD
        code = Code.POSTGRES_AUTH_NO_PASSWORD if lacking else Code.POSTGRES_AUTH_METHOD_UNSUPPORTED
        return failed(fact, Finding(code=code, about=fact.method))
    if isinstance(answer, wire.Refused):
        error = server_error(answer.error, env)
        refused = PostgresAuth(user=fact.user, method=fact.method, login=fact.login, error=error)
        return failed(refused, _refused(CheckId.POSTGRES_AUTH, error, climb, env))
    return failed(fact, Finding(code=Code.POSTGRES_AUTH_CLOSED))


_LOGIN = frozenset({Refusal.WRONG_PASSWORD, Refusal.IAM_REFUSED, Refusal.ROLE_MISSING})
"""What a server says of a service account that is written with its whole address."""

_OF_DATABASE = frozenset(
    {
        Refusal.DATABASE_MISSING,
        Refusal.DATABASE_CLOSED,
        Refusal.DATABASE_INVALID,
        Refusal.DATABASE_LIMIT,
        Refusal.POOLER_NO_DATABASE,
    }
)
"""Refusals that are about the database, not about who asks for it."""


def _refused(check: CheckId, error: ServerError, climb: Climb, env: Env) -> Finding:
    target = env.target
    words = ServerWords(
        sqlstate=error.sqlstate, routine=error.routine, message=error.message, plain=_plain(climb, target)
    )
    refusal = refusal_of(words)
    whole_address = target.login is Login.IAM and _user(target).endswith(IAM_SUFFIX)
    if refusal in _LOGIN and whole_address and check is CheckId.POSTGRES_AUTH:
        return Finding(code=Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED, about=target.user, other=login_name(target.user))
    try:
        code = code_of(check, refusal.slug)
    except ValueError:
        return Finding(code=code_of(check, Refusal.SERVER_ERROR), about=error.sqlstate)
    about = target.database if refusal in _OF_DATABASE else target.user
    return Finding(code=code, about=error.sqlstate if refusal is Refusal.SERVER_ERROR else about)


def _plain(climb: Climb, target: Target) -> bool:
    """Without TLS that was not asked for. On a socket, and where the server declined it, TLS is not what is missing."""
    return climb.peer is None and target.route is Route.DIRECT and target.tls is TlsMode.DISABLE


def _named(peer: wire.Peer) -> str:
    """What answered, empty where its first bytes are nobody's signature."""
    return "" if peer is wire.Peer.UNKNOWN else peer.value


def _method(request: wire.AuthRequested) -> str:
    return str(request.number) if request.method is wire.AuthMethod.OTHER else request.method.value
